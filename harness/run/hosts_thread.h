// The one thread that touches the hosts while the loop runs: cutting, pausing, killing and restarting take
// milliseconds of blocking calls, which clients must not wait for. Work runs in order; its result comes back as a call
// on the loop. Between two pieces of work the thread looks which processes ended.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "harness/hosts/local_hosts.h"
#include "harness/run/event_loop.h"

namespace harness {

class HostsThread {
 public:
  using Work = std::function<void(LocalHosts&)>;

  // `on_exit` is called on the loop for every process that ended.
  HostsThread(LocalHosts& hosts, EventLoop& loop, std::function<void(const ProcessEnd&)> on_exit);
  ~HostsThread();  // finishes the work that was given
  HostsThread(const HostsThread&) = delete;
  HostsThread& operator=(const HostsThread&) = delete;

  // `work` runs on this thread, then `done` on the loop.
  void run(Work work, EventLoop::Call done);
  // The same, and pumps the loop until it is done.
  void run_and_wait(Work work);

  static constexpr std::chrono::milliseconds kReapInterval{50};

 private:
  struct Task {
    Work work;
    EventLoop::Call done;
  };
  void thread_main();
  void reap();

  LocalHosts& hosts_;
  EventLoop& loop_;
  std::function<void(const ProcessEnd&)> on_exit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace harness
