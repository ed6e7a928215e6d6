// Who does to the hosts what a run wants done: cutting, pausing, killing and restarting take milliseconds of blocking
// calls, which clients must not wait for. Work is done in order; its result comes back as a call on the loop.
#pragma once

#include <functional>

#include "harness/hosts/hosts.h"
#include "harness/run/loop.h"

namespace harness {

class HostsWorker {
 public:
  using Work = std::function<void(Hosts&)>;

  virtual ~HostsWorker() = default;
  // `work` is done, then `done` is called on the loop.
  virtual void run(Work work, Loop::Call done) = 0;
  // The same, and pumps the loop until it is done.
  virtual void run_and_wait(Work work) = 0;
};

}  // namespace harness
