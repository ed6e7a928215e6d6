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

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "nemesis/fault_target.h"

namespace harness {

struct Host {
  std::string name;           // n1, n2, …
  std::string ip;             // 10.0.0.1 … or 127.0.0.x; reachable from this process and from the other nodes
  uint16_t port = 0;          // where its node should listen on `ip`
  uint16_t outside_port = 0;  // 127.0.0.1:outside_port reaches the node from any terminal of this machine
  int listen_fd = -1;         // the socket behind outside_port; the node inherits it under this number, we close it
  std::filesystem::path directory;  // for the node's data; survives kill and restart
  std::filesystem::path log;        // standard output and error of the node
  // Where a storage server under the node should listen: seen by this host alone where it has a network of its own.
  std::string storage_ip;
  uint16_t storage_port = 0;
  std::filesystem::path storage_log;
};

// A host has room for two processes: its node, which goes by the host's name, and a storage server under it.
std::string storage_of(const std::string& host);  // "n1-storage"

struct ProcessEnd {
  std::string host;  // or storage_of() it
  int code = 0;
  int signal = 0;
  bool expected = false;  // killed by us, or ended by stop_all() without an error
};

class LocalHosts : public nemesis::FaultTarget {
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
  // "rootless: user namespace, 5 network namespaces, iptables-nft", and why not a better way.
  virtual std::string describe() const = 0;
  virtual const std::vector<Host>& hosts() const = 0;

  // Starts the process of a host, or its storage server, under storage_of() its name (argv[0] is a path), and remembers
  // the command for restart(), which sees to both. Returns after exec. The process has this one's working directory, a
  // process group of its own, /dev/null as input, and no other descriptors.
  virtual Status start(const std::string& host, const std::vector<std::string>& argv) = 0;
  // Processes that ended since the last call, except by the destructor. Never blocks.
  virtual std::vector<ProcessEnd> reap() = 0;
  virtual pid_t pid(const std::string& host) const = 0;  // 0: no process
  // Every process at one instant, storage servers included.
  virtual Status cut_power() = 0;
  // Heals, resumes, then ends the nodes, and after them their storage servers: SIGTERM, and SIGKILL after `grace`. The
  // destructor does it with none.
  virtual void stop_all(std::chrono::milliseconds grace) = 0;
};

}  // namespace harness
