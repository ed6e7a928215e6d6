#include "harness/run/hosts_thread.h"

namespace harness {

HostsThread::HostsThread(LocalHosts& hosts, Loop& loop, std::function<void(const ProcessEnd&)> on_exit)
    : hosts_(hosts), loop_(loop), on_exit_(std::move(on_exit)), thread_([this] { thread_main(); }) {}

HostsThread::~HostsThread() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void HostsThread::run(Work work, Loop::Call done) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back({std::move(work), std::move(done)});
  }
  wake_.notify_one();
}

void HostsThread::run_and_wait(Work work) {
  bool finished = false;
  run(std::move(work), [&finished] { finished = true; });
  loop_.run_until([&finished] { return finished; });
}

void HostsThread::thread_main() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, kReapInterval, [this] { return stop_ || !tasks_.empty(); });
    if (tasks_.empty() && stop_) return;
    Task task;
    if (!tasks_.empty()) {
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    lock.unlock();
    if (task.work) task.work(hosts_);
    reap();  // before `done`: who waits for a kill has then heard of the exit
    if (task.done) loop_.post(std::move(task.done));
    lock.lock();
  }
}

void HostsThread::reap() {
  for (const ProcessEnd& end : hosts_.reap()) {
    loop_.post([this, end] { on_exit_(end); });
  }
}

}  // namespace harness
