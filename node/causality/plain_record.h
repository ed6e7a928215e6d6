// An encoded record of plain values, looked at where it lies: who wrote what is in it, but not the values. Enough to
// see the one thing that matters most often when two states of a key meet: that one of them has seen all of the other,
// and simply takes its place. To decode, merge and encode both would come to the same.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "node/causality/context.h"

namespace node {

class PlainRecord {
 public:
  // False: it holds something else than plain values, or more of them than are worth looking at here, or it is no
  // record.
  bool read(std::string_view bytes);
  // Merged with the other, is it the same again, and the other not?
  bool replaces(const PlainRecord& older) const;

 private:
  static constexpr size_t kMost = 8;

  bool contains(const Dot& dot) const;
  bool covers(const Context::Run& run) const;

  std::array<Context::Run, kMost> runs_;
  size_t runs_count_ = 0;
  std::array<Dot, kMost> dots_;
  size_t dots_count_ = 0;
};

}  // namespace node
