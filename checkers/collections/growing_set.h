// Sets that only grow, as numbers: elements in order of their additions' invocation, reads as bitmaps over them, times
// as event indices. The core of the checkers set-full and strong-set, which translate a history into it; whoever has
// bitmaps already (bin/bench checkers) needs no history.
//
// The work is words, not elements: O(reads x elements / 64), beside one look at each element.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "checkers/operations.h"

namespace checkers {

class Bitmap {
 public:
  explicit Bitmap(size_t bits = 0) : words_((bits + 63) / 64) {}

  void set(size_t bit) { words_[bit / 64] |= uint64_t{1} << (bit % 64); }
  bool test(size_t bit) const { return (words_[bit / 64] >> (bit % 64) & 1) != 0; }
  size_t count() const;
  size_t words() const { return words_.size(); }
  uint64_t& word(size_t i) { return words_[i]; }
  uint64_t word(size_t i) const { return words_[i]; }

 private:
  std::vector<uint64_t> words_;
};

// visit(bit) for every bit of a word, which is the i-th of its bitmap.
template <typename Visit>
void for_each_bit(uint64_t word, size_t i, Visit visit) {
  for (; word != 0; word &= word - 1) visit(i * 64 + static_cast<size_t>(__builtin_ctzll(word)));
}

struct GrowingSet {
  struct Add {
    int64_t invoked = 0;            // of the first attempt that may have taken effect
    int64_t acknowledged = kNever;  // the first acknowledgement
  };
  struct Read {
    int64_t invoked = 0;
    int64_t returned = 0;
    Bitmap shown;  // of adds.size() bits; elements whose addition began after the read returned are not among them
  };
  std::vector<Add> adds;    // in order of invocation
  std::vector<Read> reads;  // in order of invocation
};

// What became of one element. An element is known from the moment on at which its addition was acknowledged, or a read
// that showed it returned.
//
//   stable      the last read to begin, of those that tell, showed it
//   lost        it was known, and then a read began that did not show it, as did no later one
//   never read  neither: no read told anything
struct Fate {
  enum class Outcome { kNeverRead, kStable, kLost } outcome = Outcome::kNeverRead;
  int64_t known = kNever;
  size_t last_present = kNone;  // the last read, by invocation, that showed it …
  size_t last_absent = kNone;   // … and that did not, though its addition had begun before that read returned
  // A read that began after another had shown it did not show it.
  bool flickered = false;

  static constexpr size_t kNone = std::numeric_limits<size_t>::max();
};
std::vector<Fate> fates(const GrowingSet& set);

// Why the reads of a set are not linearizable; reads and elements are positions.
struct NotStrong {
  enum class Reason {
    kMissesKnown,   // `read` does not show `element`, which was acknowledged before it began
    kGoesBack,      // `read` does not show `element`, which `other`, a read that was over before it began, had shown
    kIncomparable,  // `read` and `other` each show what the other does not: `element` and `other_element`
    kOutOfOrder,    // `read` shows `other_element`, but not `element`, which was acknowledged before that was added
  } reason;
  size_t read = 0;
  size_t element = 0;
  size_t other = 0;
  size_t other_element = 0;
};
// At most one a read and reason. Empty: there is a linearization, given that every shown element's addition began
// before the read returned. Exact: the order of reads by inclusion is forced, and then that of additions; an order is a
// linearization if no pair in it contradicts real time, and the four reasons are all the pairs that can.
std::vector<NotStrong> not_strong(const GrowingSet& set);

}  // namespace checkers
