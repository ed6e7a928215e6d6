// Makes a core a server: sockets, links, disk, clocks and one event loop around a step function.
//
//   Runtime runtime(std::move(options), [&](Instant now, WallTime wall, Input&& input) { return node.step(…); });
//   if (auto ready = runtime.start(); !ready) …
//   return runtime.run();
//
// One turn of the loop: every input that is there is stepped; all they persist is one batch; all that goes to one
// connection is one write. run(), start() and everything they call stay on one thread; only stop() may come from
// outside.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "node/node.h"
#include "node/runtime/address.h"
#include "node/runtime/connection.h"
#include "node/runtime/inbox.h"
#include "node/runtime/loop.h"
#include "node/runtime/peer_link.h"
#include "node/runtime/server.h"
#include "node/runtime/storage.h"
#include "node/runtime/storage_thread.h"

namespace node {

struct RuntimeOptions {
  std::string name;       // of this node
  Address listen;         // links to other nodes leave from its ip, unless that is a wildcard
  int inherited_fd = -1;  // see ServerOptions
  size_t max_clients = 10'000;
  Duration max_queue_delay{0};     // of clients' requests, see Door; 0: any
  std::array<uint64_t, 2> life{};  // see Start
  std::unique_ptr<Storage> storage;
  std::string remark;  // ends the ready line in the log: what kind of node this is
  ConnectionLimits limits;
  PeerLinkOptions links;
};

class Runtime {
 public:
  using Step = std::function<Effects(Instant now, WallTime wall, Input&& input)>;

  Runtime(RuntimeOptions options, Step step);
  ~Runtime();

  // Listens, loads what storage holds and hands it to the core. Error: what cannot be had, and why.
  tl::expected<void, std::string> start();
  // Until stop() or a Halt; returns the exit code: 0, or the Halt's.
  int run();
  // From any thread or signal handler: accept nothing more, commit what was taken, answer it, return from run().
  void stop();

  const Address& address() const { return server_.listen_address(); }

 private:
  tl::expected<void, std::string> load(std::array<size_t, kTables.size()>& counts);
  void turn();
  // Steps what is in the inbox; what that puts there is for the next round. Of clients' requests as many as fit in
  // `until`: the others wait for the next turn, and what comes from other nodes meanwhile goes before them.
  void round(Instant until);
  void step(WallTime wall, Input&& input);
  void look_at_the_door();
  void collect_from_storage();
  void carry_out(Effect& effect);
  void set_alarm();
  void set_links(const Links& links);
  int shut_down();

  RuntimeOptions options_;
  Step step_;
  LoopPtr loop_;
  Wakeup wakeup_;
  EventPtr alarm_event_;
  Inbox inbox_;
  std::vector<Input> stepping_;  // kept for its memory
  Instant now_{0};
  size_t steps_ = 0;   // of this round
  size_t served_ = 0;  // clients' requests, in this turn, that were not refused
  std::vector<Persist> batch_;
  uint64_t last_persist_ = 0;     // where storage remembers nothing: the number that would end the batch; 0: none
  std::optional<Instant> alarm_;  // asked for by the core
  std::optional<Instant> armed_;  // what alarm_event_ waits for
  std::optional<Halt> halt_;
  std::atomic<bool> stop_asked_ = false;
  Server server_;
  std::map<std::string, std::unique_ptr<PeerLink>> links_;
  std::unique_ptr<StorageThread> storage_;
};

}  // namespace node
