// New owners fetch their data, and what goes wrong half-way.
#include <algorithm>
#include <set>

#include "tests/node/sim/changing.h"

namespace node::sim {
namespace {

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

// Row K4: who owns a range no longer drops what it holds of it only once all that do own it have it. Here one of them
// cannot tell.
TEST(Transfer, AFormerOwnerKeepsWhatItHoldsUntilAllTheNewOnesHaveIt) {
  constexpr int kFormer = 0, kMute = 1;
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(300, 5);
  ASSERT_TRUE(t.settle());
  const auto owns = [&](int node, const std::string& key) {
    const Nodes homes = t.homes(key);
    return std::find(homes.begin(), homes.end(), node) != homes.end();
  };
  std::set<std::string> lost;
  for (const std::string& key : keys) {
    if (owns(kFormer, key)) lost.insert(key);
  }
  t.partition({kFormer}, {kMute});
  t.let_suspect();
  t.join_through(5, 2);
  ASSERT_TRUE(t.until([&] { return t.status(kFormer)["epoch"] == "3"; }, 30s));
  std::erase_if(lost, [&](const std::string& key) { return owns(kFormer, key); });
  t.run_for(10s);
  int kept = 0, dropped = 0;
  for (const std::string& key : lost) {
    EXPECT_EQ(t.held(kFormer, key).versions.empty(), !owns(kMute, key)) << key;
    ++(owns(kMute, key) ? kept : dropped);
  }
  EXPECT_GT(kept, 5);
  EXPECT_GT(dropped, 5);
  t.heal();
  ASSERT_TRUE(t.calm());
  t.expect_placed(keys);
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

}  // namespace
}  // namespace node::sim
