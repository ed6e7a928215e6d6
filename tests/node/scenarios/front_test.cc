// A node as a client sees it: forwarding, what is refused and why, and the commands that look at a node.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "node/coordinator/settings.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct FrontTest : testing::Test {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});

  std::string error(const Words& words, int node = 0) {
    Answer answer = t.call(node, words);
    EXPECT_TRUE(answer.error()) << words[0] << ": " << answer;
    return answer.text;
  }
};

TEST_F(FrontTest, AWriteThroughANodeThatIsNoHomeIsCoordinatedByOne) {
  Cluster::Told told = t.call_with_meta(3, {"SET", key, "v"});
  EXPECT_EQ(told.answer, "OK");
  EXPECT_EQ(told.meta["coordinator"], "n1");
  EXPECT_EQ(t.stat(3, "forwards"), 1u);
  EXPECT_EQ(t.held(3, key).versions, "");
}

// Row P4: any home coordinates once the first is known to be down.
TEST_F(FrontTest, AForwardGoesToTheFirstHomeThatIsUp) {
  t.crash(0);
  t.let_suspect();
  Nodes walk = t.walk(key);
  EXPECT_EQ(t.call_with_meta(3, {"SET", key, "v"}).meta["coordinator"], World::name(walk[1]));
}

TEST_F(FrontTest, ErrorsTravelBackToTheNodeThatForwarded) {
  t.set(0, key, "v");
  EXPECT_TRUE(t.add(3, key, 1).is("WRONGTYPE"));
}

// ---- Refused, with the reason

TEST_F(FrontTest, UnknownCommandsAreRefusedByName) {
  EXPECT_EQ(error({"FROBNICATE", "k"}), "ERR unknown command 'FROBNICATE'");
  EXPECT_EQ(error({"gte", "k"}), "ERR unknown command 'gte', did you mean GET?");
  EXPECT_EQ(error({"CARTADD", "k"}), "ERR unknown command 'CARTADD', did you mean CART.ADD?");
  EXPECT_EQ(error({"DECRBUY", "k"}), "ERR unknown command 'DECRBUY', did you mean DECRBY?");
  EXPECT_EQ(error({"PIGN"}), "ERR unknown command 'PIGN', did you mean PING?");
  EXPECT_EQ(error({""}), "ERR unknown command ''");
  EXPECT_EQ(error({std::string(5000, 'x')}), "ERR unknown command '" + std::string(32, 'x') + "'");
  EXPECT_EQ(error({"evil\r\n+OK"}).find('\n'), std::string::npos);
}

TEST_F(FrontTest, TheWrongNumberOfArgumentsIsRefusedWithTheUsage) {
  EXPECT_EQ(error({"GET"}), "ERR wrong number of arguments for 'GET': GET key");
  EXPECT_EQ(error({"set", "k"}), "ERR wrong number of arguments for 'SET': SET key value");
  EXPECT_EQ(error({"CART.ADD", "k", "milk"}),
            "ERR wrong number of arguments for 'CART.ADD': CART.ADD key item quantity");
  EXPECT_EQ(error({"VDEL", "k"}), "ERR VDEL needs CTX: what it deletes is what VGET showed");
  for (const char* name : {"ECHO", "SELECT", "WHERE", "CONFIG", "SESSION"}) {
    EXPECT_EQ(error({name}).find("ERR wrong number of arguments"), 0u) << name;
  }
  EXPECT_EQ(error({"DEBUG"}).find("ERR DEBUG DUMP"), 0u);
}

// Rows A2 and O2: no operation spans several items; R and W within N.
TEST_F(FrontTest, OptionsThatMakeNoSenseAreRefused) {
  EXPECT_EQ(error({"GET", "k", "R", "4"}), "ERR R is 1 to 3, the number of replicas");
  EXPECT_EQ(error({"SET", "k", "v", "W", "0"}), "ERR W is 1 to 3, the number of replicas");
  EXPECT_EQ(error({"SET", "k", "v", "W"}), "ERR W is 1 to 3, the number of replicas");
  EXPECT_EQ(error({"GET", "k", "MODE", "wild"}), "ERR MODE is strict, sloppy or lin");
  EXPECT_EQ(error({"GET", "k", "MODE", "strict", "MODE"}), "ERR MODE is strict, sloppy or lin");
  EXPECT_EQ(error({"GET", "k", "TIMEOUT", "0"}), "ERR TIMEOUT is 1 to 600000 milliseconds");
  EXPECT_EQ(error({"GET", "k", "EX", "5"}), "ERR unknown option 'EX'");
  EXPECT_EQ(error({"SET", "k", "v", "ID", "ann", "1"}).find("ERR ID goes with SET and DEL in MODE lin only"), 0u);
  EXPECT_EQ(error({"VPUT", "k", "v", "ID", "ann", "1"}).find("ERR ID goes with CART.ADD"), 0u);
  EXPECT_EQ(error({"CART.ADD", "k", "milk", "1", "ID", "an n", "1"}).find("ERR the session of ID"), 0u);
  EXPECT_EQ(error({"CART.ADD", "k", "milk", "1", "ID", std::string(17, 'a'), "1"}).find("ERR the session of ID"), 0u);
  EXPECT_EQ(error({"CART.ADD", "k", "milk", "1", "ID", "ann", "0"}).find("ERR the seq of ID"), 0u);
  EXPECT_EQ(error({"CART.ADD", "k", "milk", "1", "ID", "ann", "9223372036854775807"}).find("ERR the seq of ID"), 0u);
  EXPECT_EQ(error({"CART.ADD", "k", "milk", "0"}), "ERR quantity 0 adds nothing");
  EXPECT_EQ(error({"CART.ADD", "k", "milk", "two"}).find("ERR 'two' is no integer"), 0u);
  EXPECT_EQ(error({"CART.REMOVE", "k", "milk", "CTX", "ann"}).find("ERR CTX of CART.REMOVE"), 0u);
  EXPECT_EQ(error({"CART.REMOVE", "k", "milk", "CTX", "ann:18446744073709551615"}).find("ERR CTX of CART.REMOVE"), 0u);
  EXPECT_EQ(error({"COUNTER.INCR", "k", "1", "ID", "ann", "1"}).find("ERR ID of an increment"), 0u);
  EXPECT_EQ(error({"DEL", "a", "b"}), "ERR one key at a time: no operation spans several items");
  for (const char* name : {"MGET", "MSET", "SUNION", "SINTERSTORE", "SMOVE", "RENAME", "MULTI"}) {
    EXPECT_EQ(error({name, "a", "b"}),
              std::string("ERR ") + name + " is not supported: no operation spans several items");
  }
  EXPECT_EQ(error({"SADD", "k", "a", "b"}), "ERR unknown option 'B' (one member at a time)");
  EXPECT_EQ(error({"SADD", "k", ""}), "ERR a member is 1 to 1000 bytes");
  EXPECT_EQ(error({"SREM", "k", "a", "CTX", "x"}).find("ERR CTX of SREM is a list of tags that SMEMBERS"), 0u);
}

// Row A3: 1,048,576 bytes are accepted, one more is TOOBIG.
TEST_F(FrontTest, LimitsAreToldWithBothNumbers) {
  EXPECT_EQ(error({"SET", std::string(501, 'k'), "v"}), "TOOBIG key of 501 bytes exceeds 500");
  EXPECT_EQ(error({"SET", "k", std::string(1'048'577, 'v')}), "TOOBIG value of 1048577 bytes exceeds 1048576");
  EXPECT_EQ(error({"SET", "", "v"}), "ERR the key is empty");
  std::string longest(500, 'k');
  std::string largest(1'048'576, 'v');
  EXPECT_EQ(t.set(0, longest, largest), "OK");
  EXPECT_EQ(t.get(3, longest), largest);
}

TEST_F(FrontTest, AKeyHoldsOneKind) {
  t.set(0, "p", "v");
  t.cart_add(0, "c", "milk", 1, {"ann", 1});
  t.add(0, "n", 1);
  EXPECT_EQ(error({"CART.GET", "p"}), "WRONGTYPE the key holds a plain value, not a cart");
  EXPECT_EQ(error({"INCR", "c"}), "WRONGTYPE the key holds a cart, not a counter");
  EXPECT_EQ(error({"SET", "n", "v"}), "WRONGTYPE the key holds a counter, not a plain value");
  EXPECT_EQ(t.call(0, {"EXISTS", "c"}), 1);
  t.del(0, "p");
  EXPECT_TRUE(t.add(0, "p", 1).ok()) << "a deleted value leaves no kind behind";
  EXPECT_EQ(t.del(0, "c"), 1) << "whatever the key holds";
  EXPECT_EQ(t.call(0, {"EXISTS", "c"}), 0);
  EXPECT_EQ(t.get(0, "n"), "1") << "as in Redis";
  EXPECT_EQ(error({"DEL", "n"}), "WRONGTYPE a counter cannot be deleted; DECRBY what GET shows");
}

// Row A1: keys are binary-safe.
TEST_F(FrontTest, KeysAndValuesAreBytes) {
  std::string odd("\0\r\n{\"\xff\\", 8);
  EXPECT_EQ(t.set(0, odd, odd), "OK");
  EXPECT_EQ(t.get(3, odd), odd);
  ASSERT_TRUE(t.settle());
  Answer page = t.call(t.homes(odd)[0], {"DEBUG", "DUMP", "0"});
  nlohmann::json line = nlohmann::json::parse(page.elements.at(1).text);
  EXPECT_EQ(line["versions"].size(), 1u);
}

// ---- What needs no key

TEST_F(FrontTest, AnswersWhatRedisClientsAskFirst) {
  EXPECT_EQ(t.call(0, {"PING"}), "PONG");
  EXPECT_EQ(t.call(0, {"ping", "hello"}), "hello");
  EXPECT_EQ(t.call(0, {"ECHO", "hello"}), "hello");
  EXPECT_EQ(t.call(0, {"SELECT", "0"}), "OK");
  EXPECT_TRUE(t.call(0, {"SELECT", "1"}).is("ERR"));
  EXPECT_EQ(t.call(0, {"CLIENT", "SETNAME", "x"}), "OK");
  EXPECT_EQ(t.call(0, {"COMMAND", "DOCS"}).kind, Answer::Kind::kArray);
  EXPECT_EQ(t.call(0, {"CONFIG", "GET", "save"}).texts(), (std::vector<std::string>{"save", ""}));
  EXPECT_EQ(t.call(0, {"DBSIZE"}), 0);
  EXPECT_EQ(t.call(0, {"TIME"}).elements.size(), 2u);
  EXPECT_EQ(t.call(0, {"QUIT"}), "OK");
}

// Row O2: CONFIG GET n.
TEST_F(FrontTest, ConfigGetShowsEverySettingByPattern) {
  const auto get = [&](const Words& patterns) {
    Words words = {"CONFIG", "GET"};
    words.insert(words.end(), patterns.begin(), patterns.end());
    return t.call(0, words).texts();
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(get({"n"}), (Texts{"n", "3"}));
  EXPECT_EQ(get({"*-QUORUM"}), (Texts{"read-quorum", "2", "write-quorum", "2"}));
  EXPECT_EQ(get({"mode", "merge"}), (Texts{"mode", "sloppy", "merge", "observed-remove"}));
  EXPECT_EQ(get({"h?nts"}), (Texts{"hints", "on"}));
  EXPECT_EQ(get({"request-timeout"}), (Texts{"request-timeout", "1000"}));
  EXPECT_EQ(get({"nothing*"}), Texts{});
  EXPECT_EQ(get({"*"}).size(), 2 * (settings(Options{}).size() + 5));
}

TEST(ConfigPattern, StarsAndQuestionMarks) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*b*c", "aXbXbc"));
  EXPECT_TRUE(matches("a**", "a"));
  EXPECT_TRUE(matches("*ab", "aab"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a?", "a"));
  EXPECT_FALSE(matches("*ab", "abc"));
}

TEST_F(FrontTest, InfoHasSectionsAsInRedis) {
  t.set(0, key, "v");
  const std::string all = t.call(0, {"INFO"}).text;
  for (const char* title : {"# Server", "# Stats", "# Keyspace", "# Commandstats", "# Latencystats"}) {
    EXPECT_NE(all.find(title), std::string::npos) << title;
  }
  EXPECT_NE(all.find("\r\nnode:n1\r\n"), std::string::npos);
  EXPECT_EQ(t.call(0, {"INFO", "keyspace"}).text, "# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n");
  EXPECT_EQ(t.call(0, {"INFO", "nonsense"}).text, "");
  t.run_for(5s - t.now());
  EXPECT_NE(t.call(0, {"INFO", "SERVER"}).text.find("uptime_in_seconds:5\r\n"), std::string::npos);
}

// Rows G1 and G7: latencies by command. Those under load `bin/bench node` measures.
// A link takes 40 ms; the coordinator waits for one other home, or for one to coordinate in its stead.
TEST_F(FrontTest, InfoTellsHowLongEachCommandTook) {
  t.set_network({.shortest = 40ms, .longest = 40ms});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(t.set(0, key, "v").ok());
  ASSERT_TRUE(t.set(3, key, "forwarded").ok());
  ASSERT_TRUE(t.add(0, key, 1).is("WRONGTYPE"));
  const std::string stats = t.call(0, {"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_set:calls=10,usec="), std::string::npos) << stats;
  EXPECT_NE(stats.find("failed_calls=1"), std::string::npos) << stats;
  EXPECT_NE(t.call(3, {"INFO", "commandstats"}).text.find("cmdstat_set:calls=1,usec="), std::string::npos);
  const std::string latency = t.call(0, {"INFO", "latencystats"}).text;
  int p50 = 0, p99 = 0;
  const size_t at = latency.find("latency_percentiles_usec_set:");
  ASSERT_NE(at, std::string::npos) << latency;
  ASSERT_EQ(std::sscanf(latency.c_str() + at, "latency_percentiles_usec_set:p50=%d,p99=%d", &p50, &p99), 2) << latency;
  EXPECT_GE(p50, 80'000);
  EXPECT_LE(p99, 90'000);
}

// Row F9: WHERE.
TEST_F(FrontTest, WhereNamesTheHomesAndThenTheFallbacks) {
  std::vector<std::string> names = t.call(3, {"WHERE", key}).texts();
  ASSERT_EQ(names.size(), 5u);
  EXPECT_EQ(names[0], "n1");
  std::sort(names.begin() + 1, names.begin() + 3);
  EXPECT_EQ(names[1], "n2");
  EXPECT_EQ(names[2], "n3");
}

TEST_F(FrontTest, RingShowsEveryNodeItsStateAndItsShare) {
  t.crash(2);
  t.let_suspect();
  double share = 0;
  for (const Answer& line : t.call(0, {"RING"}).elements) {
    EXPECT_EQ(line.elements.at(2).text, line.elements.at(0).text == "n3" ? "down" : "up");
    EXPECT_EQ(line.elements.at(3).text, "64");
    share += std::stod(line.elements.at(4).text);
  }
  EXPECT_NEAR(share, 100.0, 0.1);
}

// ---- Dumps

TEST_F(FrontTest, ADumpOfManyRecordsComesInPagesAndMissesNone) {
  for (int i = 0; i < 2000; ++i) t.submit(i % t.size(), {"SET", "k" + std::to_string(i), "v"});
  ASSERT_TRUE(t.settle());
  std::set<std::string> keys;
  size_t records = 0;
  for (int node = 0; node < t.size(); ++node) {
    for (const Held& held : t.records(node)) {
      keys.insert(held.key);
      ++records;
    }
  }
  EXPECT_EQ(keys.size(), 2000u);
  EXPECT_EQ(records, 6000u);
  EXPECT_LE(t.call(0, {"DEBUG", "DUMP", "0"}).elements.size(), 501u);
}

TEST_F(FrontTest, ADumpGoesOnFromRecordsToHints) {
  t.isolate(0);
  t.let_suspect();
  for (int i = 0; i < 2000; ++i) t.submit(1 + i % 4, {"SET", "k" + std::to_string(i), "v"});
  t.run_for(1s);
  uint64_t expected = 0;
  uint64_t found = 0;
  for (int node = 1; node < t.size(); ++node) {
    expected += t.stat(node, "hints");
    for (const Held& hint : t.hints(node)) {
      EXPECT_EQ(hint.home, "n1");
      ++found;
    }
  }
  EXPECT_GT(expected, 500u);
  EXPECT_EQ(found, expected);
}

TEST_F(FrontTest, ADumpSpeaksTheVocabularyOfHistories) {
  t.cart_add(0, "c", "milk", 2, {"ann", 1});
  t.add_as(0, "n", -3, {"bob", 1}, 0, 3);
  ASSERT_TRUE(t.settle());
  auto versions = [&](const std::string& k) { return nlohmann::json::parse(t.held(t.homes(k)[0], k).versions); };
  EXPECT_EQ(versions("c"), nlohmann::json::parse(R"([{"id":"ann:1","item":"milk","quantity":2}])"));
  EXPECT_EQ(versions("n"), nlohmann::json::parse(R"([{"id":"bob","seq":1,"plus":0,"minus":3}])"));
}

TEST_F(FrontTest, LookingChangesNothing) {
  t.set(0, key, "v");
  ASSERT_TRUE(t.settle());
  auto before = t.traffic();
  for (int node = 0; node < t.size(); ++node) {
    t.records(node);
    t.held(node, key);
    t.stat(node, "records");
  }
  EXPECT_EQ(t.traffic().size(), before.size());
  for (const auto& [kind, traffic] : t.traffic()) EXPECT_EQ(traffic.messages, before[kind].messages) << kind;
}

TEST_F(FrontTest, ACursorThatNobodyGaveIsRefused) {
  EXPECT_EQ(error({"DEBUG", "DUMP", "x"}), "ERR not a cursor: begin with 0");
  EXPECT_EQ(error({"DEBUG", "DUMP", ""}), "ERR not a cursor: begin with 0");
}

TEST_F(FrontTest, DebugIsOffUnlessAskedFor) {
  Options options;
  options.name = "n1";
  options.peers = {{"n1", "10.0.0.1:7000"}};
  options.replicas = options.read_quorum = options.write_quorum = 1;
  Node node(options);
  node.step(0ns, 0ms, Start{});
  Effects effects = node.step(1ns, 0ms, ClientRequest{1, 1, {"DEBUG", "DUMP", "0"}});
  EXPECT_TRUE(parse_answer(std::get<Reply>(effects.at(0)).resp).is("ERR"));
}

}  // namespace
}  // namespace node::sim
