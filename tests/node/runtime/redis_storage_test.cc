#include "node/runtime/redis_storage.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>

#include "node/runtime/storage_thread.h"
#include "tests/node/runtime/load_all.h"
#include "tests/node/runtime/redis_server.h"

namespace node {
namespace {

using std::chrono::milliseconds;

std::string refusal(std::string_view url) {
  const auto address = parse_redis_url(url);
  return address ? "accepted: " + address->text() : address.error().substr(address.error().rfind(": ") + 2);
}

TEST(RedisUrl, NamesAPlaceOrIsRefusedWithTheReason) {
  EXPECT_EQ(refusal("redis://127.0.0.1:6379"), "accepted: 127.0.0.1:6379");
  EXPECT_EQ(refusal("redis://db.example:1/7"), "accepted: db.example:1/7");
  EXPECT_EQ(refusal("redis+unix:///run/redis.sock"), "accepted: /run/redis.sock");
  EXPECT_EQ(refusal("rocksdb"), "it begins otherwise");
  EXPECT_EQ(refusal("redis://localhost"), "no HOST:PORT");
  EXPECT_EQ(refusal("redis://:6379"), "no HOST:PORT");
  EXPECT_EQ(refusal("redis://a:65536"), "the port is none of 1 to 65535");
  EXPECT_EQ(refusal("redis://a:6379/x"), "the database is no number");
  EXPECT_EQ(refusal("redis+unix://socket"), "the path does not begin with /");
  EXPECT_EQ(refusal("redis+unix:///" + std::string(200, 'x')), "the path has 201 bytes, at most 107 are possible");
}

std::unique_ptr<Storage> open(const RedisServer& server, milliseconds patience = milliseconds(10'000)) {
  auto storage = open_redis_storage({.address = server.address(), .name = "n1", .patience = patience});
  if (!storage) throw std::runtime_error(storage.error());
  if (auto image = load_all(**storage); !image) throw std::runtime_error(image.error());
  return std::move(*storage);
}

std::vector<Persist> item(uint64_t number, const std::string& key, const std::string& value) {
  return {{number, Table::kRecords, key, value}};
}

TEST(RedisStorage, SaysWhatItsRedisKeeps) {
  EXPECT_NE(open(RedisServer("always"))->describe().find("appendfsync always: what is acknowledged survives power"),
            std::string::npos);
  EXPECT_NE(open(RedisServer("everysec"))->describe().find("may undo up to two seconds"), std::string::npos);
  EXPECT_NE(open(RedisServer(""))->describe().find("only this node's memory has"), std::string::npos);
}

// Row T1: the Redis under a node is wiped.
TEST(RedisStorage, WritesItsImageBackWhenRedisLostIt) {
  RedisServer server("");
  const auto storage = open(server);
  ASSERT_TRUE(storage->commit(item(1, "a", "1")));
  ASSERT_TRUE(storage->commit({{2, Table::kHints, "h", "x"}, {3, Table::kHints, "h", std::nullopt}}));
  server.kill();
  server.start();
  ASSERT_TRUE(storage->commit(item(4, "b", "2")));
  EXPECT_EQ(server.ask("HLEN dynamo:records"), "2");
  EXPECT_EQ(server.ask("HGET dynamo:records a"), "1");
  EXPECT_EQ(server.ask("KEYS *"), "[dynamo:records]") << "nothing else is left over";
}

TEST(RedisStorage, WhatRedisFoundOnItsDiskGivesWayToTheImage) {
  RedisServer server;
  const auto storage = open(server);
  ASSERT_TRUE(storage->commit(item(1, "a", "old")));
  ASSERT_TRUE(storage->commit({{2, Table::kHints, "h", "x"}}));
  ASSERT_TRUE(storage->commit(item(3, "a", "new")));
  // As if its last second had been lost with its memory.
  server.ask("HSET dynamo:records a old");
  server.ask("HSET dynamo:records never there");
  server.kill();
  server.start();
  ASSERT_TRUE(storage->commit({{4, Table::kHints, "h", std::nullopt}}));
  EXPECT_EQ(server.ask("HGETALL dynamo:records"), "[a new]");
  EXPECT_EQ(server.ask("EXISTS dynamo:hints"), "0");
}

TEST(RedisStorage, AnImageOfManyPagesComesBackWhole) {
  RedisServer server("");
  constexpr int kItems = 20'000;
  {
    const auto storage = open(server);
    std::vector<Persist> batch;
    for (int i = 1; i <= kItems; ++i) {
      batch.push_back({static_cast<uint64_t>(i), Table::kRecords, "key" + std::to_string(i), std::string(100, 'v')});
    }
    ASSERT_TRUE(storage->commit(batch));
    server.kill();
    server.start();
    ASSERT_TRUE(storage->commit({}));
    EXPECT_EQ(server.ask("HLEN dynamo:records"), std::to_string(kItems));
  }
  auto again = open_redis_storage({.address = server.address(), .name = "n1"});
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(load_all(**again).value().size(), static_cast<size_t>(kItems));
}

TEST(RedisStorage, AnEmptyRedisThatComesBackBeforeTheImageIsReadIsNoReasonToWrite) {
  RedisServer server;
  ASSERT_TRUE(open(server)->commit(item(1, "a", "1")));
  auto storage = open_redis_storage({.address = server.address(), .name = "n1"});
  ASSERT_TRUE(storage) << storage.error();
  server.kill();
  server.start();
  EXPECT_EQ(load_all(**storage).value().size(), 1u);
  EXPECT_EQ(server.ask("HGETALL dynamo:records"), "[a 1]");
}

TEST(RedisStorage, PatienceWithARedisThatIsAwayOrStuckEnds) {
  RedisServer server;
  server.ask("PING");  // it may take longer to start than we shall have patience
  {
    const auto storage = open(server, milliseconds(100));
    server.kill();
    const auto result = storage->commit(item(1, "a", "1"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), "redis at " + server.address().text() + ": Connection refused");
  }
  server.start();
  server.ask("PING");
  const auto storage = open(server, milliseconds(100));
  server.signal(SIGSTOP);
  EXPECT_FALSE(storage->commit(item(1, "a", "1")));
}

TEST(RedisStorage, WhatRedisRefusesIsNotTriedAgain) {
  RedisServer server;
  const auto storage = open(server);
  server.ask("CONFIG SET maxmemory 1");
  const auto result = storage->commit({{1, Table::kRecords, "a", "1"}, {2, Table::kRecords, "b", "2"}});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().find("OOM"), std::string::npos) << result.error();
  EXPECT_EQ(server.ask("EXISTS dynamo:records"), "0") << "a failed batch leaves nothing behind";
}

// A write that nobody follows up must not stay in the node's memory alone.
TEST(RedisStorage, LooksAfterRedisWhileThereIsNothingToCommit) {
  RedisServer server("");
  StorageThread thread(open(server), [] {});
  thread.submit(item(1, "a", "1"));
  thread.wait_until_idle();
  server.kill();
  server.start();
  while (server.ask("HGET dynamo:records a") != "1") std::this_thread::yield();
}

TEST(RedisStorage, ARedisThatStaysAwayFailsTheStorageEvenWhenNothingIsCommitted) {
  RedisServer server;
  server.ask("PING");  // it may take longer to start than we shall have patience
  std::mutex mutex;
  std::condition_variable woken;
  bool awake = false;
  StorageThread thread(open(server, milliseconds(50)), [&] {
    const std::lock_guard lock(mutex);
    awake = true;
    woken.notify_all();
  });
  thread.submit(item(1, "a", "1"));
  thread.wait_until_idle();
  thread.collect();
  server.kill();
  for (std::vector<Input> outcomes; outcomes.empty(); outcomes = thread.collect()) {
    std::unique_lock lock(mutex);
    woken.wait(lock, [&] { return std::exchange(awake, false); });
    outcomes = thread.collect();
    if (outcomes.empty()) continue;
    EXPECT_EQ(std::get<PersistFailed>(outcomes.back()).from, 2u);
    break;
  }
}

}  // namespace
}  // namespace node
