// Hosts on this machine, one for each node: a network namespace with an address of its own, joined to the others by
// a routed star whose hub drops what a partition cuts (iptables, FORWARD); and a process that runs in it.
//
//   rootless   user namespace of our own: no privileges needed, nothing to clean up outside it
//   root       the same without the user namespace
//   loopback   neither is possible: all nodes on 127.0.0.x, no partitions (they are refused, not pretended)
//
// Must be created while the process has one thread (setns(2) into a user namespace), and by the thread that lives
// longest (the nodes die with it). Afterwards this process lives in the hub's network namespace, in the rootless way as
// root of its own user namespace: it reaches every node at its address. People outside reach node i at
// 127.0.0.1:outside_port through a listening socket that was opened before and that the node inherits (`--listen-fd`).
//
// Nothing is left behind on any way out: nodes are children of a warden process (warden.h) that dies with this one; the
// kernel then kills all nodes, paused ones too; the namespaces go with their last process, the rules with the hub's.
//
// All methods may be called from any thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>

#include "harness/hosts/hosts.h"

namespace harness {

class LocalHosts : public Hosts {
 public:
  enum class Way { kRootless, kRoot, kLoopback };
  struct Options {
    int count = 5;
    std::filesystem::path directory;  // node directories and logs go here
    bool allow_loopback = true;       // else an error where neither kind of namespace is possible
    // This way or an error. None: the first that works of root (only as root), rootless, loopback.
    std::optional<Way> way = std::nullopt;
  };
  // The error says what was tried and why each way failed.
  static tl::expected<std::unique_ptr<LocalHosts>, std::string> create(const Options& options);

  virtual Way way() const = 0;
  // A process that start() makes has this one's working directory, a process group of its own, /dev/null as input, and
  // no other descriptors; start() returns after exec.
  //
  // Processes that ended since the last call, except by the destructor. Never blocks.
  virtual std::vector<ProcessEnd> reap() = 0;
  virtual pid_t pid(const std::string& host) const = 0;  // 0: no process
};

}  // namespace harness
