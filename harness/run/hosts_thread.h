// The one thread that touches the hosts of a real run while its loop runs. Between two pieces of work it looks which
// processes ended.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "harness/hosts/local_hosts.h"
#include "harness/run/hosts_worker.h"

namespace harness {

class HostsThread : public HostsWorker {
 public:
  // `on_exit` is called on the loop for every process that ended.
  HostsThread(LocalHosts& hosts, Loop& loop, std::function<void(const ProcessEnd&)> on_exit);
  ~HostsThread() override;  // finishes the work that was given
  HostsThread(const HostsThread&) = delete;
  HostsThread& operator=(const HostsThread&) = delete;

  void run(Work work, Loop::Call done) override;
  void run_and_wait(Work work) override;

  static constexpr std::chrono::milliseconds kReapInterval{50};

 private:
  struct Task {
    Work work;
    Loop::Call done;
  };
  void thread_main();
  void reap();

  LocalHosts& hosts_;
  Loop& loop_;
  std::function<void(const ProcessEnd&)> on_exit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace harness
