// What the runner needs around it, without a cluster: nodes that are sockets of this process, a system whose operations
// are one request each, a workload that does as it is told, hosts that log what is done to them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/hosts/local_hosts.h"
#include "harness/run/event_loop.h"
#include "harness/run/recorder.h"
#include "harness/systems/system.h"
#include "workloads/workload.h"

struct evconnlistener;
struct bufferevent;

namespace harness::fake {

// Instead of a reply: closes the connection on which the request came.
inline const std::string kHangUp = "(hangs up)";

// Listens on 127.0.0.1 and answers each request with what `answer` says: a RESP reply, nothing, or kHangUp.
class Node {
 public:
  using Answer = std::function<std::string(const Request&)>;
  Node(EventLoop& loop, Answer answer);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  uint16_t port() const { return port_; }
  int requests() const { return requests_; }

 private:
  void accept(int fd);
  void read(bufferevent* connection);

  EventLoop& loop_;
  Answer answer_;
  evconnlistener* listener_ = nullptr;
  std::vector<bufferevent*> connections_;
  uint16_t port_ = 0;
  int requests_ = 0;
};

// Operations as requests {f, key}; a status is ok, an error is fail. What got no answer is tried at another node when
// the operation has a session, else it is info (a read: fail).
class FakeSystem : public System {
 public:
  std::string_view name() const override { return "fake"; }
  std::vector<std::string> capabilities() const override { return {"dump", "operation-ids", "restart"}; }
  tl::expected<void, std::string> check(const ClusterSettings&, const std::string&, int) const override { return {}; }
  std::vector<std::string> command(const ClusterSettings&, const std::vector<Host>&, size_t) const override {
    return {"true"};
  }
  std::vector<Request> greeting() const override { return {}; }
  std::unique_ptr<Script> script(const workloads::Operation& operation) const override;
  Request dump_request(const std::string& cursor) const override { return {"DUMP", cursor}; }
  // A dump is a status: keys, separated by commas; each is a record with its own name as version.
  tl::expected<std::string, std::string> read_dump_page(const Reply& reply, DumpReader& reader,
                                                        checkers::Dump& dump) const override;
};

// Draws the operation `sample` again and again.
class FakeWorkload : public workloads::Workload {
 public:
  workloads::Operation sample;
  std::vector<std::string> keys;
  std::map<int64_t, int> completed_by_process;

  workloads::Operation next(int64_t, workloads::Random&) override { return sample; }
  workloads::Operation bind(int64_t, workloads::Operation drawn) override { return drawn; }
  void completed(int64_t process, const workloads::Operation&, checkers::EventType, const checkers::Value&) override {
    ++completed_by_process[process];
  }
  std::vector<std::string> written_keys() const override { return keys; }
  workloads::Operation final_read(const std::string& key) const override;
};

class FakeHosts : public LocalHosts {
 public:
  std::vector<std::string> log;  // "kill n2", "cuts 4", …
  std::string failure;           // not empty: every fault fails with it
  uint64_t dropped = 0;

  std::vector<std::string> nodes() const override { return {"n1", "n2", "n3"}; }
  std::string why_no_partitions() const override { return ""; }
  Status set_cuts(const std::vector<nemesis::Cut>& cuts) override {
    return note("cuts " + std::to_string(cuts.size()));
  }
  tl::expected<uint64_t, std::string> dropped_packets() override { return dropped; }
  Status pause(const std::string& node) override { return note("pause " + node); }
  Status resume(const std::string& node) override { return note("resume " + node); }
  Status kill(const std::string& node) override { return note("kill " + node); }
  Status restart(const std::string& node) override { return note("restart " + node); }
  Status lose_disks(const std::vector<std::string>& nodes) override { return note("lose disk " + nodes.front()); }
  Status kill_storage(const std::string& node, bool lose_data) override {
    return note((lose_data ? "lose storage " : "kill storage ") + node);
  }
  Status restart_storage(const std::string& node) override { return note("restart storage " + node); }
  Status lose_replies(const std::vector<std::string>& nodes) override {
    return note("lose replies " + std::to_string(nodes.size()));
  }
  tl::expected<uint64_t, std::string> lost_replies() override { return dropped; }
  Status cut_power() override { return note("cut power"); }
  Way way() const override { return Way::kLoopback; }
  std::string describe() const override { return "fake"; }
  const std::vector<Host>& hosts() const override { return hosts_; }
  Status start(const std::string& host, const std::vector<std::string>&) override { return note("start " + host); }
  std::vector<ProcessEnd> reap() override { return {}; }
  pid_t pid(const std::string&) const override { return 0; }
  void stop_all(std::chrono::milliseconds) override {}

 private:
  Status note(std::string what);
  std::vector<Host> hosts_;
};

std::vector<Host> hosts_of(const std::vector<const Node*>& nodes);

// A directory that goes with the object.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& file);
std::unique_ptr<Recorder> make_recorder(const Scratch& scratch, const Loop& loop);

}  // namespace harness::fake
