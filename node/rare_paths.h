// Rare paths made common, for tests (FoundationDB calls it BUGGIFY). What a node seldom does is seldom tested: a leaf
// splits at its 65th key, an answer is cut short after 4 MiB, a home is given up after 150 ms. With a number in
// Options::rare_paths some of this happens all the time; which of it, and at which node, is drawn from the number, so
// that the same number means the same. None of it may break a promise.
//
// It is compiled in, and off in production: with 0 nothing is drawn. The simulator gives half of its runs a number.
#pragma once

#include <cstdint>
#include <string_view>

#include "node/options.h"

namespace node {

// Some limits tiny, some times short or long.
Options with_rare_paths(Options options);

// Points in the code that ask each time.
class RarePaths {
 public:
  explicit RarePaths(uint64_t number) : number_(number) {}

  // Half of the points are alive under a number; there it happens one time in four. `occasion` tells the times apart.
  //
  //   no-patience     a home that is sent a write is taken for silent at once: others keep a hint for it
  //   forward-again   a write that has an identity is forwarded once more at once, as if the first home had been lost
  //   late-answer     a strict read is answered when whoever asked may have given up, or died and come back
  //   show-late       what is on disk is shown and acknowledged only a while later
  //   deliver-again   a hint that has arrived is not dropped yet, and is offered once more
  bool happen(std::string_view point, uint64_t occasion) const { return number_ != 0 && drawn(point, occasion); }
  // For what takes a while.
  static constexpr Duration kWhile = std::chrono::milliseconds(20);

 private:
  bool drawn(std::string_view point, uint64_t occasion) const;

  uint64_t number_;
};

}  // namespace node
