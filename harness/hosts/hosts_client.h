// LocalHosts as a client of the warden: every call is one request to it, one at a time, from whichever thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "harness/hosts/channel.h"
#include "harness/hosts/local_hosts.h"
#include "harness/hosts/node_processes.h"
#include "harness/hosts/warden.h"

namespace harness {

class HostsClient final : public LocalHosts {
 public:
  // `why_not_better`: why preferred ways failed; empty if none was tried.
  HostsClient(Way way, std::vector<Host> hosts, Warden warden, std::string why_not_better);
  ~HostsClient() override;

  Way way() const override { return way_; }
  std::string describe() const override;
  const std::vector<Host>& hosts() const override { return hosts_; }
  std::vector<std::string> nodes() const override;
  std::string why_no_partitions() const override;

  Status set_cuts(const std::vector<nemesis::Cut>& cuts) override;
  tl::expected<uint64_t, std::string> dropped_packets() override;
  Status pause(const std::string& node) override;
  Status resume(const std::string& node) override;
  Status kill(const std::string& node) override;
  Status kill_at_once(const std::vector<std::string>& nodes) override;
  Status restart(const std::string& node) override;
  Status lose_disks(const std::vector<std::string>& nodes) override;
  Status kill_storage(const std::string& node, bool lose_data) override;
  Status restart_storage(const std::string& node) override;
  Status lose_replies(const std::vector<std::string>& nodes) override;
  tl::expected<uint64_t, std::string> lost_replies() override;

  Status start(const std::string& host, const std::vector<std::string>& argv) override;
  std::vector<ProcessEnd> reap() override;
  pid_t pid(const std::string& host) const override;
  Status cut_power() override;
  void stop_all(std::chrono::milliseconds grace) override;

 private:
  using Answer = tl::expected<std::string, std::string>;
  tl::expected<size_t, std::string> index_of(const std::string& name) const;          // of a host
  tl::expected<size_t, std::string> process_index_of(const std::string& name) const;  // of a host or storage server
  std::string process_name(size_t index) const;
  Answer request(const Message& message);
  Status request_for(const char* verb, const std::string& node, const std::vector<std::string>& arguments = {});
  Status wipe(const std::string& node);
  void take_news();
  void took(const NodeNews& news);
  void all_ended();

  const Way way_;
  const std::vector<Host> hosts_;
  const std::string why_not_better_;
  std::mutex speaking_;  // one request at a time
  Warden warden_;
  mutable std::mutex state_;  // over what follows and reading warden_.news: who only looks waits for no request
  std::vector<pid_t> pids_;   // by process; 0: none
  std::vector<ProcessEnd> ends_;
};

}  // namespace harness
