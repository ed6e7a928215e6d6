// Old tables while members come and go: what they cost a client.
#include <algorithm>

#include "tests/node/sim/changing.h"
#include "tests/node/sim/route_client.h"

namespace node::sim {
namespace {

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

}  // namespace
}  // namespace node::sim
