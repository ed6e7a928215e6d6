// What goes on while something is broken: no node is needed, whichever it is, and none is waited for that is slow.
#include <algorithm>
#include <string_view>

#include "node/wire/message.h"
#include "tests/node/sim/cluster.h"
#include "tests/node/sim/link_news.h"

namespace node::sim {
namespace {

std::string key_number(int i) { return "key" + std::to_string(i); }

Duration quantile(std::vector<Duration> times, double q) {
  std::sort(times.begin(), times.end());
  return times.at(static_cast<size_t>(q * static_cast<double>(times.size() - 1)));
}

// ---- Row G3: there is no node with a role of its own

TEST(Decentralised, WithoutAnyOneNodeServiceGoesOnAndNodesJoin) {
  for (int away = 0; away < 5; ++away) {
    Cluster t({.nodes = 5, .spares = 1, .mode = Mode::kStrict});
    for (int i = 0; i < 50; ++i) ASSERT_EQ(t.set(i % 5, key_number(i), "v"), "OK");
    t.crash(away);
    t.let_suspect();
    const int contact = (away + 1) % 5;
    for (int i = 0; i < 50; ++i) {
      const int through = i % 5 == away ? contact : i % 5;
      EXPECT_EQ(t.get(through, key_number(i)), "v") << "without " << World::name(away);
      EXPECT_EQ(t.set(through, key_number(i), "w"), "OK") << "without " << World::name(away);
    }
    t.join_through(5, contact);
    EXPECT_TRUE(t.await([&] { return t.stat(5, "epoch") == 3; }, 20s)) << "without " << World::name(away);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(t.get(5, key_number(i)), "w");
  }
}

// ---- Row G4: outside the time that it takes to notice, sloppy writes succeed

// How many of 700 writes through these nodes do not. That none of them in each of 15 cases does is more than 99.99 %.
int refused_of_700(Cluster& t, const Nodes& through, const Words& options = {}) {
  int refused = 0;
  for (int i = 0; i < 700; ++i) {
    const int node = through[static_cast<size_t>(i) % through.size()];
    refused += t.set(node, key_number(i), "v", options).ok() ? 0 : 1;
  }
  return refused;
}

TEST(Availability, OfSloppyWritesIsWholeUnderEveryFaultOfOneNode) {
  using Fault = void (*)(Cluster&, int);
  const Fault faults[] = {[](Cluster& t, int node) { t.crash(node); }, [](Cluster& t, int node) { t.pause(node); },
                          [](Cluster& t, int node) { t.isolate(node); }};
  for (int node = 0; node < 5; ++node) {
    Nodes others = {0, 1, 2, 3, 4};
    others.erase(others.begin() + node);
    for (const Fault fault : faults) {
      Cluster t;
      fault(t, node);
      t.let_suspect();
      EXPECT_EQ(refused_of_700(t, others), 0) << World::name(node) << ", fault " << &fault - faults;
    }
  }
}

// Both sides that have W nodes; who is all alone has one, and takes what asks for one.
TEST(Availability, OfSloppyWritesIsWholeOnBothSidesOfEveryPartition) {
  for (unsigned side = 1; side < 1u << 4; ++side) {  // n5 is always on the other one
    Nodes a, b;
    for (int node = 0; node < 5; ++node) (side >> node & 1 ? a : b).push_back(node);
    Cluster t;
    t.partition(a, b);
    t.let_suspect();
    for (const Nodes& nodes : {a, b}) {
      const Words options = nodes.size() == 1 ? Words{"W", "1"} : Words{};
      EXPECT_EQ(refused_of_700(t, nodes, options), 0) << "sides " << side;
    }
  }
}

// Row K1: a 2-2-1 split. What was written on each side is there after the heal.
TEST(Availability, OfATwoTwoOneSplitEverySideTakesWritesAndNoneIsLost) {
  Cluster t;
  t.partition({0, 1}, {2, 3, 4});
  t.partition({2, 3}, {4});
  t.let_suspect();
  EXPECT_TRUE(t.vput(1, "key", "first").ok());
  EXPECT_TRUE(t.vput(3, "key", "second").ok());
  EXPECT_TRUE(t.vput(4, "key", "third", "", {"W", "1"}).ok());
  t.heal();
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.vget(0, "key").values, (std::vector<std::string>{"first", "second", "third"}));
}

// ---- Row P4: the first operations after the primary's death, which nobody has missed yet

TEST(Availability, OfAKeyWhoseFirstHomeHasJustDiedIsWholeThroughItsOtherHomesAndForReadersEverywhere) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster t({.seed = seed});
    const std::string key = t.key_with_homes({0, 1, 2});
    ASSERT_EQ(t.set(0, key, "v"), "OK");
    ASSERT_TRUE(t.settle());
    t.crash(0);
    const auto at_once = [&](int node, const Words& words, std::string_view expected) {
      const Instant asked = t.now();
      EXPECT_EQ(t.call(node, words), expected) << World::name(node) << ", seed " << seed;
      EXPECT_LT(t.now() - asked, 50ms) << World::name(node) << ", seed " << seed;
    };
    for (int home : {1, 2}) at_once(home, {"SET", key, "w"}, "OK");
    for (int node : {1, 2, 3, 4}) at_once(node, {"GET", key}, "w");
    EXPECT_TRUE(t.up(1, 0)) << "not noticed yet";
  }
}

// A node that is no home forwards; that the connection to the dead one broke is all that it knows.
struct LostPrimary {
  explicit LostPrimary(uint64_t seed, Mode mode = Mode::kStrict) : t({.seed = seed, .mode = mode}) {
    key = t.key_with_homes({0, 1, 2});
    EXPECT_TRUE(t.settle());
  }
  bool news_of_broken_links() {
    return t.await([&] { return news.count() == 4; }, 50ms);
  }
  // Asks node 4, and lets the first home die when it has been handed the operation, and the other homes have not.
  Answer lost_under_way(Words words) {
    bool forwarded = false;
    t.watch([&](int, int to, const Packet& packet) { forwarded |= to == 0 && kind_of(packet) == "FORWARD"; });
    const World::Ticket ticket = t.submit(3, std::move(words));
    EXPECT_TRUE(t.await([&] { return forwarded; }, 1s));
    t.watch({});
    t.crash(0);
    const Instant died = t.now();
    EXPECT_TRUE(t.await([&] { return t.answered(ticket) != nullptr; }, 5s));
    EXPECT_LT(t.now() - died, 50ms);
    return *t.answered(ticket);
  }

  Cluster t;
  LinkNews news{t};
  std::string key;
};

TEST(Availability, OfAKeyWhoseFirstHomeHasJustDiedIsWholeForWritersEverywhereOnceItsConnectionsAreBroken) {
  for (const Mode mode : {Mode::kSloppy, Mode::kStrict, Mode::kLin}) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      LostPrimary lost(seed, mode);
      Cluster& t = lost.t;
      t.become_whole();
      ASSERT_EQ(t.set(3, lost.key, "v"), "OK");
      t.crash(0);
      ASSERT_TRUE(lost.news_of_broken_links());
      for (int node : {3, 4, 1, 2}) {
        const Instant asked = t.now();
        EXPECT_EQ(t.set(node, lost.key, "w" + std::to_string(node)), "OK") << World::name(node) << ", seed " << seed;
        EXPECT_LT(t.now() - asked, 50ms) << World::name(node) << ", seed " << seed;
      }
      EXPECT_TRUE(t.up(3, 0)) << "not missed yet";
      EXPECT_EQ(t.get(3, lost.key), "w2");
    }
  }
}

TEST(Availability, AWriteThatWasOnItsWayToAHomeThatDiesIsUnknownAtOnceAndTheNextOneSucceeds) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    LostPrimary lost(seed);
    const Answer answer = lost.lost_under_way({"SET", lost.key, "v"});
    EXPECT_EQ(answer.text.substr(0, 7), "TIMEOUT") << "seed " << seed;
    EXPECT_EQ(lost.t.set(3, lost.key, "w"), "OK") << "seed " << seed;
    EXPECT_EQ(lost.t.get(3, lost.key), "w") << "seed " << seed;
  }
}

TEST(Availability, AnIdentifiedWriteThatWasOnItsWayToAHomeThatDiesGoesToTheNext) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    LostPrimary carts(seed), counters(seed);
    EXPECT_TRUE(carts.lost_under_way({"CART.ADD", carts.key, "tea", "2", "ID", "s1", "1"}).ok()) << "seed " << seed;
    EXPECT_EQ(carts.t.cart(3, carts.key)["tea"], 2);
    EXPECT_EQ(counters.lost_under_way({"COUNTER.INCR", counters.key, "5", "ID", "s1", "1", "5", "0"}), 5)
        << "seed " << seed;
    EXPECT_EQ(counters.t.count(3, counters.key), 5);
  }
}

// The dead one may have carried it out: that the others cannot be reached, so that nothing happens there, is no answer.
TEST(Availability, WhatASecondHomeRefusesMayHaveHappenedAtTheFirst) {
  LostPrimary lost(1);
  for (int home : {1, 2}) lost.t.partition({3}, {home});
  lost.t.let_suspect();
  const Answer answer = lost.lost_under_way({"COUNTER.INCR", lost.key, "5", "ID", "s1", "1", "5", "0"});
  EXPECT_EQ(answer.text.substr(0, 7), "TIMEOUT");
  EXPECT_EQ(lost.t.set(3, lost.key, "w").text.substr(0, 7), "UNAVAIL") << "this one was handed to nobody";
}

// ---- Row F1 (b): a node that runs half of the time

TEST(Availability, OfReadsHardlySuffersFromANodeThatIsPausedHalfOfTheTime) {
  const auto p99 = [](bool slow) {
    Cluster t;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(t.set(i % 5, key_number(i), "v"), "OK");
    std::vector<Duration> times;
    for (int i = 0; i < 2000; ++i) {
      if (slow && i % 20 == 0) i % 40 == 0 ? t.pause(0) : t.resume(0);
      const Instant asked = t.now();
      EXPECT_EQ(t.get(1 + i % 4, key_number(i % 100)), "v");
      times.push_back(t.now() - asked);
      t.run_for(5ms);  // so that a pause lasts 100 ms
    }
    t.resume(0);
    return quantile(times, 0.99);
  };
  EXPECT_LT(p99(true), 2 * p99(false));
}

}  // namespace
}  // namespace node::sim
