#include "checkers/collections/growing_set.h"

#include <algorithm>
#include <numeric>

namespace checkers {
namespace {

template <typename Less>
std::vector<size_t> sorted(size_t count, Less less) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), less);
  return order;
}

std::vector<size_t> by_return(const std::vector<GrowingSet::Read>& reads) {
  return sorted(reads.size(), [&](size_t a, size_t b) { return reads[a].returned < reads[b].returned; });
}

std::vector<size_t> by_acknowledgement(const std::vector<GrowingSet::Add>& adds) {
  return sorted(adds.size(), [&](size_t a, size_t b) { return adds[a].acknowledged < adds[b].acknowledged; });
}

// The bits of the i-th word that stand for elements below `end`.
uint64_t below(size_t end, size_t i) {
  if (end <= i * 64) return 0;
  return end >= (i + 1) * 64 ? ~uint64_t{0} : (uint64_t{1} << (end - i * 64)) - 1;
}

size_t begun_before(const std::vector<GrowingSet::Add>& adds, int64_t when) {
  return static_cast<size_t>(
      std::partition_point(adds.begin(), adds.end(), [&](const GrowingSet::Add& a) { return a.invoked < when; }) -
      adds.begin());
}

void note_known(const GrowingSet& set, std::vector<Fate>& fates) {
  for (size_t e = 0; e < fates.size(); ++e) fates[e].known = set.adds[e].acknowledged;
  Bitmap seen(set.adds.size());
  for (const size_t r : by_return(set.reads)) {
    const GrowingSet::Read& read = set.reads[r];
    for (size_t i = 0; i < seen.words(); ++i) {
      for_each_bit(read.shown.word(i) & ~seen.word(i), i,
                   [&](size_t e) { fates[e].known = std::min(fates[e].known, read.returned); });
      seen.word(i) |= read.shown.word(i);
    }
  }
}

// From the last read backwards: the first that says something of an element is the last that does.
void note_last(const GrowingSet& set, std::vector<Fate>& fates) {
  Bitmap present(set.adds.size()), absent(set.adds.size());  // found already
  for (size_t r = set.reads.size(); r-- > 0;) {
    const GrowingSet::Read& read = set.reads[r];
    const size_t begun = begun_before(set.adds, read.returned);
    for (size_t i = 0; i < present.words(); ++i) {
      const uint64_t shown = read.shown.word(i), missing = ~shown & below(begun, i);
      for_each_bit(shown & ~present.word(i), i, [&](size_t e) { fates[e].last_present = r; });
      for_each_bit(missing & ~absent.word(i), i, [&](size_t e) { fates[e].last_absent = r; });
      present.word(i) |= shown;
      absent.word(i) |= missing;
    }
  }
}

// visit(read, i, word): the elements of the i-th word that reads had shown which were over before this one began.
template <typename Visit>
void for_each_read_after_others(const GrowingSet& set, Visit visit) {
  const std::vector<size_t> over = by_return(set.reads);
  Bitmap seen(set.adds.size());
  size_t next = 0;
  for (size_t r = 0; r < set.reads.size(); ++r) {
    for (; next < over.size() && set.reads[over[next]].returned < set.reads[r].invoked; ++next) {
      for (size_t i = 0; i < seen.words(); ++i) seen.word(i) |= set.reads[over[next]].shown.word(i);
    }
    for (size_t i = 0; i < seen.words(); ++i) visit(r, i, seen.word(i));
  }
}

size_t first_bit(uint64_t word, size_t i) { return i * 64 + static_cast<size_t>(__builtin_ctzll(word)); }

class Strong {
 public:
  explicit Strong(const GrowingSet& set) : set_(set) {}

  std::vector<NotStrong> find() {
    find_acknowledged_but_missing(NotStrong::Reason::kMissesKnown);
    find_acknowledged_but_missing(NotStrong::Reason::kOutOfOrder);
    find_going_back();
    find_incomparable();
    return std::move(found_);
  }

 private:
  // The youngest element that a read shows; kNone if it shows none.
  size_t youngest(size_t r) const {
    const Bitmap& shown = set_.reads[r].shown;
    for (size_t i = shown.words(); i-- > 0;) {
      if (shown.word(i) != 0) return i * 64 + 63 - static_cast<size_t>(__builtin_clzll(shown.word(i)));
    }
    return Fate::kNone;
  }

  // Elements acknowledged before the read began; or before the youngest that it shows was added.
  void find_acknowledged_but_missing(NotStrong::Reason reason) {
    const bool out_of_order = reason == NotStrong::Reason::kOutOfOrder;
    std::vector<std::pair<int64_t, size_t>> reads;  // when all that must be shown was acknowledged, which
    for (size_t r = 0; r < set_.reads.size(); ++r) {
      const size_t last = out_of_order ? youngest(r) : 0;
      if (last == Fate::kNone) continue;
      reads.emplace_back(out_of_order ? set_.adds[last].invoked : set_.reads[r].invoked, r);
    }
    std::sort(reads.begin(), reads.end());
    const std::vector<size_t> acknowledged = by_acknowledgement(set_.adds);
    Bitmap known(set_.adds.size());
    size_t next = 0;
    for (const auto& [when, r] : reads) {
      for (; next < acknowledged.size() && set_.adds[acknowledged[next]].acknowledged < when; ++next)
        known.set(acknowledged[next]);
      for (size_t i = 0; i < known.words(); ++i) {
        const uint64_t missing = known.word(i) & ~set_.reads[r].shown.word(i);
        if (missing == 0) continue;
        found_.push_back({reason, r, first_bit(missing, i), 0, out_of_order ? youngest(r) : 0});
        break;
      }
    }
  }

  void find_going_back() {
    size_t last = Fate::kNone;
    for_each_read_after_others(set_, [&](size_t r, size_t i, uint64_t seen) {
      const uint64_t missing = seen & ~set_.reads[r].shown.word(i);
      if (missing == 0 || r == last) return;
      last = r;
      const size_t element = first_bit(missing, i);
      for (size_t other = 0; other < set_.reads.size(); ++other) {
        if (set_.reads[other].returned >= set_.reads[r].invoked || !set_.reads[other].shown.test(element)) continue;
        found_.push_back({NotStrong::Reason::kGoesBack, r, element, other, 0});
        return;
      }
    });
  }

  // Neighbours in order of size: inclusion is transitive.
  void find_incomparable() {
    std::vector<size_t> sizes;
    for (const GrowingSet::Read& read : set_.reads) sizes.push_back(read.shown.count());
    const std::vector<size_t> order =
        sorted(set_.reads.size(), [&](size_t a, size_t b) { return sizes[a] < sizes[b]; });
    for (size_t k = 1; k < order.size(); ++k) {
      const Bitmap &smaller = set_.reads[order[k - 1]].shown, &larger = set_.reads[order[k]].shown;
      size_t only_smaller = Fate::kNone, only_larger = Fate::kNone;
      for (size_t i = 0; i < smaller.words(); ++i) {
        const uint64_t a = smaller.word(i) & ~larger.word(i), b = larger.word(i) & ~smaller.word(i);
        if (a != 0 && only_smaller == Fate::kNone) only_smaller = first_bit(a, i);
        if (b != 0 && only_larger == Fate::kNone) only_larger = first_bit(b, i);
      }
      if (only_smaller == Fate::kNone) continue;
      found_.push_back({NotStrong::Reason::kIncomparable, order[k - 1], only_smaller, order[k], only_larger});
    }
  }

  const GrowingSet& set_;
  std::vector<NotStrong> found_;
};

}  // namespace

size_t Bitmap::count() const {
  size_t bits = 0;
  for (const uint64_t word : words_) bits += static_cast<size_t>(__builtin_popcountll(word));
  return bits;
}

std::vector<Fate> fates(const GrowingSet& set) {
  std::vector<Fate> fates(set.adds.size());
  note_known(set, fates);
  note_last(set, fates);
  Bitmap flickered(set.adds.size());
  for_each_read_after_others(
      set, [&](size_t r, size_t i, uint64_t seen) { flickered.word(i) |= seen & ~set.reads[r].shown.word(i); });
  for (size_t e = 0; e < fates.size(); ++e) fates[e].flickered = flickered.test(e);
  for (Fate& fate : fates) {
    const bool present = fate.last_present != Fate::kNone, absent = fate.last_absent != Fate::kNone;
    if (present && (!absent || fate.last_absent < fate.last_present)) {
      fate.outcome = Fate::Outcome::kStable;
    } else if (absent && fate.known < set.reads[fate.last_absent].invoked) {
      fate.outcome = Fate::Outcome::kLost;
    }
  }
  return fates;
}

std::vector<NotStrong> not_strong(const GrowingSet& set) { return Strong(set).find(); }

}  // namespace checkers
