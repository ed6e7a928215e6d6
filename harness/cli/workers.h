// The threads that the command line lends to the judge, which starts none itself.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace harness {

// However many ask at once, and from within each other's work, no more than `threads` run at any time: those that ask
// work themselves, and share the rest.
class Workers {
 public:
  // 0: as many as the machine has cores.
  explicit Workers(size_t threads);

  size_t threads() const { return threads_; }

  // Calls work(0) … work(count - 1), each once, beginning in that order; returns when all are done. What work throws is
  // thrown here, the first of it, after the rest has ended.
  void for_each(size_t count, const std::function<void(size_t)>& work);

 private:
  size_t borrow(size_t wanted);

  const size_t threads_;
  std::atomic<size_t> idle_;  // beside those that ask
};

}  // namespace harness
