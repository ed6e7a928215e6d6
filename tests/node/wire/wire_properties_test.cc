// What nodes and clients send: round trips, and no bytes that end or fool the reader.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "node/wire/command.h"
#include "node/wire/message.h"
#include "tests/node/causality/generators.h"

namespace node {
namespace {

// ---- Numbers and strings

RC_GTEST_PROP(Bytes, NumbersAndStringsComeBack, (uint64_t u, int64_t i, uint64_t f, const std::string& s)) {
  std::string bytes;
  Writer w(bytes);
  w.u64(u);
  w.i64(i);
  w.fixed64(f);
  w.string(s);
  Reader r(bytes);
  RC_ASSERT(r.u64() == u);
  RC_ASSERT(r.i64() == i);
  RC_ASSERT(r.fixed64() == f);
  RC_ASSERT(r.string() == s);
  RC_ASSERT(r.done());
}

TEST(Bytes, ExtremesComeBack) {
  std::string bytes;
  Writer w(bytes);
  w.u64(UINT64_MAX);
  w.i64(INT64_MIN);
  w.i64(INT64_MAX);
  Reader r(bytes);
  EXPECT_EQ(r.u64(), UINT64_MAX);
  EXPECT_EQ(r.i64(), INT64_MIN);
  EXPECT_EQ(r.i64(), INT64_MAX);
  EXPECT_TRUE(r.done());
}

TEST(Bytes, ANumberHasOneSpelling) {
  for (const char* padded : {"80 00", "8100", "ff80808080808080808000", "ffffffffffffffffff02", "80"}) {
    std::string bytes = from_hex(padded);
    Reader r(bytes);
    r.u64();
    EXPECT_FALSE(r.done()) << padded;
  }
}

TEST(Bytes, AfterAnythingMalformedEverythingIsEmpty) {
  Reader r("\xff");
  r.u64();
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.u64(), 0u);
  EXPECT_EQ(r.string(), "");
  EXPECT_EQ(r.fixed64(), 0u);
  EXPECT_FALSE(r.done());
}

TEST(Bytes, ACountIsNeverMoreThanWhatIsLeft) {
  std::string bytes;
  Writer(bytes).u64(1'000'000'000);
  Reader r(bytes);
  EXPECT_EQ(r.count(), 0u);
  EXPECT_FALSE(r.ok());
}

RC_GTEST_PROP(Bytes, HexComesBack, ()) {
  std::string bytes = *some_bytes();
  RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
}

// ---- Messages

std::vector<std::string> some_strings() { return *rc::gen::container<std::vector<std::string>>(some_bytes()); }
uint64_t any() { return *rc::gen::arbitrary<uint64_t>(); }

std::vector<std::pair<Slot, uint64_t>> some_digests() {
  std::vector<std::pair<Slot, uint64_t>> digests;
  for (uint64_t slot : *rc::gen::container<std::vector<uint64_t>>(rc::gen::inRange<uint64_t>(0, kSlots))) {
    digests.emplace_back(static_cast<Slot>(slot), any());
  }
  return digests;
}

Tombs some_tombs() {
  Tombs tombs;
  for (std::string& key : some_strings()) tombs.emplace_back(key, any());
  return tombs;
}

std::vector<Region> some_regions() {
  std::vector<Region> regions;
  for (const auto& [slot, prefix] : some_digests()) regions.push_back({slot, static_cast<uint8_t>(any() % 17), prefix});
  return regions;
}

Ballot a_ballot() { return {any(), *an_actor()}; }

RoutingTable a_table() {
  Options options;
  const int members = *rc::gen::inRange(1, 6);
  for (int i = 1; i <= members; ++i)
    options.peers.push_back({"n" + std::to_string(i), "10.0.0." + std::to_string(i), 100});
  RoutingTable table = RoutingTable::first(options);
  table.epoch = any();
  for (Member& member : table.members) {
    member.state = static_cast<Member::State>(*rc::gen::inRange(0, static_cast<int>(Member::State::kLeft) + 1));
    member.disk = *an_actor();
  }
  return table;
}

Body a_body() {
  switch (*rc::gen::inRange(0, 29)) {
    case 0:
      return Heartbeat{*rc::gen::arbitrary<bool>(),
                       *rc::gen::arbitrary<bool>(),
                       *some_bytes(),
                       *rc::gen::arbitrary<bool>(),
                       *an_actor(),
                       *an_actor(),
                       *rc::gen::arbitrary<bool>(),
                       some_strings()};
    case 1:
      return WriteRequest{*some_bytes(), *some_bytes(), *some_bytes()};
    case 2:
      return WriteReply{*rc::gen::arbitrary<bool>()};
    case 3:
      return ReadRequest{*some_bytes(), *rc::gen::arbitrary<bool>()};
    case 4:
      return ReadReply{*some_bytes()};
    case 5:
      return Repair{*some_bytes(), *some_bytes()};
    case 6:
      return Forward{*rc::gen::arbitrary<bool>(), some_strings()};
    case 7:
      return ForwardReply{*some_bytes()};
    case 8:
      return SyncGroups{*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<std::vector<uint64_t>>(), some_digests()};
    case 9:
      return SyncSlots{some_digests()};
    case 10: {
      SyncBranches message;
      for (const Region& region : some_regions()) {
        message.branches.push_back({region, {}});
        for (uint64_t& digest : message.branches.back().digests) digest = any();
      }
      return message;
    }
    case 11: {
      SyncLeaves message;
      for (const Region& region : some_regions()) {
        message.leaves.push_back({region, *rc::gen::arbitrary<std::vector<std::pair<uint64_t, uint64_t>>>()});
      }
      return message;
    }
    case 12:
      return SyncWant{some_digests()};
    case 14:
      return ReapAsk{some_tombs()};
    case 15:
      return ReapAgree{some_tombs()};
    case 16:
      return Reap{some_tombs()};
    case 13:
      return SyncPull{*some_bytes(), static_cast<Slot>(any() % kSlots), some_digests()};
    default: {
      SyncPage page{*an_actor(), *rc::gen::arbitrary<bool>(), *some_bytes(), *some_bytes(), {}};
      for (std::string& key : some_strings()) page.records.emplace_back(key, *some_bytes());
      return page;
    }
    case 17: {
      const auto step = *rc::gen::element(Gossip::Step::kAll, Gossip::Step::kBetter, Gossip::Step::kDigest);
      if (step == Gossip::Step::kDigest) return Gossip{step, any(), {}};
      Gossip gossip{step, 0, {}};
      for (std::string& name : some_strings()) {
        gossip.profiles.push_back({name, any(), any(), any(), *some_bytes(), {any(), any(), any(), any(), any()}});
      }
      return gossip;
    }
    case 18:
      return NewTable{a_table()};
    case 20:
      return Join{*some_bytes(), *some_bytes(), *some_bytes(), *an_actor()};
    case 21:
      return Prepare{a_ballot()};
    case 22:
      return Promise{a_ballot(), a_ballot(), a_ballot(), a_table()};
    case 23:
      return Accept{a_ballot(), a_table()};
    case 24:
      return Accepted{a_ballot(), a_ballot()};
    case 25:
      return Fetch{any(), any(), *some_bytes(), some_digests()};
    case 26: {
      Fetched page{any(), any(), *some_bytes(), {}};
      for (std::string& key : some_strings()) page.records.emplace_back(key, *some_bytes());
      return page;
    }
    case 27:
      return StraysHeld{some_digests()};
    case 28: {
      StraysKnown known;
      for (const Region& region : some_regions()) {
        known.same.push_back(region.slot);
        known.others.push_back({region, *rc::gen::arbitrary<std::vector<std::pair<uint64_t, uint64_t>>>()});
      }
      return known;
    }
  }
}

RequestId an_id() {
  return *rc::gen::arbitrary<bool>() ? RequestId{} : RequestId{*an_actor(), std::max<uint64_t>(any(), 1)};
}

Message a_message() { return {*some_bytes(), an_id(), a_body(), any()}; }

RC_GTEST_PROP(MessageProperty, AMessageComesBackFromItsPacket, ()) {
  Message sent = a_message();
  Message read;
  const Packet packet = encode(sent);
  RC_ASSERT(decode(packet, read));
  RC_ASSERT(read.from == sent.from);
  RC_ASSERT(read.id == sent.id);
  RC_ASSERT(read.epoch == sent.epoch);
  RC_ASSERT(read.body.index() == sent.body.index());
  RC_ASSERT(encode(read) == packet);
  Message other{*some_bytes(), sent.id, Heartbeat{}, any()};
  RC_ASSERT(cause_of(packet) == cause_of(encode(other)));
  RC_ASSERT(kind_of(encode(other)) == "HEARTBEAT");
}

RC_GTEST_PROP(MessageProperty, ATruncatedOrLengthenedMessageIsRefused, ()) {
  Packet packet = encode(a_message());
  Message read;
  RC_ASSERT(!decode(packet + *rc::gen::arbitrary<char>(), read));
  packet.resize(*rc::gen::inRange<size_t>(0, packet.size()));
  RC_ASSERT(!decode(packet, read));
}

RC_GTEST_PROP(MessageProperty, RandomBytesNeverEndTheReader, ()) {
  Packet packet = *some_bytes();
  Message read;
  decode(packet, read);
  kind_of(packet);
  cause_of(packet);
  packet = encode(a_message());
  packet.resize(*rc::gen::inRange<size_t>(0, packet.size()));
  packet += *some_bytes();
  decode(packet, read);
  if (!packet.empty()) packet[0] = *rc::gen::arbitrary<char>();  // another kind, or none
  decode(packet, read);
}

TEST(Message, SlotsBeyondTheCircleAreRefused) {
  Packet packet = encode(Message{"n1", {}, SyncSlots{{{kSlots - 1, 7}}}});
  Message read;
  ASSERT_TRUE(decode(packet, read));
  std::string inside, beyond;
  Writer(inside).u64(kSlots - 1);
  Writer(beyond).u64(kSlots);
  packet.replace(packet.rfind(inside), inside.size(), beyond);
  EXPECT_FALSE(decode(packet, read));
}

// ---- Commands

Words random_words() {
  auto word =
      rc::gen::oneOf(some_bytes(),
                     rc::gen::element<std::string>("GET", "set", "CART.ADD", "CART.REMOVE", "COUNTER.INCR", "VPUT",
                                                   "VDEL", "SADD", "SREM", "SMEMBERS", "WITHTAGS", "INCRBY", "DECR",
                                                   "R", "W", "MODE", "TIMEOUT", "ID", "CTX"),
                     rc::gen::element<std::string>("k", "1", "2", "0", "-1", "strict", "sloppy", "9223372036854775807",
                                                   "ann", "ann:1", "ann:1,,bob:2", ",", "00", "999999999999999999999"));
  return *rc::gen::nonEmpty(rc::gen::container<Words>(word));
}

RC_GTEST_PROP(CommandProperty, RandomWordsAreACommandWithinItsLimitsOrAnError, ()) {
  Options options;
  Result<Command> command = parse_command(random_words(), options);
  if (!command) {
    RC_ASSERT(!command.error().text.empty());
    return;
  }
  RC_ASSERT(!command->key.empty() && command->key.size() <= Options::kMaxKeyBytes);
  RC_ASSERT(command->value.size() <= Options::kMaxValueBytes);
  for (const std::optional<int>& quorum : {command->r, command->w}) {
    if (quorum) RC_ASSERT(*quorum >= 1 && *quorum <= options.replicas);
  }
  RC_ASSERT(command->identified() == (command->seq > 0));
  RC_ASSERT(command->seq <= Dot::kMaxNamed);
  if (command->kind == Command::Kind::kVdel) RC_ASSERT(command->context.has_value());
}

TEST(Command, TheLastOfTwoEqualOptionsCounts) {
  Result<Command> command =
      parse_command({"SET", "k", "v", "W", "1", "MODE", "strict", "W", "3", "MODE", "sloppy"}, {});
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(command->w, 3);
  EXPECT_EQ(command->mode, Mode::kSloppy);
}

TEST(Command, NamesAndOptionsMayBeWrittenSmall) {
  Result<Command> command = parse_command({"cart.add", "k", "milk", "-2", "id", "ann", "7", "timeout", "50"}, {});
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(command->amount, -2);
  EXPECT_EQ(command->session, Actor::session("ann"));
  EXPECT_EQ(command->seq, 7u);
  EXPECT_EQ(command->timeout, std::chrono::milliseconds(50));
}

TEST(Command, OnlyARemovalWithoutTagsReadsFirst) {
  EXPECT_TRUE(parse_command({"CART.REMOVE", "k", "milk"}, {})->reads_first());
  EXPECT_FALSE(parse_command({"CART.REMOVE", "k", "milk", "CTX", "ann:1"}, {})->reads_first());
  EXPECT_FALSE(parse_command({"SET", "k", "v"}, {})->reads_first());
  EXPECT_TRUE(parse_command({"SREM", "k", "milk"}, {})->reads_first());
  EXPECT_FALSE(parse_command({"SREM", "k", "milk", "CTX", "ann:1"}, {})->reads_first());
}

}  // namespace
}  // namespace node
