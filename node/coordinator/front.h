// The node as a client sees it: takes requests apart, keeps what a connection asked for once (SESSION), answers what
// concerns no key by itself, and hands the rest to the coordinator.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <utility>

#include "node/coordinator/coordinator.h"
#include "node/coordinator/info.h"
#include "node/coordinator/once_only.h"
#include "node/coordinator/ring_view.h"
#include "node/handoff/handoff.h"
#include "node/reconfiguration/membership.h"

namespace node {

class Front {
 public:
  Front(Replica& replica, Coordinator& coordinator, const Handoff& handoff, Membership& membership);

  // Where clients find this node, see Start.
  void set_doors(const std::array<std::string, 2>& doors) { doors_ = doors; }
  void on_request(Turn& turn, const ClientRequest& request);
  void on_gone(ClientId client) { sessions_.erase(client); }
  // A write that another node could not coordinate. Carried out once, however often the network delivers it.
  void on_forward(Turn& turn, NodeIndex from, const RequestId& id, const Forward& message);
  // A client knew a newer routing table than this node does, which must ask for it. True once.
  bool heard_of_newer_table() { return std::exchange(heard_of_newer_table_, false); }

 private:
  struct Session {
    bool meta = false;
    std::optional<int> r;
    std::optional<int> w;
    std::optional<Mode> mode;
    std::optional<uint64_t> table;
    bool redirect = false;
  };
  // The reply, if the request is refused; else null.
  const std::string* refuse(const Turn& turn, const ClientRequest& request);
  void data(Turn& turn, const Asker& asker, const Session& session, int door, const Words& words);
  // Why the client should ask another node: it wants to be sent to homes, or one of the two has an old routing table.
  std::string redirection(Turn& turn, const Command& command, const Session& session, int door);
  std::string session_command(ClientId client, const Words& words);
  std::string look(Turn& turn, const std::string& name, int door, const Words& words);  // RING, INFO, CONFIG, …
  std::string snapshot(const Words& words) const;
  std::string debug(Turn& turn, const Words& words);
  std::string diverge(Turn& turn, const std::string& key);
  Stats stats() const;

  Replica& replica_;
  Coordinator& coordinator_;
  const Handoff& handoff_;
  Membership& membership_;
  std::map<ClientId, Session> sessions_;
  OnceOnly forwards_;
  std::array<std::string, 2> doors_;
  bool heard_of_newer_table_ = false;
  // Written once: what is refused must cost next to nothing.
  const std::string too_late_;
  const std::string too_many_;
  Instant queue_since_{-1};  // when requests began to wait long for their turns; -1: they do not
};

}  // namespace node
