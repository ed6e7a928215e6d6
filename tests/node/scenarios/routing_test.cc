// How clients find the nodes that keep a key: the routing table, redirections, loads, and the words of Redis Cluster.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "node/node.h"
#include "node/wire/message.h"
#include "node/wire/resp.h"
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

// Rows V1, RT1 and O3: the fields of an entry; no gap, no overlap; 64 virtual nodes each.
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

// Row RT1: no gap, no overlap, whoever is a member and however the ring is cut; what is behind the last point belongs
// to the first one.
RC_GTEST_PROP(RoutingTableProperty, ItsRangesAreAPartitionOfTheSlots, ()) {
  Options options;
  options.ring = *rc::gen::element(RingKind{RingKind::Cut::kTokens, *rc::gen::inRange(1, 100)},
                                   RingKind{RingKind::Cut::kEqual, *rc::gen::inRange(16, 1024)});
  const int members = *rc::gen::inRange(1, 12);
  options.peers.clear();
  for (int i = 0; i < members; ++i) {
    options.peers.push_back({"n" + std::to_string(i + 1), "10.0.0.1:" + std::to_string(7001 + i)});
  }
  options.name = "n1";
  options.replicas = options.read_quorum = options.write_quorum = 1;
  Node node(options);
  node.step(0ns, 1ms, Start{});
  const auto ask = [&](Words words) {
    return parse_answer(std::get<Reply>(node.step(1ns, 0ms, ClientRequest{1, 1, std::move(words)}).at(0)).resp);
  };
  const Answer table = ask({"RING", "TABLE"});
  int next = 0;
  std::vector<std::string> owners;  // of each slot
  for (size_t i = 1; i < table.elements.size(); ++i) {
    const std::vector<std::string> range = table.elements[i].texts();
    RC_ASSERT(std::stoi(range.at(0)) == next);
    next = std::stoi(range.at(1)) + 1;
    RC_ASSERT(next > std::stoi(range.at(0)));
    owners.resize(static_cast<size_t>(next), range.at(2));
  }
  RC_ASSERT(next == kSlots);
  for (int i = 0; i < 20; ++i) {
    const std::string key = std::to_string(*rc::gen::arbitrary<uint32_t>());
    RC_ASSERT(ask({"WHERE", key}).elements.at(0).text == owners.at(static_cast<size_t>(slot_of(key))));
  }
}

// Row RT1: start of range to ip, v_id, version, load, end_of_range.
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

// Row V1: all nodes equal when quiet.
TEST_F(RoutingTest, QuietNodesShowTheSameTable) {
  for (int i = 0; i < 50; ++i) t.submit(i % 5, {"SET", "k" + std::to_string(i), "v"});
  ASSERT_TRUE(t.settle());
  t.run_for(30s);
  const Answer first = t.call(0, {"RING", "TABLE"});
  for (int node = 1; node < t.size(); ++node) EXPECT_EQ(t.call(node, {"RING", "TABLE"}), first) << "n" << node + 1;
}

// Row C1: an up table and a down table; the ranges of who is down do not move.
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

// Row C1: a pause of a minute moves nothing either.
TEST_F(RoutingTest, ANodeThatIsPausedForAMinuteIsDownForAllKeepsItsRangesAndIsUpWithinTwoSeconds) {
  const auto owned = [&] { return t.call(0, {"RING"}).elements.at(2).elements.at(4).text; };
  const std::string before = owned();
  const Nodes walk = t.walk(key);
  const auto seen_by_all = [&](const char* table, size_t nodes) {
    for (int node : {0, 1, 3, 4}) {
      if (t.call(node, {"RING", table}).elements.size() != nodes) return false;
    }
    return true;
  };
  t.pause(2);
  t.run_for(60s);
  EXPECT_TRUE(seen_by_all("DOWN", 1));
  EXPECT_EQ(t.call(0, {"RING", "DOWN"}).elements.at(0).texts().at(0), "n3");
  EXPECT_EQ(owned(), before);
  EXPECT_EQ(t.walk(key), walk);
  EXPECT_EQ(t.status(0)["epoch"], "1");
  t.resume(2);
  t.run_for(1900ms);
  EXPECT_TRUE(seen_by_all("DOWN", 0));
  EXPECT_TRUE(seen_by_all("UP", 5));
}

// Rows RT3 and D2: distinct nodes, the first home first.
TEST_F(RoutingTest, ARouteNamesDistinctNodesTheFirstHomeFirstWithTheTablesEpoch) {
  const Answer route = t.call(4, {"ROUTE", key});
  ASSERT_EQ(route.elements.size(), 1u + 5) << "of 3·max(R, W) = 6 nodes there are five";
  EXPECT_EQ(route.elements[0], 1);
  std::vector<std::string> names;
  for (size_t i = 1; i < route.elements.size(); ++i) names.push_back(route.elements[i].texts().at(0));
  EXPECT_EQ(names, t.call(4, {"WHERE", key}).texts());
  EXPECT_EQ(route.elements[1].texts().at(1), "10.0.0.1:7000");
}

// Row RT3: 3·max(R, W) of them.
TEST(Routing, ARouteIsNoLongerThanThreeQuorums) {
  Cluster t({.nodes = 9, .replicas = 3, .read_quorum = 1, .write_quorum = 2});
  EXPECT_EQ(t.call(0, {"ROUTE", "k"}).elements.size(), 1u + 6);
}

// ---- Responsibility is shared alike

// Row F5: what each node keeps, coordinates and sends is within 15 % of the mean.
TEST(EqualRing, NodesKeepAndCoordinateAlike) {
  Cluster t({.ring = {RingKind::Cut::kEqual, 256}});
  constexpr int kKeys = 6000;
  const auto load = [&](auto&& request) {
    for (int i = 0; i < kKeys; ++i) {
      t.submit(i % 5, request("key:" + std::to_string(i)));
      if (i % 100 == 0) t.run_for(20ms);
    }
  };
  const Nodes all = {0, 1, 2, 3, 4};
  std::vector<uint64_t> messages, bytes;  // before the load
  for (int node : all) {
    messages.push_back(t.stat(node, "messages_sent"));
    bytes.push_back(t.stat(node, "message_bytes_sent"));
  }
  load([](const std::string& key) { return Words{"SET", key, std::string(100, 'v')}; });
  load([](const std::string& key) { return Words{"GET", key}; });
  ASSERT_TRUE(t.settle());
  const auto expect_alike = [&](const char* what, auto&& of) {
    double sum = 0;
    for (int node : all) sum += static_cast<double>(of(node));
    for (int node : all)
      EXPECT_NEAR(static_cast<double>(of(node)), sum / 5, sum / 5 * 0.15) << World::name(node) << ": " << what;
  };
  expect_alike("keys", [&](int node) { return t.stat(node, "records"); });
  expect_alike("bytes kept", [&](int node) { return t.stat(node, "record_bytes"); });
  // Its clients' writes that it is a home of, and those that were forwarded to it.
  expect_alike("writes coordinated", [&](int node) { return t.stat(node, "writes") - t.stat(node, "forwards"); });
  expect_alike("reads coordinated", [&](int node) { return t.stat(node, "reads"); });
  expect_alike("messages",
               [&](int node) { return t.stat(node, "messages_sent") - messages[static_cast<size_t>(node)]; });
  expect_alike("bytes sent",
               [&](int node) { return t.stat(node, "message_bytes_sent") - bytes[static_cast<size_t>(node)]; });
}

// Row CH2: equal segments, as tokens, lose nothing.
TEST(EqualRing, KeepsWhatItAcknowledgedThroughAPartition) {
  Cluster t({.ring = {RingKind::Cut::kEqual, 256}});
  t.partition({0, 1}, {2, 3, 4});
  t.let_suspect();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(t.set(i % 5, "k" + std::to_string(i), "v"), "OK");
  t.heal();
  ASSERT_TRUE(t.settle());
  for (int i = 0; i < 40; ++i) EXPECT_EQ(t.get((i + 2) % 5, "k" + std::to_string(i)), "v");
}

// ---- Old tables

// Row RT4: a node whose table is older than the one that the client has seen.
TEST_F(RoutingTest, ANodeWithAnOlderTableThanTheClientsSaysSoAndDoesNothing) {
  EXPECT_EQ(t.set(0, key, "v", {"TABLE", "2"}).text.substr(0, 8), "STALE 1 ");
  t.call(0, {"SESSION", "TABLE", "7"});
  EXPECT_TRUE(t.get(0, key).is("STALE"));
  t.call(0, {"SESSION", "TABLE", "1"});
  EXPECT_TRUE(t.get(0, key).null()) << "nothing had happened";
}

// Row K0: an outdated client is redirected.
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

// Row K0: the loop guard.
// Two nodes that take each other for a home of the key, because their tables differ, must not play ball with a request.
TEST_F(RoutingTest, ARequestIsPassedOnOnceAtMost) {
  int forwards = 0;
  t.watch([&](int, int, const Packet& packet) { forwards += kind_of(packet) == "FORWARD" ? 1 : 0; });
  Message message{"n5", {Actor::life(1, 2), 1}, Forward{false, {"SET", key, "v", "MODE", "sloppy"}}};
  t.deliver(3, encode(message));
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(forwards, 0);
  EXPECT_EQ(t.get(0, key), "v") << "whoever was taken for a home carries it out";
}

// ---- Loads

// Row F1 (a): RING LOAD is within 10 % of the truth 5 s after a step.
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

// Row L1: the keys of the pie are those of DBSIZE.
TEST_F(RoutingTest, KeysAndBytesAreTold) {
  for (int i = 0; i < 100; ++i) t.submit(0, {"SET", "k" + std::to_string(i), "v"});
  ASSERT_TRUE(t.settle());
  t.run_for(5s);
  for (int node = 0; node < t.size(); ++node) {
    EXPECT_EQ(load_of(0, World::name(node), "keys"), std::to_string(t.call(node, {"DBSIZE"}).number));
    EXPECT_GT(std::stoi(load_of(0, World::name(node), "bytes")), 100);
  }
}

// Row F1 (b): coordinators and clients choose others.
// n1 is woken late: what is sent to it waits.
TEST_F(RoutingTest, AForwardAndARoutePassOverAHomeThatIsSlow) {
  for (int i = 0; i < 20; ++i) {
    t.pause(0);
    t.run_for(150ms);
    t.resume(0);
    t.run_for(150ms);
  }
  EXPECT_GT(std::stoi(load_of(3, "n1", "delay_us")), 10'000);
  const std::string coordinator = t.call_with_meta(3, {"SET", key, "v"}).meta["coordinator"];
  EXPECT_EQ(coordinator, World::name(t.walk(key)[1]));
  const auto nth_of_route = [&](size_t n) { return t.call(3, {"ROUTE", key}).elements.at(n).texts().at(0); };
  EXPECT_EQ(nth_of_route(1), World::name(t.walk(key)[1]));
  EXPECT_EQ(nth_of_route(2), World::name(t.walk(key)[2]));
  EXPECT_EQ(nth_of_route(3), "n1") << "behind the other homes, before all others";
  t.run_for(20s);
  EXPECT_EQ(nth_of_route(1), "n1");
}

// Row L1: the pie in a terminal.
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

// ---- The page of the ring

std::string body_of(const Effects& effects) {
  const std::string& response = std::get<Reply>(effects.at(0)).resp;
  return response.substr(response.find("\r\n\r\n") + 4);
}

// Row L1: shares sum to 1 to 1e-9, and are the table's.
TEST(RingPage, SharesSumToOneAndAreThoseOfTheTable) {
  Options options;
  options.name = "n1";
  for (int i = 1; i <= 5; ++i) options.peers.push_back({"n" + std::to_string(i), "10.0.0.1:700" + std::to_string(i)});
  Node node(options);
  node.step(0ns, 1ms, Start{});
  const auto page =
      nlohmann::json::parse(body_of(node.step(1ns, 0ms, ClientRequest{1, 0, {"GET", "/pie.json", "HTTP/1.1"}})));
  const Answer ring = parse_answer(std::get<Reply>(node.step(2ns, 0ms, ClientRequest{2, 0, {"RING"}}).at(0)).resp);
  double sum = 0;
  for (size_t i = 0; i < 5; ++i) {
    const double share = page["nodes"][i]["share"];
    sum += share;
    EXPECT_NEAR(share * 100, std::stod(ring.elements.at(i).elements.at(4).text), 0.006);
    EXPECT_EQ(page["nodes"][i]["status"], i == 0 ? "up" : "down");
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

// ---- Snapshots

// All pages of what a node holds of the slots: requests, one after the other.
std::vector<Words> snapshot(Cluster& t, int node, int first, int last) {
  std::vector<Words> requests;
  std::string cursor = "0";
  do {
    const Answer page = t.call(node, {"SNAPSHOT", std::to_string(first), std::to_string(last), cursor});
    EXPECT_EQ(page.elements.size(), 3u);
    resp::RespReader reader;
    reader.feed(page.elements.at(1).text);
    Words words;
    std::string error;
    while (reader.next(words, error) == resp::RespReader::Result::kRequest) requests.push_back(words);
    cursor = page.elements.at(0).text;
  } while (cursor != "0");
  return requests;
}

struct SnapshotTest : testing::Test {
  Cluster t;
};

// Row CH3: a snapshot can be restored.
TEST_F(SnapshotTest, WhatAClusterHeldComesBackInAnother) {
  t.set(0, "plain", "v");
  t.vput(0, "two", "a");
  t.vput(0, "two", "b");
  t.add(0, "count", 7);
  t.cart_add(0, "cart", "milk", 2, {"ann", 1});
  t.call(0, {"SADD", "set", "x"});
  for (int i = 0; i < 50; ++i) t.set(0, "big" + std::to_string(i), std::string(100'000, 'x'));
  ASSERT_TRUE(t.settle());

  Cluster other({.nodes = 3, .seed = 2});
  for (int node = 0; node < t.size(); ++node) {
    for (const Words& request : snapshot(t, node, 0, kSlots - 1)) EXPECT_EQ(other.call(1, request), "OK");
  }
  EXPECT_EQ(other.get(0, "plain"), "v");
  EXPECT_EQ(other.vget(1, "two").values, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(other.count(2, "count"), 7);
  EXPECT_EQ(other.cart(0, "cart"), (std::map<std::string, int64_t>{{"milk", 2}}));
  EXPECT_EQ(other.call(0, {"SMEMBERS", "set"}).texts(), (std::vector<std::string>{"x"}));
  EXPECT_EQ(other.get(0, "big49").text.size(), 100'000u);
}

// Row CH3: by slots.
TEST_F(SnapshotTest, HasOnlyTheSlotsAskedFor) {
  for (int i = 0; i < 200; ++i) t.submit(0, {"SET", "k" + std::to_string(i), "v"});
  ASSERT_TRUE(t.settle());
  size_t all = 0, low = 0, high = 0;
  for (int node = 0; node < t.size(); ++node) {
    all += snapshot(t, node, 0, kSlots - 1).size();
    for (const Words& request : snapshot(t, node, 0, 8000)) EXPECT_LE(slot_of(request.at(1)), 8000);
    for (const Words& request : snapshot(t, node, 8001, kSlots - 1)) EXPECT_GT(slot_of(request.at(1)), 8000);
    low += snapshot(t, node, 0, 8000).size();
    high += snapshot(t, node, 8001, kSlots - 1).size();
  }
  EXPECT_EQ(all, 600u);
  EXPECT_EQ(low + high, all);
}

// It is merged: what happened since then stays.
TEST_F(SnapshotTest, ARestoreUndoesNeitherLaterWritesNorDeletions) {
  t.set(0, "written", "old");
  t.set(0, "deleted", "old");
  ASSERT_TRUE(t.settle());
  std::vector<Words> requests = snapshot(t, t.homes("written")[0], 0, kSlots - 1);
  for (const Words& request : snapshot(t, t.homes("deleted")[0], 0, kSlots - 1)) requests.push_back(request);
  t.set(0, "written", "new");
  t.del(0, "deleted");
  ASSERT_TRUE(t.settle());
  for (const Words& request : requests) EXPECT_EQ(t.call(2, request), "OK");
  EXPECT_EQ(t.get(1, "written"), "new");
  EXPECT_TRUE(t.get(1, "deleted").null());
}

TEST_F(SnapshotTest, NonsenseIsRefused) {
  EXPECT_TRUE(t.call(0, {"SNAPSHOT", "5", "4", "0"}).is("ERR"));
  EXPECT_TRUE(t.call(0, {"SNAPSHOT", "0", "16384", "0"}).is("ERR"));
  EXPECT_TRUE(t.call(0, {"SNAPSHOT", "0", "1", "x"}).is("ERR"));
  EXPECT_TRUE(t.call(0, {"RESTORE", "k", "nonsense"}).is("ERR"));
  t.add(0, "n", 1);
  t.set(0, "p", "v");
  ASSERT_TRUE(t.settle());
  const std::vector<Words> plain = snapshot(t, t.homes("p")[0], slot_of("p"), slot_of("p"));
  ASSERT_EQ(plain.size(), 1u);
  EXPECT_TRUE(t.call(0, {"RESTORE", "n", plain[0][2]}).is("WRONGTYPE"));
}

}  // namespace
}  // namespace node::sim
