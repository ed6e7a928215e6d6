// What nodes tell about themselves, and how fast it gets around.
#include "node/membership/profiles.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "node/membership/load_meter.h"

namespace node {
namespace {

using namespace std::chrono_literals;  // NOLINT

Profile profile(const std::string& name, uint64_t generation, uint64_t version, uint64_t keys = 0) {
  Profile made;
  made.name = name;
  made.generation = generation;
  made.version = version;
  made.load.keys = keys;
  return made;
}

// What a profile says is a function of who it is of, and of its version, as it is when each node writes its own.
std::vector<Profile> some_profiles() {
  std::vector<Profile> list;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    const auto name = *rc::gen::element<std::string>("a", "b", "c");
    const auto generation = *rc::gen::inRange<uint64_t>(1, 4), version = *rc::gen::inRange<uint64_t>(1, 4);
    list.push_back(profile(name, generation, version, generation * 10 + version));
  }
  return list;
}

std::vector<Profile> learnt(const std::vector<std::vector<Profile>>& told) {
  Profiles profiles("me", 1);
  profiles.begin(1ms, "");
  for (const auto& each : told) profiles.hear({Gossip::Step::kAll, 0, each});
  return profiles.all();
}

// Row V2: idempotent, commutative, associative.
RC_GTEST_PROP(ProfilesProperty, OrderGroupingAndRepetitionOfGossipDoNotMatter, ()) {
  const auto a = some_profiles(), b = some_profiles(), c = some_profiles();
  RC_ASSERT(learnt({a, b, c}) == learnt({c, b, a}));
  RC_ASSERT(learnt({a, b, c}) == learnt({learnt({a, b}), c}));
  RC_ASSERT(learnt({a, b}) == learnt({a, b, b, a}));
}

// Row V2: monotone.
RC_GTEST_PROP(ProfilesProperty, GossipNeverLowersAnEntry, ()) {
  Profiles profiles("me", 1);
  profiles.begin(1ms, "");
  for (int i = 0; i < 5; ++i) {
    const std::vector<Profile> before = profiles.all();
    profiles.hear({Gossip::Step::kAll, 0, some_profiles()});
    for (const Profile& old : before) {
      const Profile& now = *profiles.of(old.name);
      RC_ASSERT(std::pair(now.generation, now.version) >= std::pair(old.generation, old.version));
    }
  }
}

TEST(Profiles, ANodeWhoseClockWentBackOutdoesItsFormerLife) {
  Profiles profiles("me", 1);
  profiles.begin(1000ms, "");
  const Gossip former{Gossip::Step::kAll, 0, {profile("me", 5000, 77)}};
  const std::optional<Gossip> answer = profiles.hear(former);
  EXPECT_EQ(profiles.mine().generation, 5001u);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->profiles, std::vector{profiles.mine()});
}

TEST(Profiles, SmallChangesOfLoadAreNotWorthTelling) {
  Profiles profiles("me", 1);
  profiles.begin(1ms, "");
  Load load;
  load.ops = 1000;
  profiles.publish(load, 1);
  const uint64_t version = profiles.mine().version;
  load.ops = 1010;
  profiles.publish(load, 1);
  EXPECT_EQ(profiles.mine().version, version);
  load.ops = 1100;
  profiles.publish(load, 1);
  EXPECT_EQ(profiles.mine().version, version + 1);
  profiles.publish(load, 2);
  EXPECT_EQ(profiles.mine().epoch, 2u) << "of another routing table everybody must hear";
  load.ops = 1;
  profiles.publish(load, 2);
  load.ops = 0;
  profiles.publish(load, 2);
  EXPECT_EQ(profiles.mine().load.ops, 0u) << "idle is told";
}

// All nodes gossip once a round, in turn; how many rounds until all have heard of one change.
int rounds_until_known(int nodes, uint64_t seed) {
  std::vector<std::string> names;
  std::vector<Profiles> all;
  for (int i = 0; i < nodes; ++i) names.push_back("n" + std::to_string(i));
  for (int i = 0; i < nodes; ++i) {
    all.emplace_back(names[static_cast<size_t>(i)], seed * 1000 + static_cast<uint64_t>(i));
    all.back().begin(1ms, "");
  }
  Load load;
  load.keys = 1;
  all[0].publish(load, 1);
  for (int round = 1; round <= 100; ++round) {
    for (Profiles& one : all) {
      std::vector<std::string> others = names;
      others.erase(std::find(others.begin(), others.end(), one.mine().name));
      const std::string partner = one.draw_partner(others, {});
      Profiles& other = all[static_cast<size_t>(std::stoi(partner.substr(1)))];
      std::optional<Gossip> said = one.tell();
      for (bool ones = true; said; ones = !ones) said = (ones ? other : one).hear(*said);
    }
    const auto knows = [](const Profiles& one) { return one.of("n0") != nullptr && one.of("n0")->load.keys == 1; };
    if (std::all_of(all.begin(), all.end(), knows)) return round;
  }
  return 1000;
}

// Rows F7 and C2: in at most log2(n) + 4 rounds.
TEST(Profiles, AChangeIsKnownToAllInALogarithmicNumberOfRounds) {
  for (const auto& [nodes, most] : {std::pair(5, 6), std::pair(30, 8), std::pair(100, 10)}) {
    for (uint64_t seed = 1; seed <= 20; ++seed) EXPECT_LE(rounds_until_known(nodes, seed), most) << nodes << " nodes";
  }
}

// Row F7: occasionally a down one.
TEST(Profiles, NowAndThenADownNodeIsToldToo) {
  Profiles profiles("me", 1);
  profiles.begin(1ms, "");
  int up = 0, down = 0;
  for (int i = 0; i < 80; ++i) ++(profiles.draw_partner({"a", "b"}, {"c"}) == "c" ? down : up);
  EXPECT_EQ(down, 10);
  EXPECT_EQ(up, 70);
  EXPECT_EQ(profiles.draw_partner({}, {}), "");
  EXPECT_EQ(profiles.draw_partner({}, {"c"}), "c");
}

// ---- Loads

// Row F1 (a).
TEST(LoadMeter, IsWithinATenthOfTheTruthFiveSecondsAfterAStep) {
  LoadMeter meter(0s);
  Instant now = 0s;
  const auto run = [&](int each_tenth, Duration time) {
    for (const Instant end = now + time; now < end;) {
      for (int i = 0; i < each_tenth; ++i) meter.count_client();
      now += 100ms;
      meter.measure(now, 3ms);
    }
  };
  run(10, 5s);
  EXPECT_NEAR(static_cast<double>(meter.load().ops), 100, 10);
  run(500, 5s);
  EXPECT_NEAR(static_cast<double>(meter.load().ops), 5000, 500);
  EXPECT_NEAR(static_cast<double>(meter.load().delay_us), 3000, 300);
  run(0, 10s);
  EXPECT_EQ(meter.load().ops, 0u);
}

}  // namespace
}  // namespace node
