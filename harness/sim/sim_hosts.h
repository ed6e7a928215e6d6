// The hosts of a simulated run: a node is started by the same command line as a real one, and lives in the world. What
// a fault does here, the world does at once.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "harness/hosts/hosts.h"
#include "harness/sim/world.h"

namespace harness::sim {

class SimHosts : public Hosts {
 public:
  // `on_exit`: told of every node that ends, by itself or killed.
  SimHosts(World& world, std::function<void(const ProcessEnd&)> on_exit);

  std::string describe() const override { return "simulated, on virtual time"; }
  const std::vector<Host>& hosts() const override { return hosts_; }
  Status start(const std::string& host, const std::vector<std::string>& argv) override;
  Status cut_power() override;
  void stop_all(std::chrono::milliseconds grace) override;

  std::vector<std::string> nodes() const override;
  std::string why_no_partitions() const override { return ""; }
  Status set_cuts(const std::vector<nemesis::Cut>& cuts) override;
  tl::expected<uint64_t, std::string> dropped_packets() override { return world_.cut_messages(); }
  Status pause(const std::string& node) override;
  Status resume(const std::string& node) override;
  Status kill(const std::string& node) override;
  Status restart(const std::string& node) override;
  Status lose_disks(const std::vector<std::string>& nodes) override;
  Status kill_storage(const std::string& /*node*/, bool /*lose_data*/) override { return {}; }
  Status restart_storage(const std::string& /*node*/) override { return {}; }
  Status lose_replies(const std::vector<std::string>& nodes) override;
  tl::expected<uint64_t, std::string> lost_replies() override { return lost_replies_; }

  Status set_network(int lost_percent, int doubled_percent, bool disordered) override;
  Status slow_links(const std::vector<nemesis::Cut>& links, int milliseconds) override;
  Status set_clock(const std::string& node, int skew_milliseconds, int drift_millionths) override;
  Status set_disk(const std::string& node, Disk disk) override;

  // Does a reply of this node get lost on its way to a client? One in twenty of those that lose_replies named does;
  // `identity` names the reply. A lost one is counted.
  bool loses_reply(int node, uint64_t identity);
  // -1: none of the world's.
  int number(const std::string& node) const;

 private:
  World& world_;
  const std::function<void(const ProcessEnd&)> on_exit_;
  std::vector<Host> hosts_;
  std::set<int> forgetful_;  // storage memory: a kill loses what they hold
  std::set<int> silenced_;
  std::vector<nemesis::Cut> slow_;
  uint64_t lost_replies_ = 0;
};

}  // namespace harness::sim
