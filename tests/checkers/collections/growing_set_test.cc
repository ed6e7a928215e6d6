// Sets that only grow against brute force: what became of each element, and whether some order explains all reads.
#include "checkers/collections/growing_set.h"

#include "tests/checkers/cases.h"

namespace checkers {
namespace {

// Clients of a linearizable set, whose reads are sometimes answered with what it held earlier, or less.
GrowingSet random_set(Choices& choices, size_t most) {
  struct Open {
    bool add = false;
    bool applied = false;
    size_t number = 0;
    std::vector<bool> answer;
  };
  GrowingSet set;
  std::vector<Open> open;
  std::vector<std::vector<bool>> shown;  // by read
  std::vector<bool> content(most), earlier(most);
  int64_t now = 0;
  while (choices.more() || !open.empty()) {
    const uint32_t what = choices.more() ? choices.below(6) : 5;
    ++now;
    if (what <= 1 && set.adds.size() < most) {
      open.push_back({true, false, set.adds.size(), {}});
      set.adds.push_back({now, kNever});
    } else if (what == 2 && set.reads.size() < most) {
      open.push_back({false, false, set.reads.size(), {}});
      set.reads.push_back({now, kNever, Bitmap()});
      shown.emplace_back();
    } else if (!open.empty()) {
      const size_t which = choices.below(static_cast<uint32_t>(open.size()));
      Open& operation = open[which];
      if (!operation.applied) {
        operation.applied = true;
        if (operation.add) content[operation.number] = true;
        operation.answer = choices.one_in(3) ? earlier : content;
        if (!operation.add && choices.one_in(4) && !set.adds.empty())
          operation.answer[choices.below(static_cast<uint32_t>(set.adds.size()))] = false;
        if (choices.one_in(3)) earlier = content;
        continue;
      }
      if (operation.add && !choices.one_in(5)) set.adds[operation.number].acknowledged = now;
      if (!operation.add) {
        set.reads[operation.number].returned = now;
        shown[operation.number] = operation.answer;
      }
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (!choices.more()) {
      break;
    }
  }
  for (size_t r = 0; r < set.reads.size(); ++r) {
    set.reads[r].shown = Bitmap(set.adds.size());
    for (size_t e = 0; e < set.adds.size(); ++e) {
      if (shown[r][e]) set.reads[r].shown.set(e);
    }
  }
  return set;
}

Fate brute_fate(const GrowingSet& set, size_t e) {
  Fate fate;
  fate.known = set.adds[e].acknowledged;
  for (size_t r = 0; r < set.reads.size(); ++r) {
    const GrowingSet::Read& read = set.reads[r];
    if (read.shown.test(e)) {
      fate.known = std::min(fate.known, read.returned);
      fate.last_present = r;
    } else if (set.adds[e].invoked < read.returned) {
      fate.last_absent = r;
    }
    for (const GrowingSet::Read& other : set.reads)
      fate.flickered = fate.flickered || (other.shown.test(e) && other.returned < read.invoked && !read.shown.test(e));
  }
  const bool present = fate.last_present != Fate::kNone, absent = fate.last_absent != Fate::kNone;
  if (present && (!absent || fate.last_absent < fate.last_present)) fate.outcome = Fate::Outcome::kStable;
  const bool gone = absent && (!present || fate.last_present < fate.last_absent);
  if (gone && fate.known < set.reads[fate.last_absent].invoked) fate.outcome = Fate::Outcome::kLost;
  return fate;
}

TEST(GrowingSet, FatesAreThoseOfALookAtEveryReadForEveryElement) {
  for_each_case(20'000, 60, [](Choices& choices) {
    const GrowingSet set = random_set(choices, 8);
    const std::vector<Fate> all = fates(set);
    for (size_t e = 0; e < set.adds.size(); ++e) {
      const Fate expected = brute_fate(set, e);
      ASSERT_EQ(all[e].outcome, expected.outcome) << e;
      ASSERT_EQ(all[e].known, expected.known) << e;
      ASSERT_EQ(all[e].last_present, expected.last_present) << e;
      ASSERT_EQ(all[e].last_absent, expected.last_absent) << e;
      ASSERT_EQ(all[e].flickered, expected.flickered) << e;
    }
  });
}

// Looks for a linearization: operations one after another, none before one that was over when it began. An addition
// that was not acknowledged may be left out.
bool linearizable(const GrowingSet& set, uint32_t done_adds, uint32_t done_reads) {
  const auto first_return = [&] {
    int64_t first = kNever;
    for (size_t e = 0; e < set.adds.size(); ++e) {
      if ((done_adds >> e & 1) == 0) first = std::min(first, set.adds[e].acknowledged);
    }
    for (size_t r = 0; r < set.reads.size(); ++r) {
      if ((done_reads >> r & 1) == 0) first = std::min(first, set.reads[r].returned);
    }
    return first;
  }();
  if (first_return == kNever) return true;
  for (size_t r = 0; r < set.reads.size(); ++r) {
    if ((done_reads >> r & 1) != 0 || set.reads[r].invoked > first_return) continue;
    uint32_t shown = 0;
    for (size_t e = 0; e < set.adds.size(); ++e) shown |= static_cast<uint32_t>(set.reads[r].shown.test(e)) << e;
    if (shown == done_adds && linearizable(set, done_adds, done_reads | 1U << r)) return true;
  }
  for (size_t e = 0; e < set.adds.size(); ++e) {
    if ((done_adds >> e & 1) != 0 || set.adds[e].invoked > first_return) continue;
    if (linearizable(set, done_adds | 1U << e, done_reads)) return true;
  }
  return false;
}

TEST(GrowingSet, IsStrongExactlyIfSomeOrderExplainsAllReads) {
  size_t strong = 0, weak = 0;
  for_each_case(20'000, 40, [&](Choices& choices) {
    const GrowingSet set = random_set(choices, 5);
    const bool expected = linearizable(set, 0, 0);
    ASSERT_EQ(not_strong(set).empty(), expected);
    ++(expected ? strong : weak);
  });
  EXPECT_GT(strong, 5'000U);
  EXPECT_GT(weak, 500U);
}

}  // namespace
}  // namespace checkers
