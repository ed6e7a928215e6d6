// Does to the hosts what is wanted at once, on the loop's own thread: where nothing blocks, nobody has to wait.
#pragma once

#include <utility>

#include "harness/run/hosts_worker.h"

namespace harness::sim {

class PromptWorker : public HostsWorker {
 public:
  PromptWorker(Hosts& hosts, Loop& loop) : hosts_(hosts), loop_(loop) {}
  void run(Work work, Loop::Call done) override {
    work(hosts_);
    loop_.post(std::move(done));
  }
  void run_and_wait(Work work) override { work(hosts_); }

 private:
  Hosts& hosts_;
  Loop& loop_;
};

}  // namespace harness::sim
