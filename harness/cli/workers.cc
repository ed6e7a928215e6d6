#include "harness/cli/workers.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace harness {

Workers::Workers(size_t threads)
    : threads_(threads > 0 ? threads : std::max<size_t>(1, std::thread::hardware_concurrency())), idle_(threads_ - 1) {}

size_t Workers::borrow(size_t wanted) {
  size_t idle = idle_.load();
  for (;;) {
    const size_t taken = std::min(idle, wanted);
    if (taken == 0 || idle_.compare_exchange_weak(idle, idle - taken)) return taken;
  }
}

void Workers::for_each(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto run = [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!thrown) thrown = std::current_exception();
        next = count;
      }
    }
  };
  const size_t helpers = count > 1 ? borrow(count - 1) : 0;
  std::vector<std::thread> running;
  running.reserve(helpers);
  for (size_t i = 0; i < helpers; ++i) running.emplace_back(run);
  run();
  for (std::thread& thread : running) thread.join();
  idle_ += helpers;
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace harness
