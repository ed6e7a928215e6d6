// What the nemesis attacks: a cluster whose network can be cut and whose processes can be paused, killed and
// restarted. Real hosts, remote hosts and the simulator implement it; the nemesis knows no other way in.
//
// Calls return when the effect is in force. Every fault is undone by its counterpart, and whoever owns the target
// undoes all of them on every way out. A call that finds nothing to do (pause or kill of a node without a process,
// resume of one that runs, restart of one that lives) succeeds and does nothing: any subset of a schedule is legal.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace nemesis {

// Packets from `from` to `to` are dropped; the other direction is a cut of its own.
struct Cut {
  std::string from;
  std::string to;
  friend bool operator==(const Cut&, const Cut&) = default;
  friend auto operator<=>(const Cut&, const Cut&) = default;
};

class FaultTarget {
 public:
  using Status = tl::expected<void, std::string>;  // the error says what failed, for people

  virtual ~FaultTarget() = default;

  virtual std::vector<std::string> nodes() const = 0;
  // Empty if this target can cut the network between its nodes; else the reason why it cannot.
  virtual std::string why_no_partitions() const = 0;

  // From now on exactly these cuts are in force; an empty list heals the network. One atomic change.
  virtual Status set_cuts(const std::vector<Cut>& cuts) = 0;
  // Packets dropped by cuts since the target was made, counted by whoever drops them.
  virtual tl::expected<uint64_t, std::string> dropped_packets() = 0;

  virtual Status pause(const std::string& node) = 0;  // SIGSTOP: keeps its connections, answers nothing
  virtual Status resume(const std::string& node) = 0;
  virtual Status kill(const std::string& node) = 0;  // SIGKILL: loses its memory, keeps its disk
  // All of them at one instant, as far as the target can: none lives on to tell the others what it knew.
  virtual Status kill_at_once(const std::vector<std::string>& nodes) {
    for (const std::string& node : nodes) {
      if (Status killed = kill(node); !killed) return killed;
    }
    return {};
  }
  virtual Status restart(const std::string& node) = 0;  // as it was started first; its storage server before it
  // Kills them, storage servers included, and destroys all that they have on disk.
  virtual Status lose_disks(const std::vector<std::string>& nodes) = 0;

  // SIGKILL to the storage server under a node that lives on; with its data, or without. Nothing where there is none.
  virtual Status kill_storage(const std::string& node, bool lose_data) = 0;
  virtual Status restart_storage(const std::string& node) = 0;

  // From now on every so many a reply of these nodes, and of no others, is lost on its way to a client, for good: the
  // node's connection is reset, the client hears nothing. The error says why that is not possible here.
  virtual Status lose_replies(const std::vector<std::string>& nodes) = 0;
  // Replies lost since the target was made, counted by whoever loses them.
  virtual tl::expected<uint64_t, std::string> lost_replies() = 0;

  // ---- What only a simulated world can do; elsewhere the error says so.
  static Status only_simulated() { return tl::unexpected(std::string("only a simulated world can do that (--sim)")); }
  // Between nodes, from now on: of each hundred messages so many are lost, so many arrive twice; in any order, or in
  // that in which they were sent. All zero and ordered: as usual.
  virtual Status set_network(int /*lost_percent*/, int /*doubled_percent*/, bool /*disordered*/) {
    return only_simulated();
  }
  // From now on exactly these links take so many milliseconds longer.
  virtual Status slow_links(const std::vector<Cut>& /*links*/, int /*milliseconds*/) { return only_simulated(); }
  // The node's wall clock is off by so many milliseconds; both its clocks run so many millionths too fast.
  virtual Status set_clock(const std::string& /*node*/, int /*skew_milliseconds*/, int /*drift_millionths*/) {
    return only_simulated();
  }
  // How the node's disk behaves from now on (sim/disk.h).
  enum class Disk { kGood, kSlow, kHung, kFailing, kTorn };
  virtual Status set_disk(const std::string& /*node*/, Disk /*disk*/) { return only_simulated(); }
};

}  // namespace nemesis
