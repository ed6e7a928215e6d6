// Queues against brute force: is there an enqueueing for each that came out? And what ids that come twice look like.
#include "checkers/operations.h"
#include "tests/checkers/cases.h"

namespace checkers {
namespace {

History random_queue(Choices& choices) {
  Scenario s("");
  s.history.test = TestInfo{};
  int64_t fresh = 10;
  std::vector<int64_t> processes = {0, 1, 2, 3};
  while (choices.more()) {
    int64_t& process = processes[choices.below(4)];
    if (!s.is_open(process)) {
      if (choices.below(2) == 0) {
        s.invoke(process, "enqueue", "", Value(static_cast<int64_t>(choices.below(3))));
      } else {
        s.invoke(process, "dequeue", "");
      }
      continue;
    }
    const uint32_t end = choices.below(6);
    if (!s.ends_badly(process, end, fresh)) {
      const bool in = s.open(process).f == "enqueue";
      s.ok(process, in ? Value() : Value(static_cast<int64_t>(choices.below(3))));
    }
  }
  return s.history;
}

// Matches what came out with what went in, one by one.
bool matches(const std::vector<const Operation*>& out, std::vector<const Operation*>& in, size_t next) {
  if (next == out.size()) return true;
  for (const Operation*& candidate : in) {
    if (candidate == nullptr || !(candidate->argument() == out[next]->result())) continue;
    if (candidate->invoked > out[next]->returned) continue;
    const Operation* const taken = candidate;
    candidate = nullptr;
    const bool found = matches(out, in, next + 1);
    candidate = taken;
    if (found) return true;
  }
  return false;
}

TEST(Queue, IsValidExactlyIfWhatCameOutCanBeMatchedWithWhatWentIn) {
  size_t valid = 0, invalid = 0;
  for_each_case(10'000, 36, [&](Choices& choices) {
    const History history = random_queue(choices);
    const Operations operations(history);
    std::vector<const Operation*> in, out;
    for (const Operation& operation : operations.all()) {
      if (operation.f() == "enqueue" && !operation.failed()) in.push_back(&operation);
      if (operation.f() == "dequeue" && operation.ok()) out.push_back(&operation);
    }
    const bool expected = matches(out, in, 0);
    ASSERT_EQ(check(history, "queue").verdict != Verdict::kInvalid, expected);
    ++(expected ? valid : invalid);
  });
  EXPECT_GT(valid, 1'000U);
  EXPECT_GT(invalid, 1'000U);
}

TEST(TotalQueue, WhatNobodySawAgainIsLostUnlessDequeuesOfUnknownOutcomeMayHaveTakenIt) {
  for_each_case(10'000, 36, [](Choices& choices) {
    const History history = random_queue(choices);
    const Operations operations(history);
    std::map<std::string, int64_t> left, began;
    int64_t open = 0;
    bool unexpected = false;
    for (const Operation& operation : operations.all()) {
      const bool in = operation.f() == "enqueue";
      if (in && operation.ok()) ++left[to_json(operation.argument())];
      if (!in && operation.ok()) --left[to_json(operation.result())];
      open += !in && !operation.ok() && !operation.failed();
      if (in || !operation.ok()) continue;
      bool some = false;
      for (const Operation& other : operations.all())
        some = some || (other.f() == "enqueue" && !other.failed() && other.argument() == operation.result() &&
                        other.invoked < operation.returned);
      unexpected = unexpected || !some;
    }
    int64_t missing = 0;
    for (const auto& [value, number] : left) missing += std::max<int64_t>(0, number);
    const bool invalid = unexpected || missing > open;
    ASSERT_EQ(check(history, "total-queue").verdict == Verdict::kInvalid, invalid);
  });
}

TEST(TotalQueue, IsNotJudgedByItselfWhenNobodyDrainedTheQueue) {
  Scenario s("");
  s.history.test = TestInfo{};
  s.invoke(1, "enqueue", "", 5).ok(1);
  EXPECT_EQ(result_of(judge(s.history), "total-queue").verdict, Verdict::kReported);
  EXPECT_EQ(check(s.history, "total-queue").verdict, Verdict::kInvalid) << "who names it says that it was emptied";
  s.invoke(1, "drain", "").ok(1, List{5});
  EXPECT_EQ(result_of(judge(s.history), "total-queue").verdict, Verdict::kValid);
}

TEST(UniqueIds, AreCountedWithTheirRange) {
  Scenario s("");
  s.history.test = TestInfo{};
  for (const int64_t id : {4, 1, 9, 1, 1}) s.invoke(1, "generate", "").ok(1, id);
  s.invoke(2, "generate", "").info(2);
  const Result result = result_of(judge(s.history), "unique-ids");
  EXPECT_EQ(result.verdict, Verdict::kInvalid);
  EXPECT_EQ(result.violations, 1) << "one id, however often";
  EXPECT_EQ(result.details["duplicated"]["1"].integer(), 3);
  EXPECT_EQ(result.details["range"], Value(List{1, 9}));
  EXPECT_EQ(check(Scenario("").history, "unique-ids").verdict, Verdict::kUnknown);
}

TEST(UniqueIds, AreCondemnedExactlyIfTwoAreEqual) {
  size_t good = 0, bad = 0;
  for_each_case(10'000, 40, [&](Choices& choices) {
    Scenario s("");
    s.history.test = TestInfo{};
    int64_t fresh = 10;
    std::vector<int64_t> processes = {0, 1, 2};
    const std::vector<Value> ids = {0, "0", 1, "1", Value(), List{1}, 2, 3, 4, 5};
    while (choices.more()) {
      int64_t& process = processes[choices.below(3)];
      if (!s.is_open(process)) {
        s.invoke(process, "generate", "");
      } else if (!s.ends_badly(process, choices.below(6), fresh)) {
        s.ok(process, ids[choices.below(static_cast<uint32_t>(ids.size()))]);
      }
    }
    std::vector<Value> given;
    for (const Event& event : s.history.events) {
      if (event.type == EventType::kOk) given.push_back(event.value);
    }
    int64_t twice = 0;  // ids that somebody else had before, counted once each
    for (size_t i = 0; i < given.size(); ++i) {
      twice += std::count(given.begin(), given.begin() + static_cast<ptrdiff_t>(i), given[i]) == 1;
    }
    const Result result = check(s.history, "unique-ids");
    ASSERT_EQ(result.verdict, given.empty() ? Verdict::kUnknown : twice > 0 ? Verdict::kInvalid : Verdict::kValid);
    ASSERT_EQ(result.violations, twice);
    ++(twice > 0 ? bad : good);
  });
  EXPECT_GT(good, 500U);
  EXPECT_GT(bad, 1'000U);
}

}  // namespace
}  // namespace checkers
