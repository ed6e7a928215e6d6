#include "workloads/workload.h"

namespace workloads {

// Splitmix64 (Steele, Lea, Flood 2014): a Weyl sequence through a mixing function. Small enough to be the same
// everywhere.
uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t Random::below(uint64_t n) { return next() % n; }

}  // namespace workloads
