// How much a node has to do: rates smoothed over about a second, so that a change shows at once and chance does not.
#pragma once

#include "node/base/time.h"
#include "node/wire/message.h"

namespace node {

class LoadMeter {
 public:
  explicit LoadMeter(Instant now) : last_(now) {}

  void count_client() { ++clients_; }  // a request of a client of ours
  void count_peer() { ++peers_; }      // a request of another node
  // Now and then, some ten times a second. `late`: how much later than it asked for this node was woken; what waits in
  // its sockets waits as long.
  void measure(Instant now, Duration late);

  // Without what only the tables know.
  Load load() const;

 private:
  static void smooth(uint64_t& average, uint64_t sample, uint64_t passed_us);

  Instant last_;
  uint64_t clients_ = 0;  // since then
  uint64_t peers_ = 0;
  uint64_t client_rate_ = 0;  // in thousandths a second
  uint64_t peer_rate_ = 0;
  uint64_t delay_ns_ = 0;
};

}  // namespace node
