// A load generator of our own, for what redis-benchmark cannot do: requests at a given rate, whether or not the ones
// before were answered (an open loop: a queue that grows is seen, and not hidden by clients that wait).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace harness {

struct LoadPlan {
  std::vector<int> ports;  // of 127.0.0.1; connections are spread over them
  int connections = 50;    // of all
  double rate = 0;         // requests a second; 0: a closed loop
  // Closed loop: requests that each connection keeps open. Open loop: so many in a row leave by one connection, when
  // the last of them is due.
  int pipeline = 1;
  uint64_t requests = 0;  // stop after so many; 0: after `length`
  std::chrono::milliseconds length{5'000};
  int write_percent = 50;   // SET; the others are GET
  uint64_t keys = 100'000;  // "key:000000000042"
  bool each_once = false;   // keys in turn, from 0, instead of at random
  size_t value_bytes = 100;
  // By number of the key: to which of `ports` its requests go, each of which has some. Empty: to any.
  std::vector<size_t> route;
};

struct LoadResult {
  uint64_t ok = 0;
  uint64_t busy = 0;    // -BUSY
  uint64_t errors = 0;  // any other error
  std::string first_error;
  double seconds = 0;  // until the last request was sent
  // Open loop: sent more than 10 ms after they were due. Many: it is the load that lacks processors.
  double sent_late = 0;
  // In microseconds, sorted: from when a request was due (closed loop: sent) to its answer.
  std::vector<float> ok_us, busy_us;

  double per_second() const { return seconds > 0 ? static_cast<double>(ok) / seconds : 0; }
};
// 0 to 1; 0 of nothing.
double quantile(const std::vector<float>& sorted, double share);

// Runs to its end; answers that are late are waited for, for at most two seconds. Error: a connection that cannot be
// made, or breaks.
tl::expected<LoadResult, std::string> run_load(const LoadPlan& plan);

// One command on a connection of its own. The reply as it came.
tl::expected<std::string, std::string> ask_once(int port, const std::vector<std::string>& words);

}  // namespace harness
