// Chance that is the same on every machine and in every build.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace harness::sim {

// The finaliser of splitmix64: a good hash of 64 bits.
constexpr uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// A draw that depends on what it is for, and on nothing that was drawn before it: one event more or less leaves all
// other draws as they were.
constexpr uint64_t draw(uint64_t seed, std::initializer_list<uint64_t> identity) {
  uint64_t hash = mix(seed);
  for (uint64_t part : identity) hash = mix(hash ^ part);
  return hash;
}

// One of several equal parts of all that is drawn for.
struct Share {
  uint32_t part = 0;  // from 0
  uint32_t of = 1;
  bool has(uint64_t drawn) const { return (drawn >> 32) % of == part; }
  friend bool operator==(const Share&, const Share&) = default;
};

// A stream of draws, for those who make up a scenario.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() { return mix(state_++); }
  uint64_t below(uint64_t bound) { return next() % bound; }
  bool chance(uint64_t percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

}  // namespace harness::sim
