// Nodes that join, leave, die for good and are replaced, while clients go on (PROMISES: an ok strict read misses no
// acknowledged write).
#include <algorithm>
#include <functional>
#include <set>

#include "tests/node/sim/cluster.h"
#include "tests/node/sim/route_client.h"

namespace node::sim {
namespace {

class Changing : public Cluster {
 public:
  explicit Changing(Setup setup) : Cluster(setup) {}

  Answer admin(int node, Words words) {
    words.insert(words.begin(), "ADMIN");
    return call(node, std::move(words));
  }
  // Looks now and then: a look is dear.
  bool until(const std::function<bool()>& condition, Duration limit) {
    for (Instant end = now() + limit; now() < end; run_for(20ms)) {
      if (condition()) return true;
    }
    return condition();
  }
  // All nodes that run, and that the table counts as members, have the same table, no change is under way, and nobody
  // holds what is not its own.
  testing::AssertionResult calm(Duration limit = 30s) {
    std::string why;
    const auto is_calm = [&] {
      why.clear();
      std::string epoch;
      for (int node = 0; node < size(); ++node) {
        if (!running(node) || paused(node)) continue;
        std::map<std::string, std::string> now = status(node);
        if (now["members"].find(name(node) + "=left") != std::string::npos) {  // nobody tells it any more
          if (stat(node, "records") > 0) why += name(node) + " has left, and still holds records\n";
          continue;
        }
        if (epoch.empty()) epoch = now["epoch"];
        if (now["epoch"] != epoch || !now["change"].empty() || now["slots-to-drop"] != "0" || stat(node, "hints") > 0) {
          why += name(node) + ": epoch " + now["epoch"] + " " + now["change"] + " done " + now["done"] + " to fetch " +
                 now["slots-to-fetch"] + " to drop " + now["slots-to-drop"] + " of " + now["members"] + "\n";
        }
      }
      return why.empty();
    };
    for (Instant end = this->now() + limit; this->now() < end; run_for(250ms)) {
      if (is_calm()) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "no calm after " << limit / 1ms << " ms, seed " << setup().seed << "\n"
                                       << why;
  }
  // Every key is at its homes, the same at each, and nowhere else.
  void expect_placed(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      const Nodes owners = homes(key);
      EXPECT_EQ(owners.size(), static_cast<size_t>(setup().replicas)) << key;
      const Held first = held(owners.front(), key);
      EXPECT_FALSE(first.versions.empty())
          << key << " is lost at " << name(owners.front()) << ", seed " << setup().seed;
      for (int node = 0; node < size(); ++node) {
        if (!running(node)) continue;
        const bool home = std::find(owners.begin(), owners.end(), node) != owners.end();
        const Held here = held(node, key);
        EXPECT_EQ(here.versions, home ? first.versions : "")
            << key << " at " << name(node) << ", seed " << setup().seed;
      }
    }
  }
  std::vector<std::string> write_keys(int count, int nodes) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) {
      keys.push_back("key" + std::to_string(i));
      EXPECT_EQ(set(i % nodes, keys.back(), "value" + std::to_string(i)), "OK") << i;
    }
    return keys;
  }
};

Setup with_spares(int nodes, int spares, uint64_t seed = 1) {
  Setup setup;
  setup.nodes = nodes;
  setup.spares = spares;
  setup.seed = seed;
  setup.mode = Mode::kStrict;
  return setup;
}

// Rows G3, F9, IM1-2 and IM4: PING before any table names it; then exactly N nodes hold each key, itself its share.
TEST(Membership, ANodeThatJoinsThroughAnyNodeBecomesAnOwnerOfItsShareWithItsData) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(300, 5);
  t.join_through(5, 3);
  EXPECT_EQ(t.ask_now(5, {"PING"}), "PONG");
  EXPECT_TRUE(t.get(5, "key1").is("UNAVAIL"));  // it is in no table yet
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "3"; }, 10s));
  ASSERT_TRUE(t.calm());
  t.expect_placed(keys);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(t.get(5, keys[static_cast<size_t>(i)]), "value" + std::to_string(i));
  const double share = static_cast<double>(t.records(5).size()) / (300 * 3);
  EXPECT_NEAR(share, 1.0 / 6, 0.2 / 6 + 0.05);  // of all copies
}

TEST(Membership, TwoNodesThatJoinAtOnceBothBecomeMembersOneAfterTheOther) {
  Changing t(with_spares(5, 2));
  const std::vector<std::string> keys = t.write_keys(200, 5);
  t.join_through(5, 0);
  t.join_through(6, 4);
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "5" && t.status(6)["epoch"] == "5"; }, 20s));
  ASSERT_TRUE(t.calm());
  for (const char* newcomer : {"n6=member", "n7=member"}) {
    EXPECT_NE(t.status(2)["members"].find(newcomer), std::string::npos) << newcomer;
  }
  t.expect_placed(keys);
}

// Row O4: ADMIN LEAVE.
TEST(Membership, ANodeThatLeavesHandsItsDataOverFirst) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(200, 5);
  EXPECT_EQ(t.admin(1, {"LEAVE"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(1)["members"].find("n2=left") != std::string::npos; }, 10s));
  ASSERT_TRUE(t.calm());
  EXPECT_TRUE(t.records(1).empty());
  EXPECT_TRUE(t.get(1, keys[0]).is("UNAVAIL"));
  t.crash(1);
  t.expect_placed(keys);
}

// Row O4: ADMIN REMOVE, a human's command and never a time-out.
TEST(Membership, ADeadNodeIsRemovedByCommandAndItsShareIsFetchedFromTheOthers) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(200, 5);
  ASSERT_TRUE(t.settle());
  EXPECT_TRUE(t.admin(0, {"REMOVE", "n3"}).is("ERR"));  // it is up
  t.crash(2);
  t.run_for(20s);
  EXPECT_EQ(t.status(0)["epoch"], "1");  // no time-out removes anybody
  EXPECT_EQ(t.admin(0, {"REMOVE", "n3"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(4)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  t.expect_placed(keys);
}

TEST(Membership, ARemovedNodeThatComesBackLearnsOfItAndForgetsWhatItHolds) {
  Changing t(with_spares(5, 1));
  t.write_keys(50, 5);
  t.crash(2);
  t.let_suspect();
  EXPECT_EQ(t.admin(0, {"REMOVE", "n3"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(4)["epoch"] == "3"; }, 20s));
  t.restart(2);
  ASSERT_TRUE(t.until([&] { return t.status(2)["epoch"] == "3"; }, 10s));
  t.run_for(1s);
  EXPECT_TRUE(t.records(2).empty());
  EXPECT_TRUE(t.get(2, "key1").is("UNAVAIL"));
}

TEST(Membership, ADeadNodeIsReplacedInOneStep) {
  Changing t(with_spares(3, 1));
  const std::vector<std::string> keys = t.write_keys(100, 3);
  ASSERT_TRUE(t.settle());
  t.crash(1);
  t.let_suspect();
  EXPECT_TRUE(t.admin(0, {"REMOVE", "n2"}).is("ERR"));  // two would be left
  t.join_through(3, 2, 1);
  ASSERT_TRUE(t.until([&] { return t.status(3)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.status(0)["members"], "n1=member,n2=left,n3=member,n4=member");
  t.expect_placed(keys);
}

// ---- Agreement

TEST(Agreement, AMinorityCannotChangeTheMembersAndAMajorityCan) {
  Changing t(with_spares(5, 1));
  t.partition({0, 1}, {2, 3, 4, 5});
  t.let_suspect();
  EXPECT_TRUE(t.admin(0, {"LEAVE", "n2"}).is("TIMEOUT"));
  EXPECT_EQ(t.status(0)["epoch"], "1");
  EXPECT_EQ(t.admin(2, {"LEAVE", "n5"}), "OK");
  t.heal();
  ASSERT_TRUE(t.calm());
  // The wish that timed out may have come true after the heal; everybody agrees on that.
  for (int node = 0; node < 4; ++node) EXPECT_EQ(t.status(node)["members"], t.status(3)["members"]);
  EXPECT_NE(t.status(0)["members"].find("n5=left"), std::string::npos);
}

TEST(Agreement, TwoWishesOnTwoSidesOfATwoOneOneSplitNeverMakeTwoTables) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    auto setup = with_spares(5, 1, seed);
    setup.network.lost_percent = 20;
    setup.network.doubled_percent = 20;
    setup.network.in_order = false;
    Changing t(setup);
    std::map<std::string, std::string> tables;  // by epoch
    t.submit(0, {"ADMIN", "LEAVE", "n4"});
    t.submit(1, {"ADMIN", "LEAVE", "n5"});
    t.join_through(5, 2);
    for (int step = 0; step < 200; ++step) {
      t.run_for(100ms);
      if (step % 40 == 20) t.crash(static_cast<int>(seed + static_cast<uint64_t>(step)) % 5);
      if (step % 40 == 30) t.restart_all();
      for (int node = 0; node < t.size(); ++node) {
        if (!t.running(node)) continue;
        auto now = t.status(node);
        const auto first = tables.emplace(now["epoch"], now["members"]).first;
        ASSERT_EQ(first->second, now["members"]) << "two tables of epoch " << now["epoch"] << ", seed " << seed;
      }
    }
    t.set_network({});
    t.restart_all();
    ASSERT_TRUE(t.calm());
    EXPECT_GE(std::stoi(t.status(0)["epoch"]), 5) << "seed " << seed;
  }
}

TEST(Agreement, TheTableSurvivesARestartOfAllNodes) {
  Changing t(with_spares(4, 1));
  t.join_through(4, 0);
  ASSERT_TRUE(t.until([&] { return t.status(4)["epoch"] == "3"; }, 10s));
  ASSERT_TRUE(t.calm());
  t.crash_all();
  t.restart_all();
  for (int node = 0; node < 5; ++node) {
    EXPECT_EQ(t.status(node)["epoch"], "3");
    EXPECT_EQ(t.status(node)["members"], "n1=member,n2=member,n3=member,n4=member,n5=member");
  }
}

// ---- Whose disk is lost is another voter

// Down, wiped, up again.
void lose_disks(Cluster& t, const Nodes& nodes) {
  for (int node : nodes) {
    t.crash(node);
    t.lose_disk(node);
  }
  for (int node : nodes) t.start(node);
}

TEST(Electorate, ALostDiskDoesNotVoteASecondTime) {
  Changing t(with_spares(5, 0));
  t.partition({0, 1, 2}, {3, 4});
  t.let_suspect();
  ASSERT_EQ(t.admin(0, {"LEAVE", "n5"}), "OK");  // three of five have agreed, and n1 knows
  ASSERT_EQ(t.status(3)["epoch"], "1");
  t.isolate(0);
  lose_disks(t, {1, 2});
  t.heal();
  t.isolate(0);
  t.run_for(5s);  // whole again, from n4 and n5, which have not heard
  EXPECT_TRUE(t.admin(3, {"LEAVE", "n4"}).is("TIMEOUT")) << "it would be another table of the same epoch";
  EXPECT_EQ(t.status(3)["epoch"], "1");
  t.heal();
  ASSERT_TRUE(t.calm());
  for (int node = 0; node < 3; ++node) {
    EXPECT_EQ(t.status(node)["members"], t.status(0)["members"]);
    EXPECT_EQ(t.status(node)["votes"], "yes");
  }
  EXPECT_NE(t.status(0)["members"].find("n5=left"), std::string::npos);
}

TEST(Electorate, DisksThatAreLostOneAfterTheOtherLeaveAllWithAVote) {
  Changing t(with_spares(5, 0));
  for (int node = 0; node < 5; ++node) {
    lose_disks(t, {node});
    EXPECT_EQ(t.status(node)["votes"], "no");
    EXPECT_TRUE(t.until([&] { return t.status(node)["votes"] == "yes"; }, 5s)) << t.name(node);
  }
  EXPECT_EQ(t.admin(0, {"LEAVE", "n5"}), "OK");
  EXPECT_TRUE(t.calm());
}

TEST(Electorate, ANewClusterRemovesAMemberThatNeverCame) {
  Changing t(with_spares(5, 0));
  t.crash_all();
  for (int node = 0; node < 5; ++node) t.lose_disk(node);
  for (int node = 0; node < 4; ++node) t.start(node);
  t.run_for(5s);
  EXPECT_EQ(t.status(0)["votes"], "no") << "n5 may know more";
  EXPECT_TRUE(t.get(0, "key", kStrict).error());
  EXPECT_EQ(t.admin(0, {"REMOVE", "n5"}), "OK");
  ASSERT_TRUE(t.calm());
  EXPECT_TRUE(t.until([&] { return t.whole(); }, 5s));
  EXPECT_EQ(t.set(1, "key", "v", kStrict), "OK");
  EXPECT_EQ(t.get(2, "key", kStrict), "v");
}

// ---- What goes wrong half-way. The transfer is slowed down so that there is a half-way.

Setup slowly(int nodes, int spares, uint64_t seed = 1) {
  auto setup = with_spares(nodes, spares, seed);
  setup.transfer_bytes_per_second = 100'000;
  return setup;
}

std::vector<std::string> write_big_values(Changing& t, int count, int nodes) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) {
    keys.push_back("key" + std::to_string(i));
    EXPECT_EQ(t.set(i % nodes, keys.back(), std::string(2000, 'x') + std::to_string(i)), "OK");
  }
  return keys;
}

bool half_way(Changing& t, int joiner) {
  return t.until([&] { return t.status(joiner)["epoch"] == "2" && t.stat(joiner, "fetched") > 0; }, 10s);
}

// Row K4: the target is killed half-way.
TEST(Transfer, GoesOnWhereItWasAfterTheNewOwnerWasKilled) {
  Changing t(slowly(5, 1));
  const std::vector<std::string> keys = write_big_values(t, 150, 5);
  t.join_through(5, 0);
  ASSERT_TRUE(half_way(t, 5));
  t.crash(5);
  t.run_for(3s);
  EXPECT_EQ(t.status(0)["epoch"], "2");  // the old owners own
  t.start(5);
  const size_t kept = t.records(5).size();
  EXPECT_GT(kept, 0u);
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "3"; }, 60s));
  ASSERT_TRUE(t.calm());
  t.expect_placed(keys);
  EXPECT_EQ(t.stat(5, "fetched") + kept, t.records(5).size());  // nothing came twice
}

// Row K4: a source is killed or cut off half-way.
TEST(Transfer, GoesOnWithOtherOwnersWhenOneIsKilledOrCutOff) {
  for (bool killed : {true, false}) {
    Changing t(slowly(5, 1));
    const std::vector<std::string> keys = write_big_values(t, 150, 5);
    ASSERT_TRUE(t.settle());
    t.join_through(5, 0);
    ASSERT_TRUE(half_way(t, 5));
    killed ? t.crash(1) : t.isolate(1);
    ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "3"; }, 60s));
    for (const std::string& key : keys) EXPECT_TRUE(t.get(0, key).ok()) << key;
    killed ? t.restart(1) : t.heal();
    ASSERT_TRUE(t.calm());
    t.expect_placed(keys);
  }
}

// Row IM1-2: who dies while joining never becomes an owner.
TEST(Transfer, ANodeThatDiesWhileItJoinsNeverBecomesAnOwnerAndIsTakenBackByCommand) {
  Changing t(slowly(4, 1));
  const std::vector<std::string> keys = write_big_values(t, 100, 4);
  t.join_through(4, 0);
  ASSERT_TRUE(half_way(t, 4));
  t.crash(4);
  t.run_for(10s);
  EXPECT_EQ(t.status(0)["change"], "n5 joins");
  EXPECT_EQ(t.admin(1, {"REMOVE", "n5"}), "OK");
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.status(0)["members"], "n1=member,n2=member,n3=member,n4=member,n5=left");
  t.expect_placed(keys);
}

TEST(Transfer, AMemberThatDiesForGoodMeanwhileIsRemovedInTheSameChange) {
  Changing t(slowly(5, 1));
  const std::vector<std::string> keys = write_big_values(t, 150, 5);
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.admin(0, {"LEAVE", "n5"}), "OK");
  t.run_for(200ms);
  t.crash(2);
  t.let_suspect();
  EXPECT_EQ(t.admin(0, {"REMOVE", "n3"}), "OK");
  ASSERT_TRUE(t.calm(120s));
  EXPECT_EQ(t.status(0)["members"], "n1=member,n2=member,n3=left,n4=member,n5=left");
  t.expect_placed(keys);
}

// Rows C4 and IM4: complete although a home, of some keys the first, is down.
TEST(Transfer, CompletesWithOneNodeDownAndThatOneCatchesUpLater) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(200, 5);
  t.crash(3);
  t.let_suspect();
  t.join_through(5, 0);
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "3"; }, 20s));
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(t.get(5, keys[i]), "value" + std::to_string(i));
  t.restart(3);
  ASSERT_TRUE(t.calm());
  t.expect_placed(keys);
}

// Rows F6 and CH1: no request fails, and only the newcomer gets data.
TEST(Transfer, DuringAJoinNoRequestFailsAndOnlyTheNewcomerFetches) {
  Changing t(slowly(5, 1));
  write_big_values(t, 200, 5);
  t.join_through(5, 2);
  int requests = 0;
  for (bool done = false; !done; ++requests) {
    const std::string key = "key" + std::to_string(requests % 200);
    const std::string value = "new" + std::to_string(requests);
    ASSERT_EQ(t.set(requests % 5, key, value), "OK") << requests;
    ASSERT_EQ(t.get((requests + 1) % 5, key), value) << requests;
    done = t.status(5)["epoch"] == "3" && t.status(0)["epoch"] == "3";
    ASSERT_LT(requests, 100'000);
  }
  EXPECT_GT(requests, 100);
  ASSERT_TRUE(t.calm());
  for (int node = 0; node < 5; ++node) EXPECT_EQ(t.stat(node, "fetched"), 0u) << node;
}

// Row CH3: nothing is hashed again when nodes come and go. Each node hashes what it gets, and what it has stays as it
// is.
TEST(Transfer, NoRecordIsHashedAgainWhenANodeJoinsAndWhenOneLeaves) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(300, 5);
  ASSERT_TRUE(t.calm());
  struct Look {
    uint64_t hashed;
    std::set<std::string> keys;
  };
  const auto look = [&] {
    std::vector<Look> nodes;
    for (int node = 0; node < 6; ++node) {
      nodes.push_back({t.running(node) ? t.stat(node, "records_hashed") : 0, {}});
      if (!t.running(node)) continue;
      for (const Held& held : t.records(node)) nodes.back().keys.insert(held.key);
    }
    return nodes;
  };
  const auto expect_only_news_hashed = [&](const std::vector<Look>& before, const std::vector<Look>& after) {
    uint64_t moved = 0;
    for (size_t node = 0; node < 6; ++node) {
      const auto news = static_cast<uint64_t>(
          std::count_if(after[node].keys.begin(), after[node].keys.end(),
                        [&](const std::string& key) { return before[node].keys.count(key) == 0; }));
      EXPECT_EQ(after[node].hashed - before[node].hashed, news) << World::name(static_cast<int>(node));
      moved += news;
    }
    EXPECT_GT(moved, 50u);
  };
  const std::vector<Look> at_first = look();
  t.join_through(5, 0);
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  const std::vector<Look> joined = look();
  expect_only_news_hashed(at_first, joined);
  EXPECT_EQ(joined[0].hashed, at_first[0].hashed) << "n1 got nothing";
  ASSERT_EQ(t.admin(1, {"LEAVE"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(1)["members"].find("n2=left") != std::string::npos; }, 20s));
  ASSERT_TRUE(t.calm());
  expect_only_news_hashed(joined, look());
}

// ---- Old tables while members come and go

// Follows redirections, as a client with an old table does, and asks again, up to three times, where it is told that
// nobody can be reached (row RT5). How many redirections there were until the answer.
int redirects(Changing& t, int node, const std::string& key) {
  int retries = 0;
  for (int count = 0; count < 10;) {
    const Answer answer = t.get(node, key, {"TABLE", "0"});
    if (answer.is("UNAVAIL") && retries < 3) {
      ++retries;
      t.run_for(100ms);
    } else if (answer.is("MOVED")) {
      ++count;
      node = std::stoi(answer.text.substr(answer.text.rfind('.') + 1)) - 1;
    } else {
      EXPECT_TRUE(answer.ok()) << answer << " from " << World::name(node);
      return count;
    }
  }
  return 10;
}

// Row RT6: with a table from before the join, a client makes at most one hop more.
TEST(OldTables, CostAClientOneHopAfterAJoin) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(100, 5);
  std::map<std::string, Nodes> cached;
  for (const std::string& key : keys) cached[key] = t.homes(key);
  t.join_through(5, 0);
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  int moved = 0;
  for (const std::string& key : keys) {
    for (int home : cached[key]) {
      const int hops = redirects(t, home, key);
      EXPECT_LE(hops, 1) << key;
      moved += hops;
    }
  }
  EXPECT_GT(moved, 0);
}

// Rows RT4 and RT6: a client walks the route: its first node is dead, the second has an older table than the client has
// seen, and says so; a node that knows better answers. The second one has the newer table soon after.
TEST(OldTables, AreNoHindranceToAClientThatWalksTheRoute) {
  auto setup = with_spares(5, 1);
  setup.mode = Mode::kSloppy;
  Changing t(setup);
  constexpr int kDead = 0, kStale = 1, kContact = 2;
  t.isolate(kStale);
  t.let_suspect();
  t.join_through(5, kContact);
  ASSERT_TRUE(t.until([&] { return t.stat(kContact, "epoch") == 3; }, 30s));
  std::string key, quiet;  // one whose route begins with those two, and one whose route begins with a node that answers
  for (int i = 0; key.empty() || quiet.empty(); ++i) {
    ASSERT_LT(i, 10'000);
    const std::string candidate = "key" + std::to_string(i);
    const Nodes nodes = t.walk(candidate);
    if (nodes[0] == kDead && nodes[1] == kStale) key = candidate;
    if (nodes[0] == kContact) quiet = candidate;
  }
  t.crash(kDead);
  t.let_suspect();
  ASSERT_EQ(t.stat(kStale, "epoch"), 1u);

  RouteClient client(t, {kContact, 3});
  EXPECT_EQ(client.ask({"SET", key, "new"}), "OK");
  EXPECT_EQ(client.epoch(), 3u);
  ASSERT_EQ(client.attempts().size(), 3u);
  EXPECT_EQ(client.attempts()[0], (RouteClient::Attempt{kDead, "unreachable"}));
  EXPECT_EQ(client.attempts()[1], (RouteClient::Attempt{kStale, "STALE"}));
  EXPECT_EQ(client.attempts()[2].outcome, "answered");

  t.run_for(300ms);  // it asks for tables once a heartbeat at most
  t.heal();
  EXPECT_EQ(client.ask({"GET", key}), "new");
  EXPECT_TRUE(t.await([&] { return t.stat(kStale, "epoch") == 3; }, 20ms)) << "at once, for the client's sake";

  // A route is good for ten seconds, unless something went otherwise than it said.
  client.ask({"GET", quiet});
  const int asked = client.routes_asked();
  client.ask({"GET", quiet});
  EXPECT_EQ(client.routes_asked(), asked);
  t.run_for(RouteClient::kKept);
  client.ask({"GET", quiet});
  EXPECT_EQ(client.routes_asked(), asked + 1);
}

// Row K0: a node that was cut off while one member joined and another left has a table that contradicts the others'.
// They do not send a client to and fro.
TEST(OldTables, ThatContradictEachOtherCostAClientNoMoreThanThreeRedirections) {
  int crossed = 0, most = 0;
  for (int away = 0; away < 5; ++away) {
    Changing t(with_spares(5, 1));
    const std::vector<std::string> keys = t.write_keys(100, 5);
    ASSERT_TRUE(t.settle());
    const int contact = (away + 1) % 5, leaves = (away + 2) % 5;
    t.isolate(away);
    t.let_suspect();
    t.join_through(5, contact);
    ASSERT_TRUE(t.until([&] { return t.stat(contact, "epoch") == 3; }, 30s));
    ASSERT_EQ(t.admin(contact, {"LEAVE", World::name(leaves)}), "OK");
    ASSERT_TRUE(t.until([&] { return t.stat(contact, "epoch") >= 4; }, 30s));
    t.run_for(2s);
    t.heal();
    for (const std::string& key : keys) {
      for (int node : {away, contact}) {
        crossed += t.stat(away, "epoch") < t.stat(contact, "epoch");
        const int count = redirects(t, node, key);
        most = std::max(most, count);
        EXPECT_LE(count, 3) << key << " through " << World::name(node) << ", " << World::name(away) << " was away";
      }
    }
    ASSERT_TRUE(t.calm());
  }
  EXPECT_GT(crossed, 0);
  EXPECT_GT(most, 0);
}

// Rows IM3 and L1: the node that was asked knows of the newcomer at once, the others, and whoever looks at their pie,
// within 2 s.
TEST(Membership, AJoinIsSeenByTheNodeThatWasAskedAndSoonByAll) {
  for (int contact = 0; contact < 5; ++contact) {
    Changing t(with_spares(5, 1));
    t.write_keys(100, 5);
    t.join_through(5, contact);
    const Instant asked = t.now();
    const auto slices = [&](int node) { return t.call(node, {"RING", "PIE"}).elements.size(); };
    ASSERT_TRUE(t.await([&] { return t.stat(contact, "epoch") >= 2; }, 2s));
    EXPECT_EQ(slices(contact), 6u);
    t.run_for(asked + 2s - t.now());
    for (int node = 0; node < 6; ++node) EXPECT_EQ(slices(node), 6u) << World::name(node);
  }
}

// Who is asked may be down, or no member any more, and say nothing.
TEST(Membership, ANodeJoinsThroughAnyOfItsContacts) {
  for (const bool left : {false, true}) {
    Changing t(with_spares(5, 1));
    if (left) {
      ASSERT_EQ(t.admin(0, {"LEAVE", World::name(0)}), "OK");
      ASSERT_TRUE(t.until([&] { return t.stat(1, "epoch") == 3; }, 30s));
    } else {
      t.crash(0);
    }
    t.join_through(5, Nodes{0, 1});
    EXPECT_TRUE(t.until([&] { return t.stat(5, "epoch") > (left ? 3 : 1); }, 30s)) << left;
  }
}

// Row K4: what is held for others only goes on to the new homes.
TEST(Membership, HintsForANodeThatHasGoneReachTheNewHomes) {
  auto setup = with_spares(5, 1);
  setup.mode = Mode::kSloppy;
  setup.anti_entropy = false;
  Changing t(setup);
  t.crash(2);
  t.let_suspect();
  const std::vector<std::string> keys = t.write_keys(200, 2);
  EXPECT_GT(t.hint_count(), 0u);
  EXPECT_EQ(t.admin(0, {"REMOVE", "n3"}), "OK");
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.hint_count(), 0u);
  for (const std::string& key : keys) EXPECT_TRUE(t.homes_equal(key)) << key;
}

// A home that goes takes no hint any more: it forgets all that it has, and the heir may have asked for it before.
TEST(Membership, AHintForANodeThatGoesIsNotForgottenWithIt) {
  auto setup = with_spares(5, 0);
  setup.mode = Mode::kSloppy;
  setup.replicas = setup.read_quorum = setup.write_quorum = 1;
  Changing t(setup);
  const std::string key = t.key_with_homes({4});
  const Nodes walk = t.walk(key);
  const int heir = walk[1], keeper = walk[2], slow = walk[3], last = walk[4];
  t.partition({keeper, slow, last}, {4, heir});
  t.let_suspect();
  ASSERT_EQ(t.set(keeper, key, "v"), "OK");
  ASSERT_EQ(t.hints(keeper).size(), 1u);
  t.heal();
  t.partition({keeper, slow}, {4});  // the slow one takes part of n5's share: the change does not end
  t.let_suspect();
  ASSERT_EQ(t.admin(last, {"LEAVE", "n5"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(heir)["done"] == "yes"; }, 10s));
  t.heal();
  t.partition({slow}, {4});
  t.run_for(3s);
  ASSERT_EQ(t.status(heir)["change"], "n5 leaves");
  t.heal();
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.get(last, key), "v");
}

TEST(Membership, ALeavingNodeDeliversItsHintsBeforeItGoes) {
  auto setup = with_spares(5, 1);
  setup.mode = Mode::kSloppy;
  setup.anti_entropy = false;
  Changing t(setup);
  t.crash(2);
  t.let_suspect();
  t.write_keys(200, 2);
  int keeper = 0;
  while (keeper < 5 && (!t.running(keeper) || t.hints(keeper).empty())) ++keeper;
  ASSERT_LT(keeper, 5);
  EXPECT_EQ(t.admin(keeper, {"LEAVE"}), "OK");
  t.run_for(5s);
  EXPECT_EQ(t.status(keeper)["epoch"], "2");  // it waits for the home to come back
  t.restart(2);
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.hint_count(), 0u);
  EXPECT_NE(t.status(2)["members"].find(World::name(keeper) + "=left"), std::string::npos);
}

TEST(Membership, RebalancingEvensTheSlotsOutWhenNobodyIsBusy) {
  Changing t(with_spares(5, 0));
  const std::vector<std::string> keys = t.write_keys(300, 5);
  t.run_for(20s);  // until the writes are forgotten
  const auto largest = [&] {
    double most = 0;
    for (const Answer& line : t.call(0, {"RING"}).elements) most = std::max(most, std::stod(line.elements.at(4).text));
    return most;
  };
  const double before = largest();
  EXPECT_EQ(t.admin(3, {"REBALANCE", "60"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(3)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  EXPECT_LT(largest(), before);
  for (const std::string& key : keys) {
    for (int node : {0, 4}) EXPECT_FALSE(t.get(node, key).null()) << key;
  }
  EXPECT_EQ(t.admin(3, {"REBALANCE", "60"}), "OK");
  EXPECT_TRUE(t.admin(3, {"REBALANCE", "0"}).is("ERR"));
}

// Row F1 (d): ranges move off the hottest node.
TEST(Membership, RebalancingMovesRangesOffABusyMemberWithTheirData) {
  Changing t(with_spares(6, 0));
  const std::vector<std::string> keys = t.write_keys(200, 6);
  // n1 is asked all the time, the others only for its sake.
  for (int i = 0; i < 2000; ++i) {
    t.submit(0, {"GET", keys[static_cast<size_t>(i) % keys.size()]});
    t.run_for(3ms);
  }
  const auto slots_of_n1 = [&] { return std::stod(t.call(1, {"RING"}).elements.at(0).elements.at(4).text); };
  const double before = slots_of_n1();
  EXPECT_EQ(t.admin(1, {"REBALANCE"}), "OK");
  ASSERT_TRUE(t.calm());
  EXPECT_LT(slots_of_n1(), before);
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(t.get(2, keys[i]), "value" + std::to_string(i));
}

TEST(Membership, WhatCannotBeIsRefusedWithTheReason) {
  Changing t(with_spares(3, 1));
  const auto refusal = [&](Words words) { return t.admin(0, std::move(words)).text; };
  EXPECT_EQ(refusal({"LEAVE", "n2"}),
            "ERR without n2 2 members would be left, fewer than N=3: let another node join first");
  EXPECT_EQ(refusal({"LEAVE", "n9"}), "ERR no member is named n9");
  EXPECT_EQ(refusal({"REMOVE", "n2"}), "ERR n2 is up: ADMIN LEAVE n2 lets it hand its data over first");
  EXPECT_EQ(refusal({"JOIN", "n2", "10.9.9.9:1"}), "ERR n2 is a member already, at 10.0.0.2:7000");
  EXPECT_EQ(refusal({"JOIN", "n7", "10.0.0.2:7000"}), "ERR 10.0.0.2:7000 is the address of n2");
  EXPECT_EQ(refusal({"JOIN", "n 7", "10.0.0.7:7000"}), "ERR name 'n 7' is not 1 to 15 characters of A-Z a-z 0-9 _ -");
  EXPECT_EQ(refusal({"JOIN", "n7", "here"}), "ERR 'here' is not ip:port");
  EXPECT_EQ(refusal({"JOIN", "n7", "10.0.0.7:7000", "REPLACE", "n8"}), "ERR no member is named n8");
  EXPECT_EQ(refusal({"GO"}).substr(0, 29), "ERR ADMIN JOIN name ip:port [");
  EXPECT_EQ(t.status(0)["epoch"], "1");
}

}  // namespace
}  // namespace node::sim
