// Laws of contexts and records, each against a model that is too simple to be wrong.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "node/causality/encoded_record.h"
#include "tests/node/causality/generators.h"

namespace node {
namespace {

// ---- Contexts are sets of dots

using DotSet = std::set<Dot>;

DotSet dots_in(const Context& context) {
  DotSet dots;
  for (const Context::Run& run : context.runs()) {
    for (uint64_t n = run.first; n <= run.last; ++n) dots.insert({run.actor, n});
  }
  return dots;
}

std::vector<Dot> some_dots() { return *rc::gen::container<std::vector<Dot>>(a_dot()); }

RC_GTEST_PROP(ContextProperty, IsTheSetOfTheDotsThatWereAdded, ()) {
  std::vector<Dot> dots = some_dots();
  Context context = context_of(dots);
  RC_ASSERT(dots_in(context) == DotSet(dots.begin(), dots.end()));
  for (uint64_t n = 1; n < 14; ++n) {
    Dot dot{*an_actor(), n};
    RC_ASSERT(context.contains(dot) == (std::count(dots.begin(), dots.end(), dot) > 0));
  }
}

RC_GTEST_PROP(ContextProperty, HasOneFormWhateverTheOrderOfAdding, ()) {
  std::vector<Dot> dots = some_dots();
  Context context = context_of(dots);
  std::reverse(dots.begin(), dots.end());
  RC_ASSERT(context_of(dots) == context);
  std::sort(dots.begin(), dots.end());
  RC_ASSERT(context_of(dots) == context);
}

RC_GTEST_PROP(ContextProperty, AddingAContextIsUnionAndContainsIsInclusion, ()) {
  Context a = *a_context();
  Context b = *a_context();
  DotSet in_a = dots_in(a);
  DotSet in_b = dots_in(b);
  RC_ASSERT(a.contains(b) == std::includes(in_a.begin(), in_a.end(), in_b.begin(), in_b.end()));
  Context sum = a;
  sum.add(b);
  DotSet both = in_a;
  both.insert(in_b.begin(), in_b.end());
  RC_ASSERT(dots_in(sum) == both);
  RC_ASSERT(sum.contains(a) && sum.contains(b));
  std::vector<Dot> list(both.begin(), both.end());
  RC_ASSERT(sum == context_of(list));
}

RC_GTEST_PROP(ContextProperty, LastIsTheHighestOfAnActor, ()) {
  std::vector<Dot> dots = some_dots();
  Actor actor = *an_actor();
  uint64_t last = 0;
  for (const Dot& dot : dots) last = dot.actor == actor ? std::max(last, dot.n) : last;
  RC_ASSERT(context_of(dots).last(actor) == last);
}

RC_GTEST_PROP(ContextProperty, ComesBackFromItsToken, ()) {
  Context context = *a_context();
  Context read;
  RC_ASSERT(Context::from_token(context.token(), read));
  RC_ASSERT(read == context);
}

// Equal states must have equal bytes, so only one spelling of each may be read.
RC_GTEST_PROP(ContextProperty, ATokenIsRefusedOrIsTheOnlySpelling, ()) {
  std::string bytes = from_hex((*a_context()).token());
  bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = static_cast<char>(*rc::gen::inRange(0, 256));
  Context read;
  if (Context::from_token(to_hex(bytes), read)) RC_ASSERT(read.token() == to_hex(bytes));
}

TEST(Context, RunsTouchUpToTheGreatestNumber) {
  Actor a = Actor::session("a");
  Context high = context_of({{a, UINT64_MAX - 1}});
  high.add(Dot{a, UINT64_MAX});
  high.add(context_of({{a, UINT64_MAX - 2}, {a, UINT64_MAX}}));
  ASSERT_EQ(high.runs().size(), 1u);
  EXPECT_EQ(high.runs()[0].first, UINT64_MAX - 2);
  EXPECT_FALSE(high.contains(Dot{a, 1}));
}

TEST(Context, TokensMayNameNothingBeyondTheLimit) {
  Context read;
  EXPECT_TRUE(Context::from_token(context_of({{Actor::session("a"), Dot::kMaxNamed}}).token(), read));
  EXPECT_FALSE(Context::from_token(context_of({{Actor::session("a"), Dot::kMaxNamed + 1}}).token(), read));
  EXPECT_FALSE(Context::from_token("", read));
  EXPECT_FALSE(Context::from_token("0", read));
  EXPECT_FALSE(Context::from_token("xx", read));
  EXPECT_TRUE(Context::from_token("00", read));
  EXPECT_TRUE(read.empty());
}

// ---- Actors and dots

RC_GTEST_PROP(DotProperty, ComesBackFromItsText, ()) {
  Dot dot = *a_dot();
  RC_ASSERT(Dot::parse(dot.to_string()) == dot);
}

TEST(Dot, RefusesWhatIsNone) {
  for (const char* text : {"", ":", "a", "a:", ":1", "a:x", "a:1x", "a:-1", "a b:1", "a:99999999999999999999",
                           "a:4611686018427387905", "12345678901234567:1", "00000000000000000000000000000001:1"}) {
    EXPECT_EQ(Dot::parse(text).n, 0u) << text;
  }
  EXPECT_EQ(Dot::parse("a:4611686018427387904").n, Dot::kMaxNamed);
}

TEST(Actor, TellsLivesFromSessions) {
  EXPECT_TRUE(Actor::life(0, 0).is_life());
  EXPECT_FALSE(Actor::life(0, 0).is_null());
  EXPECT_EQ(Actor::life(0, 0).to_string(), "80000000000000000000000000000000");
  EXPECT_FALSE(Actor::session("0123456789abcdef").is_life());
  EXPECT_EQ(Actor::session("0123456789abcdef").to_string(), "0123456789abcdef");
  EXPECT_TRUE(Actor::session("0123456789abcdefg").is_null());
  EXPECT_TRUE(Actor::session("").is_null());
}

// ---- Records: merging is a join

Record join(const Record& a, const Record& b) {
  Record merged = a;
  merged.merge(b);
  return merged;
}

// Row G5: the laws of merging.
RC_GTEST_PROP(RecordProperty, MergeIsCommutative, ()) {
  Record a = *a_record();
  Record b = *a_record();
  RC_ASSERT(join(a, b) == join(b, a));
}

RC_GTEST_PROP(RecordProperty, MergeIsAssociative, ()) {
  Record a = *a_record();
  Record b = *a_record();
  Record c = *a_record();
  RC_ASSERT(join(join(a, b), c) == join(a, join(b, c)));
}

RC_GTEST_PROP(RecordProperty, MergeIsIdempotentAndSaysWhetherItChangedAnything, ()) {
  Record a = *a_record();
  Record b = *a_record();
  Record both = join(a, b);
  RC_ASSERT(join(both, a) == both);
  RC_ASSERT(join(both, b) == both);
  Record again = both;
  RC_ASSERT(!again.merge(a));
  Record changed = a;
  bool says = changed.merge(b);
  RC_ASSERT(says == (changed != a));
}

RC_GTEST_PROP(RecordProperty, EverySiblingIsInTheContext, ()) {
  Record both = join(*a_record(), *a_record());
  for (const Sibling& sibling : both.siblings) RC_ASSERT(both.context.contains(sibling.dot));
  for (const Sibling& sibling : both.siblings) RC_ASSERT(both.find(sibling.dot) == &sibling);
}

// ---- Records of legal histories: the siblings are exactly the maximal writes

struct Event {  // a write, or without dot a deletion
  Dot dot;
  DotSet covers;
};

struct World {
  explicit World(size_t replicas) : records(replicas), known(replicas), read(replicas) {}

  void take(const Step& step) {
    if (step.kind == Step::Kind::kHear) {
      records[step.replica].merge(records[step.other]);
      known[step.replica].insert(known[step.other].begin(), known[step.other].end());
      return;
    }
    if (step.fresh) read[step.other] = records[step.other].context;
    Record delta;
    delta.context = read[step.other];
    Event event{{}, dots_in(delta.context)};
    if (step.kind == Step::Kind::kWrite) {
      Actor self = Actor::life(step.replica + 1, 0);
      event.dot = {self, records[step.replica].context.last(self) + 1};
      delta.put({event.dot, PlainValue{std::to_string(events.size()), 0}});
    }
    known[step.replica].insert(events.size());
    events.push_back(std::move(event));
    records[step.replica].merge(delta);
  }

  // Known writes that no known event covers.
  DotSet maximal(size_t replica) const {
    DotSet dots;
    for (size_t i : known[replica]) {
      bool covered = std::any_of(known[replica].begin(), known[replica].end(),
                                 [&](size_t j) { return events[j].covers.count(events[i].dot) > 0; });
      if (events[i].dot.n > 0 && !covered) dots.insert(events[i].dot);
    }
    return dots;
  }

  std::vector<Record> records;
  std::vector<std::set<size_t>> known;  // by replica: events
  std::vector<Context> read;            // by replica: what a client last read there
  std::vector<Event> events;
};

// Row F10: syntactic reconciliation.
RC_GTEST_PROP(RecordProperty, SiblingsAreExactlyTheWritesThatNoKnownWriteSupersedes, ()) {
  constexpr size_t kReplicas = 3;
  World world(kReplicas);
  for (const Step& step : a_history(kReplicas)) {
    world.take(step);
    DotSet kept;
    for (const Sibling& sibling : world.records[step.replica].siblings) kept.insert(sibling.dot);
    RC_ASSERT(kept == world.maximal(step.replica));
  }
}

// Row G5: the same updates, the same state.
RC_GTEST_PROP(RecordProperty, ReplicasThatHeardEachOtherAreEqualWhateverTheOrder, ()) {
  constexpr size_t kReplicas = 4;
  World world(kReplicas);
  for (const Step& step : a_history(kReplicas)) world.take(step);
  std::vector<size_t> order{0, 1, 2, 3};
  Record forward;
  Record backward;
  for (size_t replica : order) forward.merge(world.records[replica]);
  std::reverse(order.begin(), order.end());
  for (size_t replica : order) backward.merge(world.records[replica]);
  RC_ASSERT(forward.encode() == backward.encode());
}

// ---- Bytes

RC_GTEST_PROP(RecordCodec, ARecordComesBackFromItsBytes, ()) {
  Record record = *a_record();
  Record read;
  RC_ASSERT(Record::decode(record.encode(), read));
  RC_ASSERT(read == record);
}

// Row V3: equal replicas hold equal bytes, context included.
RC_GTEST_PROP(RecordCodec, EqualStatesHaveEqualBytes, ()) {
  Record a = *a_record();
  Record b = *a_record();
  RC_ASSERT((a == b) == (a.encode() == b.encode()));
  RC_ASSERT(join(a, b).encode() == join(b, a).encode());
}

RC_GTEST_PROP(RecordCodec, TruncatedOrLengthenedBytesAreRefused, ()) {
  std::string bytes = (*a_record()).encode();
  Record read;
  RC_ASSERT(!Record::decode(bytes.substr(0, *rc::gen::inRange<size_t>(0, bytes.size())), read));
  RC_ASSERT(!Record::decode(bytes + std::string(1, *rc::gen::arbitrary<char>()), read));
}

RC_GTEST_PROP(RecordCodec, DamagedBytesAreRefusedOrMeanAnotherRecord, ()) {
  std::string bytes = (*a_record()).encode();
  const std::string intact = bytes;
  bytes[*rc::gen::inRange<size_t>(0, bytes.size())] ^= static_cast<char>(*rc::gen::inRange(1, 256));
  Record read;
  if (!Record::decode(bytes, read)) return;
  RC_ASSERT(read.encode() == bytes);
  for (const Sibling& sibling : read.siblings) RC_ASSERT(read.context.contains(sibling.dot));
}

RC_GTEST_PROP(RecordCodec, RandomBytesAreRefusedOrHaveThisOneSpelling, ()) {
  std::string bytes = *some_bytes();
  Record read;
  if (Record::decode(bytes, read)) RC_ASSERT(read.encode() == bytes);
}

// ---- Encoded records, merged where they lie

// Without counters and registers, as most are.
Record siblings_alone() {
  Record record = *a_record();
  record.tallies.clear();
  record.linear = {};
  return record;
}

RC_GTEST_PROP(EncodedRecordProperty, JoinsToTheBytesOfTheMergedRecord, ()) {
  const Record older = siblings_alone();
  Record newer = siblings_alone();
  if (*rc::gen::arbitrary<bool>()) newer.context.add(older.context);  // else it has seldom seen all
  if (*rc::gen::arbitrary<bool>()) newer.merge(older);                // else one dot often has two contents
  const std::string older_bytes = older.encode(), newer_bytes = newer.encode();
  EncodedRecord a, b;
  RC_ASSERT(a.read(older_bytes) && b.read(newer_bytes));
  Record merged = older;
  const bool changed = merged.merge(newer);
  std::string joined;
  const EncodedRecord::Joined how = a.join(b, joined);
  RC_CLASSIFY(how == EncodedRecord::Joined::kNews, "news");
  RC_CLASSIFY(how == EncodedRecord::Joined::kUnclear, "unclear");
  const bool damaged = std::any_of(newer.siblings.begin(), newer.siblings.end(), [&](const Sibling& sibling) {
    const Sibling* other = older.find(sibling.dot);
    return other != nullptr && !(*other == sibling);
  });
  RC_ASSERT((how == EncodedRecord::Joined::kUnclear) == damaged);
  if (damaged) return;
  RC_ASSERT((how == EncodedRecord::Joined::kNews) == changed);
  if (changed) RC_ASSERT(joined == merged.encode());
  a.clear();
  if (a.join(b, joined) == EncodedRecord::Joined::kNews) RC_ASSERT(joined == newer_bytes);
}

RC_GTEST_PROP(EncodedRecordProperty, ReadsNothingThatIsNoRecordOrHoldsMoreThanSiblings, ()) {
  std::string bytes = (*rc::gen::arbitrary<bool>() ? siblings_alone() : *a_record()).encode();
  if (*rc::gen::arbitrary<bool>()) bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  Record record;
  const bool whole = Record::decode(bytes, record);
  RC_ASSERT(EncodedRecord().read(bytes) == (whole && record.tallies.empty() && record.linear.empty()));
}

}  // namespace
}  // namespace node
