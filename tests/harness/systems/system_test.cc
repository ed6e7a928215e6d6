#include "harness/systems/system.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/harness/systems/replies.h"

namespace harness {
namespace {

// Only the program's being there is asked for; nothing is started.
std::unique_ptr<System> dynamo_system() { return std::move(make_system("dynamo", "/bin/sh").value()); }
std::unique_ptr<System> redis() { return std::move(make_system("redis", "").value()); }

std::vector<Host> hosts(int count) {
  std::vector<Host> made;
  for (int i = 1; i <= count; ++i) {
    Host host;
    host.name = "n" + std::to_string(i);
    host.ip = "10.0.0." + std::to_string(i);
    host.port = 7000;
    host.directory = "/data/" + host.name;
    made.push_back(host);
  }
  return made;
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + (word.empty() ? "''" : word);
  return line;
}

std::string refusal(const System& system, const ClusterSettings& settings, const std::string& workload, int nodes) {
  const auto checked = system.check(settings, workload, nodes);
  return checked ? "accepted" : checked.error();
}

TEST(Dynamo, ANodeIsToldItsNameItsPeersAndTheSettings) {
  ClusterSettings settings;
  settings.read_quorum = 1;
  settings.hints = false;
  std::vector<Host> two = hosts(2);
  two[1].listen_fd = 9;
  EXPECT_EQ(joined(dynamo_system()->command(settings, two, 1)),
            "/bin/sh --name n2 --listen 10.0.0.2:7000 --listen-fd 9 --peers n1=10.0.0.1:7000,n2=10.0.0.2:7000 "
            "--replicas 3 --read-quorum 1 --write-quorum 2 --mode sloppy --merge observed-remove --storage lmdb "
            "--data /data/n2 --hints off --anti-entropy on --request-timeout 1000 --debug-commands");
}

TEST(Dynamo, StrictModeARingAndAPlantedBugReachTheNode) {
  ClusterSettings settings;
  settings.ring = "equal:256";
  EXPECT_NE(joined(dynamo_system()->command(settings, hosts(1), 0)).find("--ring equal:256"), std::string::npos);
  settings.mode = "strict";
  settings.bug = "persist-late";
  const std::string line = joined(dynamo_system()->command(settings, hosts(1), 0));
  EXPECT_NE(line.find("--mode strict"), std::string::npos) << line;
  EXPECT_NE(line.find("--bug persist-late"), std::string::npos) << line;
  EXPECT_EQ(line.find("--listen-fd"), std::string::npos) << line;
}

TEST(Dynamo, ModeLinIsForRegisters) {
  ClusterSettings settings;
  settings.mode = "lin";
  EXPECT_TRUE(dynamo_system()->check(settings, "register", 5));
  EXPECT_EQ(dynamo_system()->check(settings, "cart", 5).error(),
            "mode lin is for registers, and the workload is cart: take --workload register");
  EXPECT_NE(joined(dynamo_system()->command(settings, hosts(1), 0)).find("--mode lin"), std::string::npos);
}

TEST(Dynamo, ASettingThatDoesNotFitIsNamedWithItsLimit) {
  const ClusterSettings good;
  EXPECT_EQ(refusal(*dynamo_system(), good, "cart", 5), "accepted");
  EXPECT_EQ(refusal(*dynamo_system(), good, "cart", 2), "replicas 3 exceeds nodes 2");
  EXPECT_EQ(refusal(*dynamo_system(), good, "queue", 5),
            "unknown workload \"queue\": it is one of cart, counter, register, set");
  ClusterSettings bad = good;
  bad.read_quorum = 4;
  EXPECT_EQ(refusal(*dynamo_system(), bad, "cart", 5), "read_quorum 4 exceeds replicas 3");
  bad = good;
  bad.write_quorum = 0;
  EXPECT_EQ(refusal(*dynamo_system(), bad, "cart", 5), "write_quorum 0 is less than 1");
  bad = good;
  bad.storage = "aof";
  EXPECT_EQ(refusal(*dynamo_system(), bad, "cart", 5),
            "unknown storage \"aof\": it is one of memory, lmdb, redis, redis-everysec");
  bad = good;
  bad.merge = "newest";
  EXPECT_NE(refusal(*dynamo_system(), bad, "cart", 5), "accepted");
  bad = good;
  bad.ring = "round:5";
  EXPECT_EQ(refusal(*dynamo_system(), bad, "cart", 5), "unknown ring \"round\": it is one of tokens, equal");
  bad = good;
  bad.bug = "eat-my-data";
  EXPECT_NE(refusal(*dynamo_system(), bad, "cart", 5), "accepted");
}

TEST(Dynamo, OnRedisEachNodeHasAServerOfItsOwn) {
  std::vector<Host> one = hosts(1);
  one[0].storage_ip = "127.0.0.1";
  one[0].storage_port = 6379;
  ClusterSettings settings;
  EXPECT_TRUE(dynamo_system()->storage_command(settings, one[0]).empty());
  settings.storage = "redis";
  EXPECT_EQ(refusal(*dynamo_system(), settings, "cart", 5), "accepted");
  const std::string node = joined(dynamo_system()->command(settings, one, 0));
  EXPECT_NE(node.find("--storage redis://127.0.0.1:6379"), std::string::npos) << node;
  EXPECT_EQ(node.find("--data"), std::string::npos) << node;
  std::string server = joined(dynamo_system()->storage_command(settings, one[0]));
  EXPECT_NE(server.find("--bind 127.0.0.1 --port 6379 --dir /data/n1"), std::string::npos) << server;
  EXPECT_NE(server.find("--appendonly yes --appendfsync always"), std::string::npos) << server;
  settings.storage = "redis-everysec";
  server = joined(dynamo_system()->storage_command(settings, one[0]));
  EXPECT_NE(server.find("--appendonly yes --appendfsync everysec"), std::string::npos) << server;
}

TEST(Redis, OneServerSyncsBeforeItAnswersUnlessItIsToKeepNothing) {
  ClusterSettings settings = redis()->default_settings();
  std::string line = joined(redis()->command(settings, hosts(1), 0));
  EXPECT_NE(line.find("--bind 10.0.0.1 --port 7000 --dir /data/n1"), std::string::npos) << line;
  EXPECT_NE(line.find("--save '' --appendonly yes --appendfsync always"), std::string::npos) << line;
  settings.storage = "memory";
  line = joined(redis()->command(settings, hosts(1), 0));
  EXPECT_NE(line.find("--save '' --appendonly no"), std::string::npos) << line;
}

TEST(Redis, WhatOneServerCannotDoIsRefusedWithTheReason) {
  const ClusterSettings good = redis()->default_settings();
  EXPECT_EQ(refusal(*redis(), good, "register", 1), "accepted");
  EXPECT_EQ(refusal(*redis(), good, "counter", 1), "accepted");
  EXPECT_EQ(refusal(*redis(), good, "set", 1), "accepted");
  EXPECT_EQ(refusal(*redis(), good, "cart", 1),
            "redis has no carts that merge: --target redis takes register, counter and set");
  EXPECT_EQ(refusal(*redis(), good, "register", 5), "nodes 5: the target redis is one redis-server");
  ClusterSettings bad = good;
  bad.replicas = 3;
  EXPECT_EQ(refusal(*redis(), bad, "register", 1),
            "replicas 3, read_quorum 1, write_quorum 1: one redis-server has one copy, all are 1");
  bad = good;
  bad.mode = "sloppy";
  EXPECT_EQ(refusal(*redis(), bad, "register", 1),
            "mode sloppy: redis has no quorums to choose from, --target redis takes --strict");
  bad = good;
  bad.storage = "lmdb";
  EXPECT_EQ(refusal(*redis(), bad, "register", 1),
            "unknown storage \"lmdb\": with redis it is aof (synced before each reply) or memory");
  bad = good;
  bad.bug = "forget-hints";
  EXPECT_EQ(refusal(*redis(), bad, "register", 1), "bug \"forget-hints\": bugs are planted in dynamo-node alone");
}

TEST(Systems, EveryListedOneCanBeMadeAndAcceptsItsOwnDefaults) {
  for (const SystemInfo& info : all_systems()) {
    const auto made = make_system(info.name, "/bin/sh");
    ASSERT_TRUE(made) << made.error();
    EXPECT_EQ((*made)->name(), info.name);
    EXPECT_EQ(refusal(**made, (*made)->default_settings(), "counter", (*made)->default_nodes()), "accepted");
  }
}

TEST(Systems, AnUnknownNameOrAMissingProgramIsAnError) {
  EXPECT_EQ(make_system("etcd", "").error(), "unknown target \"etcd\": it is one of dynamo, redis");
  EXPECT_EQ(make_system("dynamo", "/no/such/dynamo-node").error(), "dynamo-node not found: /no/such/dynamo-node");
}

TEST(Bugs, EachIsKnownToTheNodesSystem) {
  for (const BugInfo& bug : all_bugs()) {
    ClusterSettings settings;
    settings.bug = bug.name;
    EXPECT_EQ(refusal(*dynamo_system(), settings, "cart", 5), "accepted") << bug.name;
    EXPECT_NE(bug.flags.find("--workload "), std::string_view::npos) << bug.name;
    EXPECT_FALSE(bug.checker.empty()) << bug.name;
  }
}

// A fault of a moment ago may still make a node take another for down; a word that came since cannot.
TEST(DynamoReady, OnceAllHaveHeardEachOtherSinceItIsCalm) {
  const auto dynamo = dynamo_system();
  const auto ring = [](const char* state, const char* milliseconds) {
    const auto member = [](const char* name, const char* how, const char* since) {
      return array({text(name), text("10.0.0.1:7000"), text(how), text("64"), text("50.0"), text(since)});
    };
    return array({member("n1", "up", "0"), member("n2", state, milliseconds)});
  };
  EXPECT_TRUE(dynamo->is_ready(ring("up", "80"), std::chrono::milliseconds(80)));
  EXPECT_FALSE(dynamo->is_ready(ring("up", "81"), std::chrono::milliseconds(80)));
  EXPECT_FALSE(dynamo->is_ready(ring("down", "10"), std::chrono::milliseconds(80)));
  EXPECT_FALSE(dynamo->is_ready(array({}), std::chrono::milliseconds(80)));
}

}  // namespace
}  // namespace harness
