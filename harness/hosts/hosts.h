// The hosts of a run, one for each node: where a node lives, how its process is started and ended, and what the nemesis
// may do to it. On this machine (local_hosts.h), or simulated (harness/sim/sim_hosts.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
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

class Hosts : public nemesis::FaultTarget {
 public:
  // For people: "rootless: user namespace, 5 network namespaces, iptables-nft", and why not a better way.
  virtual std::string describe() const = 0;
  virtual const std::vector<Host>& hosts() const = 0;

  // Starts the process of a host, or its storage server, under storage_of() its name (argv[0] is a path), and remembers
  // the command for restart(), which sees to both.
  virtual Status start(const std::string& host, const std::vector<std::string>& argv) = 0;
  // Every process at one instant, storage servers included.
  virtual Status cut_power() = 0;
  // Heals, resumes, then ends the nodes, and after them their storage servers: SIGTERM, and SIGKILL after `grace`. The
  // destructor does it with none.
  virtual void stop_all(std::chrono::milliseconds grace) = 0;
};

}  // namespace harness
