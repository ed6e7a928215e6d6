// The warden: a child of the harness that owns the namespaces of a cluster and is the parent of all node processes.
//
// Why a process of its own:
// - It is the first process of a process namespace: when it ends, however it ends, the kernel kills everything in that
//   namespace, paused processes and grandchildren included. It dies with the harness (PR_SET_PDEATHSIG, and the end of
//   the socket between them).
// - It has one thread, so it may fork at any time and enter namespaces, whichever thread of the harness asks for it.
// - A way of making hosts that this machine refuses fails here, and leaves the harness itself untouched.
//
// It is a fork of the harness without exec. Requests and replies are messages (channel.h): a verb and its arguments;
// {"ok", value} or {"error", reason}. HOST is the index of a process: those of n hosts, then their n storage servers.
// FROM and TO are addresses.
//
//   start HOST ARG…     ok      pause HOST    ok      cut FROM TO FROM TO …   ok
//   restart HOST        ok      resume HOST   ok      dropped                 ok COUNT
//   stop MILLISECONDS   ok      kill HOST…    ok      lose-replies FROM …     ok
//                                                     lost-replies            ok COUNT
#pragma once

#include <sys/types.h>

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/hosts/local_hosts.h"
#include "harness/hosts/posix.h"

namespace harness {

// The harness's handle.
struct Warden {
  pid_t pid = -1;
  Fd control;            // requests and replies; when it is shut down the warden ends
  Fd news;               // NodeNews records (node_processes.h); never blocks
  std::string firewall;  // what drops packets: "iptables-nft"; empty in the loopback way
};

// Returns when the network of `hosts` stands. The calling process must have one thread, and the one that lives longest:
// the warden dies with that thread.
tl::expected<Warden, std::string> spawn_warden(LocalHosts::Way way, const std::vector<Host>& hosts);

// Ends it and everything that it owns; returns when nothing of it is left.
void end_warden(Warden& warden);

// The calling process, of one thread, moves into the hub of the warden's network.
Status enter_hub(LocalHosts::Way way, const Warden& warden);

}  // namespace harness
