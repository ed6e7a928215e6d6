// What a piece of work costs, for benchmarks.
#pragma once

#include <chrono>
#include <ctime>

namespace harness {

struct Spent {
  double seconds = 0;
  double cpu_seconds = 0;  // of all threads: what it takes when nobody else wants the processors
};

template <typename Work>
Spent spent_on(const Work& work) {
  const std::clock_t cpu = std::clock();
  const auto begin = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
}

}  // namespace harness
