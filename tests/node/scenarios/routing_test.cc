// How clients find the nodes that keep a key: the routing table, redirections, loads, and the words of Redis Cluster.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct RoutingTest : testing::Test {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});

  // What a flat array of names and values says of one node.
  std::string load_of(int at, const std::string& of, const std::string& field) {
    for (const Answer& line : t.call(at, {"RING", "LOAD"}).elements) {
      const std::vector<std::string> flat = line.texts();
      if (flat.at(1) != of) continue;
      const auto found = std::find(flat.begin(), flat.end(), field);
      return found == flat.end() ? "" : *(found + 1);
    }
    return "";
  }
};

// ---- The table

TEST_F(RoutingTest, TheRangesOfTheTableCoverEverySlotOnce) {
  const Answer table = t.call(0, {"RING", "TABLE"});
  int next = 0;
  std::set<std::pair<std::string, std::string>> virtual_nodes;
  for (size_t i = 1; i < table.elements.size(); ++i) {
    const std::vector<std::string> range = table.elements[i].texts();
    ASSERT_EQ(range.size(), 9u);
    EXPECT_EQ(std::stoi(range[0]), next) << "no gap, no overlap";
    EXPECT_GE(std::stoi(range[1]), next);
    next = std::stoi(range[1]) + 1;
    virtual_nodes.insert({range[2], range[4]});
    // The owner of the range is the first home of its slots.
    if (i % 40 == 1) {
      for (int n = 0;; ++n) {
        const std::string probe = "k" + std::to_string(n);
        if (slot_of(probe) < std::stoi(range[0]) || slot_of(probe) > std::stoi(range[1])) continue;
        EXPECT_EQ(t.call(0, {"WHERE", probe}).elements.at(0), range[2]);
        break;
      }
    }
  }
  EXPECT_EQ(next, kSlots);
  EXPECT_EQ(virtual_nodes.size(), 5u * 64);
}

TEST_F(RoutingTest, TheTableAsJsonHasTheDictionaryOfTheDocument) {
  t.set(0, key, "v");
  t.run_for(3s);
  const auto table = nlohmann::json::parse(t.call(1, {"RING", "TABLE", "JSON"}).text);
  EXPECT_EQ(table["epoch"], 1);
  int covered = 0;
  for (const auto& [start, range] : table["ranges"].items()) {
    covered += range["end_of_range"].get<int>() - std::stoi(start) + 1;
    EXPECT_EQ(range["status"], "up");
    EXPECT_GT(range["generation"], 0);
    EXPECT_TRUE(range.contains("ip") && range.contains("v_id") && range.contains("version") && range.contains("load"));
  }
  EXPECT_EQ(covered, kSlots);
}

TEST_F(RoutingTest, QuietNodesShowTheSameTable) {
  for (int i = 0; i < 50; ++i) t.submit(i % 5, {"SET", "k" + std::to_string(i), "v"});
  ASSERT_TRUE(t.settle());
  t.run_for(30s);
  const Answer first = t.call(0, {"RING", "TABLE"});
  for (int node = 1; node < t.size(); ++node) EXPECT_EQ(t.call(node, {"RING", "TABLE"}), first) << "n" << node + 1;
}

TEST_F(RoutingTest, ANodeThatIsDownStandsInTheOtherTableAndKeepsItsRanges) {
  const Nodes before = t.walk(key);
  t.crash(2);
  t.let_suspect();
  EXPECT_EQ(t.call(0, {"RING", "UP"}).elements.size(), 4u);
  const Answer down = t.call(0, {"RING", "DOWN"});
  ASSERT_EQ(down.elements.size(), 1u);
  EXPECT_EQ(down.elements[0].texts(), (std::vector<std::string>{"n3", "10.0.0.3:7000"}));
  EXPECT_EQ(t.call(0, {"WHERE", key}).texts().size(), before.size());
  t.start(2);
  EXPECT_TRUE(t.await([&] { return t.call(0, {"RING", "DOWN"}).elements.empty(); }, 2s)) << "up again within 2 s";
}

TEST_F(RoutingTest, ARouteNamesDistinctNodesTheFirstHomeFirstWithTheTablesEpoch) {
  const Answer route = t.call(4, {"ROUTE", key});
  ASSERT_EQ(route.elements.size(), 1u + 5) << "of 3·max(R, W) = 6 nodes there are five";
  EXPECT_EQ(route.elements[0], 1);
  std::vector<std::string> names;
  for (size_t i = 1; i < route.elements.size(); ++i) names.push_back(route.elements[i].texts().at(0));
  EXPECT_EQ(names, t.call(4, {"WHERE", key}).texts());
  EXPECT_EQ(route.elements[1].texts().at(1), "10.0.0.1:7000");
}

TEST(Routing, ARouteIsNoLongerThanThreeQuorums) {
  Cluster t({.nodes = 9, .replicas = 3, .read_quorum = 1, .write_quorum = 2});
  EXPECT_EQ(t.call(0, {"ROUTE", "k"}).elements.size(), 1u + 6);
}

// ---- Old tables

TEST_F(RoutingTest, ANodeWithAnOlderTableThanTheClientsSaysSoAndDoesNothing) {
  EXPECT_EQ(t.set(0, key, "v", {"TABLE", "2"}).text.substr(0, 8), "STALE 1 ");
  t.call(0, {"SESSION", "TABLE", "7"});
  EXPECT_TRUE(t.get(0, key).is("STALE"));
  t.call(0, {"SESSION", "TABLE", "1"});
  EXPECT_TRUE(t.get(0, key).null()) << "nothing had happened";
}

TEST_F(RoutingTest, AClientWithAnOlderTableIsSentToAHome) {
  EXPECT_EQ(t.set(3, key, "v", {"TABLE", "0"}).text, "MOVED " + std::to_string(slot_of(key)) + " 10.0.0.1:7000");
  EXPECT_EQ(t.set(0, key, "v", {"TABLE", "0"}), "OK") << "a home serves whom a table led to it, old or not";
  EXPECT_EQ(t.set(3, key, "v", {"TABLE", "1"}), "OK") << "the same table: any node takes any request";
}

TEST_F(RoutingTest, NodesSendClientsOnOnlyWhenAsked) {
  EXPECT_EQ(t.set(3, key, "v"), "OK");
  EXPECT_EQ(t.call(3, {"SESSION", "REDIRECT", "ON"}), "OK");
  EXPECT_TRUE(t.get(3, key).is("MOVED"));
  t.crash(0);
  t.let_suspect();
  EXPECT_EQ(t.get(3, key).text,
            "MOVED " + std::to_string(slot_of(key)) + " 10.0.0." + std::to_string(t.walk(key)[1] + 1) + ":7000")
      << "to a home that is up";
  EXPECT_EQ(t.call(3, {"SESSION", "REDIRECT", "OFF"}), "OK");
  EXPECT_EQ(t.get(3, key), "v");
}

// ---- Loads

TEST_F(RoutingTest, EveryNodeKnowsTheLoadOfEveryOtherToATenthFiveSecondsAfterAStep) {
  const auto ask_every = [&](Duration interval, Duration time) {
    for (const Instant end = t.now() + time; t.now() < end;) {
      t.submit(1, {"GET", key});
      t.run_for(interval);
    }
  };
  ask_every(10ms, 5s);
  for (int node = 0; node < t.size(); ++node) EXPECT_NEAR(std::stod(load_of(node, "n2", "ops")), 100, 10);
  ask_every(2ms, 5s);
  for (int node = 0; node < t.size(); ++node) EXPECT_NEAR(std::stod(load_of(node, "n2", "ops")), 500, 50);
  EXPECT_EQ(load_of(0, "n5", "ops"), "0");
  EXPECT_GT(std::stoi(load_of(0, "n1", "served")), 300) << "n1 answers what n2 asks";
}

TEST_F(RoutingTest, KeysAndBytesAreTold) {
  for (int i = 0; i < 100; ++i) t.submit(0, {"SET", "k" + std::to_string(i), "v"});
  ASSERT_TRUE(t.settle());
  t.run_for(5s);
  for (int node = 0; node < t.size(); ++node) {
    EXPECT_EQ(load_of(0, World::name(node), "keys"), std::to_string(t.call(node, {"DBSIZE"}).number));
    EXPECT_GT(std::stoi(load_of(0, World::name(node), "bytes")), 100);
  }
}

// n1 is woken late: what is sent to it waits.
TEST_F(RoutingTest, AForwardPassesOverAHomeThatIsSlow) {
  for (int i = 0; i < 20; ++i) {
    t.pause(0);
    t.run_for(150ms);
    t.resume(0);
    t.run_for(150ms);
  }
  EXPECT_GT(std::stoi(load_of(3, "n1", "delay_us")), 10'000);
  const std::string coordinator = t.call_with_meta(3, {"SET", key, "v"}).meta["coordinator"];
  EXPECT_EQ(coordinator, World::name(t.walk(key)[1]));
}

TEST_F(RoutingTest, ThePieOfATerminalHasASliceForEachNode) {
  const Answer pie = t.call(0, {"RING", "PIE"});
  ASSERT_EQ(pie.elements.size(), 5u);
  EXPECT_EQ(pie.elements[0].text.substr(0, 2), "n1");
  EXPECT_NE(pie.elements[0].text.find('#'), std::string::npos);
}

// ---- In the words of Redis Cluster

TEST_F(RoutingTest, ClusterSlotsCoverTheCircleWithTheHomesOfEachSlot) {
  int next = 0;
  for (const Answer& range : t.call(2, {"CLUSTER", "SLOTS"}).elements) {
    EXPECT_EQ(range.elements.at(0), next);
    next = static_cast<int>(range.elements.at(1).number) + 1;
    ASSERT_EQ(range.elements.size(), 2u + 3);
    std::set<std::string> ids;
    for (size_t i = 2; i < range.elements.size(); ++i) {
      EXPECT_EQ(range.elements[i].elements.at(1), 7000);
      ids.insert(range.elements[i].elements.at(2).text);
    }
    EXPECT_EQ(ids.size(), 3u);
  }
  EXPECT_EQ(next, kSlots);
}

TEST_F(RoutingTest, ADownHomeIsNotTheFirstThatClusterClientsAreToldOf) {
  t.crash(0);
  t.let_suspect();
  for (const Answer& range : t.call(2, {"CLUSTER", "SLOTS"}).elements) {
    EXPECT_NE(range.elements.at(2).elements.at(0).text, "10.0.0.1");
  }
  EXPECT_NE(t.call(2, {"CLUSTER", "NODES"}).text.find("10.0.0.1:7000@7000 master,fail - 0 0 1 disconnected\n"),
            std::string::npos);
  EXPECT_EQ(t.call(2, {"CLUSTER", "INFO"}).text.find("cluster_enabled:1\r\ncluster_state:ok\r\n"), 0u);
}

TEST_F(RoutingTest, ClusterCommandsAgreeWithEachOther) {
  const std::string me = t.call(0, {"CLUSTER", "MYID"}).text;
  EXPECT_EQ(me.size(), 40u);
  const std::string nodes = t.call(0, {"CLUSTER", "NODES"}).text;
  EXPECT_NE(nodes.find(me + " 10.0.0.1:7000@7000 myself,master - 0 0 1 connected "), std::string::npos) << nodes;
  EXPECT_EQ(std::count(nodes.begin(), nodes.end(), '\n'), 5);
  EXPECT_EQ(t.call(0, {"CLUSTER", "SHARDS"}).elements.size(), 5u);
  EXPECT_EQ(t.call(0, {"CLUSTER", "KEYSLOT", "foo"}), 12182);
  t.set(0, key, "v");
  EXPECT_EQ(t.call(0, {"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot_of(key))}), 1);
  EXPECT_TRUE(t.call(0, {"CLUSTER", "COUNTKEYSINSLOT", "16384"}).is("ERR"));
  EXPECT_TRUE(t.call(0, {"CLUSTER", "MEET", "1.2.3.4", "1"}).is("ERR"));
}

TEST_F(RoutingTest, CommandTellsWhereTheKeyIs) {
  const Answer all = t.call(0, {"COMMAND"});
  EXPECT_EQ(t.call(0, {"COMMAND", "COUNT"}), static_cast<int64_t>(all.elements.size()));
  const Answer get = t.call(0, {"COMMAND", "INFO", "get"}).elements.at(0);
  EXPECT_EQ(get.elements.at(0), "get");
  EXPECT_EQ(get.elements.at(3), 1) << "the first key is the first argument";
  EXPECT_EQ(t.call(0, {"COMMAND", "INFO", "ping"}).elements.at(0).elements.at(3), 0);
  const Answer docs = t.call(0, {"COMMAND", "DOCS", "set"});
  EXPECT_EQ(docs.elements.at(0), "set");
  EXPECT_NE(docs.elements.at(1).texts().at(1).find("SET key value"), std::string::npos);
}

TEST_F(RoutingTest, AClientSeesTheAddressesOfTheNetworkThatItCameFrom) {
  Options options;
  options.name = "n1";
  options.peers = {{"n1", "10.0.0.1:7000"}};
  options.replicas = options.read_quorum = options.write_quorum = 1;
  Node node(options);
  node.step(0ns, 1ms, Start{{}, {}, {"10.0.0.1:7000", "127.0.0.1:40001"}});
  const auto first_address = [&](int door) {
    Effects effects = node.step(1ns, 0ms, ClientRequest{1, 1, {"ROUTE", "k"}, door});
    return parse_answer(std::get<Reply>(effects.at(0)).resp).elements.at(1).texts().at(1);
  };
  EXPECT_EQ(first_address(0), "10.0.0.1:7000");
  EXPECT_EQ(first_address(1), "127.0.0.1:40001");
}

}  // namespace
}  // namespace node::sim
