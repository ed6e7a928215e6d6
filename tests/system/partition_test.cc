// While a partition is on, packets are dropped, and a write through each side behaves as N, R, W and the mode promise.
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <memory>

#include "harness/hosts/local_hosts.h"
#include "harness/systems/system.h"
#include "tests/system/program.h"

namespace system_test {
namespace {

using namespace std::chrono_literals;

std::string ask(const harness::Host& host, const std::vector<std::string>& words) {
  timeval limit{3, 0};
  std::unique_ptr<redisContext, void (*)(redisContext*)> connection(
      redisConnectWithTimeout(host.ip.c_str(), host.port, limit), redisFree);
  if (connection == nullptr || connection->err != 0) return "(no connection)";
  redisSetTimeout(connection.get(), limit);
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  auto* reply =
      static_cast<redisReply*>(redisCommandArgv(connection.get(), static_cast<int>(argv.size()), argv.data(), nullptr));
  if (reply == nullptr) return "(no reply)";
  std::string text = reply->str != nullptr ? reply->str : std::to_string(reply->integer);
  freeReplyObject(reply);
  return text;
}

// Five nodes, N=3 R=2 W=2; {n1,n2} are cut off from {n3,n4,n5}.
void check_sides() {
  Workshop workshop;
  harness::LocalHosts::Options options;
  options.directory = workshop.store();
  options.allow_loopback = false;
  auto made = harness::LocalHosts::create(options);
  ASSERT_TRUE(made.has_value()) << made.error();
  harness::LocalHosts& cluster = **made;
  auto system = harness::make_system("dynamo", workshop.node());
  ASSERT_TRUE(system.has_value()) << system.error();
  harness::ClusterSettings settings;
  settings.storage = "memory";
  for (size_t i = 0; i < cluster.hosts().size(); ++i) {
    auto started = cluster.start(cluster.hosts()[i].name, (*system)->command(settings, cluster.hosts(), i));
    ASSERT_TRUE(started.has_value()) << started.error();
  }
  for (const harness::Host& host : cluster.hosts()) {
    ASSERT_TRUE(await([&] { return ask(host, {"SET", "before", "x", "W", "3"}) == "OK"; }, 10s)) << host.name;
  }
  const harness::Host& small = cluster.hosts()[0];
  const harness::Host& large = cluster.hosts()[2];
  std::vector<nemesis::Cut> cuts;
  for (const char* a : {"n1", "n2"}) {
    for (const char* b : {"n3", "n4", "n5"}) {
      cuts.push_back({a, b});
      cuts.push_back({b, a});
    }
  }
  auto dropped_before = cluster.dropped_packets();
  ASSERT_TRUE(dropped_before.has_value());
  ASSERT_TRUE(cluster.set_cuts(cuts).has_value());
  ASSERT_TRUE(await([&] { return cluster.dropped_packets().value_or(0) > *dropped_before; }, 5s))
      << "the kernel counts dropped packets";

  // Until a side has noticed who is gone, it waits for them in vain.
  for (const harness::Host* side : {&small, &large}) {
    for (int i = 0; i < 10; ++i) {
      std::string key = "early" + std::to_string(i);
      ASSERT_TRUE(await([&] { return ask(*side, {"SET", key, "x", "MODE", "sloppy"}) == "OK"; }, 10s)) << key;
    }
  }

  // Every key has at least one home on the larger side; some have two or three.
  int strict_refused = 0;
  int strict_taken = 0;
  for (int i = 0; i < 30; ++i) {
    std::string key = "k" + std::to_string(i);
    EXPECT_EQ(ask(small, {"SET", key, "sloppy", "MODE", "sloppy"}).substr(0, 2), "OK") << "two nodes are W=2 nodes";
    EXPECT_EQ(ask(large, {"SET", key + "l", "sloppy", "MODE", "sloppy"}), "OK");
    std::string on_small = ask(small, {"SET", key, "strict", "MODE", "strict", "TIMEOUT", "300"});
    std::string on_large = ask(large, {"SET", key, "strict", "MODE", "strict", "TIMEOUT", "300"});
    // Three homes on two sides: W=2 of them are on one side, never on both.
    EXPECT_FALSE(on_small == "OK" && on_large == "OK") << key;
    (on_large == "OK" ? strict_taken : strict_refused)++;
  }
  EXPECT_GT(strict_taken, 0);
  EXPECT_GT(strict_refused, 0);

  ASSERT_TRUE(cluster.set_cuts({}).has_value());
  for (int i = 0; i < 30; ++i) {
    std::string key = "k" + std::to_string(i) + "l";
    EXPECT_TRUE(await(
        [&] {
          return ask(small, {"GET", key, "MODE", "strict"}) == "sloppy";
        },
        10s))
        << key << ": what was acknowledged during the partition is there after it";
  }
  cluster.stop_all(1s);
}

// Row K1, with real packets.
// ctest runs each test in a process of its own, and so it should be: hosts take the whole process into their
// namespaces.
TEST(Partition, DropsPacketsAndEachSideKeepsItsPromises) { check_sides(); }

}  // namespace
}  // namespace system_test
