#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>

#include "node/runtime/lmdb_storage.h"
#include "tests/node/runtime/client.h"
#include "tests/node/runtime/running_node.h"

namespace node {
namespace {

// ---- A disk that does what a test tells it to

struct Disk {
  std::mutex mutex;
  std::condition_variable changed;
  bool stuck = false;
  std::string broken;  // if not empty: commits fail for this reason
  std::vector<size_t> commits;

  void set_stuck(bool value) {
    const std::lock_guard lock(mutex);
    stuck = value;
    changed.notify_all();
  }
  size_t commit_count() {
    const std::lock_guard lock(mutex);
    return commits.size();
  }
};

class FakeStorage : public Storage {
 public:
  explicit FakeStorage(Disk& disk) : disk_(disk) {}
  tl::expected<std::vector<StoredItem>, std::string> load() override { return {}; }
  tl::expected<void, std::string> commit(const std::vector<Persist>& batch) override {
    std::unique_lock lock(disk_.mutex);
    disk_.commits.push_back(batch.size());
    disk_.changed.wait(lock, [this] { return !disk_.stuck; });
    if (!disk_.broken.empty()) return tl::unexpected(disk_.broken);
    return {};
  }
  std::string describe() const override { return "fake disk"; }

 private:
  Disk& disk_;
};

RuntimeOptions on(Disk& disk) {
  RuntimeOptions options;
  options.storage = std::make_unique<FakeStorage>(disk);
  return options;
}

TEST(StorageThread, WhatArrivesDuringACommitMakesOneBatch) {
  Disk disk;
  disk.stuck = true;
  RunningNode node(on(disk));
  Client client(node.port());
  client.send_words({"SET", "first", "1"});
  while (disk.commit_count() < 1) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) client.send_words({"SET", "k" + std::to_string(i), "v"});
  Client other(node.port());
  EXPECT_EQ(other.ask({"GET", "first"}), "(nil)");  // not on disk, and the loop does not wait for it
  // The sets came in order: once the last is in the core (a hold behind it is), all are submitted.
  client.send_words({"HOLD", "end"});
  while (other.ask({"HELD"}) != "1") {
  }
  disk.set_stuck(false);
  other.ask({"RELEASE"});
  for (int i = 0; i < 11; ++i) EXPECT_EQ(client.read_reply(), "OK");
  EXPECT_EQ(client.read_reply(), "end");
  EXPECT_EQ(disk.commits, (std::vector<size_t>{1, 10}));
}

TEST(StorageThread, NothingIsAcknowledgedAfterAFailureAndTheNodeEndsWith75) {
  Disk disk;
  disk.broken = "No space left on device";
  RunningNode node(on(disk));
  Client client(node.port());
  EXPECT_EQ(client.ask({"SET", "k", "v"}), "-TIMEOUT disk");
  EXPECT_EQ(node.wait(), 75);
  EXPECT_EQ(client.read_reply(), "(closed)");
}

TEST(StorageThread, StoppingCommitsAndAnswersWhatWasTaken) {
  Disk disk;
  disk.stuck = true;
  RunningNode node(on(disk));
  Client client(node.port());
  client.send_words({"SET", "k", "v"});
  while (disk.commit_count() < 1) std::this_thread::yield();
  std::thread repair([&disk] { disk.set_stuck(false); });
  EXPECT_EQ(node.stop(), 0);
  repair.join();
  EXPECT_EQ(client.read_reply(), "OK");
  EXPECT_EQ(client.read_reply(), "(closed)");
}

TEST(StorageThread, AFailureWhileStoppingStillEndsWith75) {
  Disk disk;
  disk.stuck = true;
  disk.broken = "Input/output error";
  RunningNode node(on(disk));
  Client client(node.port());
  client.send_words({"SET", "k", "v"});
  while (disk.commit_count() < 1) std::this_thread::yield();
  std::thread repair([&disk] { disk.set_stuck(false); });
  EXPECT_EQ(node.stop(), 75);
  repair.join();
  EXPECT_EQ(client.read_reply(), "-TIMEOUT disk");
}

TEST(MemoryStorage, PersistedComesInAStepOfItsOwn) {
  std::vector<std::string> steps;
  RuntimeOptions options;
  options.name = "n1";
  options.listen = loopback_address(0);
  options.storage = make_memory_storage();
  Runtime runtime(std::move(options), [&steps](Instant, WallTime, Input input) -> Effects {
    if (std::holds_alternative<Start>(input)) {
      steps.push_back("start");
      return {Persist{1, Table::kRecords, "a", "1"}, Persist{2, Table::kRecords, "b", "2"}, Send{"n1", {"later"}}};
    }
    if (const auto* persisted = std::get_if<Persisted>(&input)) {
      steps.push_back("persisted " + std::to_string(persisted->through));
    }
    if (std::holds_alternative<PeerMessage>(input)) steps.push_back("message");
    return {};
  });
  ASSERT_TRUE(runtime.start());
  EXPECT_EQ(steps, (std::vector<std::string>{"start", "message", "persisted 2"}));
}

// ---- LMDB

class LmdbTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "lmdb-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  tl::expected<std::unique_ptr<Storage>, std::string> open(size_t map_bytes = size_t{64} << 30) {
    return open_lmdb_storage({.directory = directory_, .map_bytes = map_bytes});
  }
  std::string contents() {
    auto storage = open();
    if (!storage) return storage.error();
    std::string text;
    const std::vector<StoredItem> image = (*storage)->load().value();
    for (const StoredItem& item : image) {
      text += (item.table == Table::kHints ? "hint " : "record ") + item.key + "=" + item.value + "; ";
    }
    return text;
  }

  std::string directory_;
};

TEST_F(LmdbTest, GivesBackBothTablesAfterReopening) {
  {
    auto storage = open();
    ASSERT_TRUE(storage) << storage.error();
    EXPECT_TRUE((*storage)->load().value().empty());
    ASSERT_TRUE((*storage)->commit({{1, Table::kRecords, "k", "old"},
                                    {2, Table::kRecords, "k", "new"},
                                    {3, Table::kHints, "k", "for n3"},
                                    {4, Table::kRecords, "gone", "x"},
                                    {5, Table::kRecords, "gone", std::nullopt},
                                    {6, Table::kHints, "never there", std::nullopt},
                                    {7, Table::kRecords, std::string(511, 'K'), ""}}));
  }
  EXPECT_EQ(contents(), "record " + std::string(511, 'K') + "=; record k=new; hint k=for n3; ");
}

TEST_F(LmdbTest, AFailedBatchLeavesNothingBehind) {
  {
    auto storage = open();
    ASSERT_TRUE(storage);
    const auto result =
        (*storage)->commit({{1, Table::kRecords, "good", "x"}, {2, Table::kRecords, std::string(512, 'K'), "x"}});
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("cannot write: MDB_BAD_VALSIZE"), std::string::npos) << result.error();
  }
  EXPECT_EQ(contents(), "");
}

TEST_F(LmdbTest, AFullMapIsToldWithItsSize) {
  auto storage = open(1 << 20);
  ASSERT_TRUE(storage);
  ASSERT_TRUE((*storage)->commit({{1, Table::kRecords, "small", "x"}}));
  const auto result = (*storage)->commit({{2, Table::kRecords, "large", std::string(2 << 20, 'x')}});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().find("MDB_MAP_FULL"), std::string::npos) << result.error();
  EXPECT_NE(result.error().find("(1 MiB)"), std::string::npos) << result.error();
  storage->reset();
  EXPECT_EQ(contents(), "record small=x; ");
}

TEST_F(LmdbTest, ADirectoryServesOneNodeAtATime) {
  {
    const auto first = open();
    ASSERT_TRUE(first);
    const auto second = open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(),
              "data directory " + directory_ + ": in use by another node; every node needs a directory of its own");
  }
  EXPECT_TRUE(open());
}

TEST_F(LmdbTest, MakesItsDirectoryAndRefusesAFile) {
  directory_ += "/deep/er";
  EXPECT_TRUE(open());
  directory_ += "/lock";
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("cannot be made"), std::string::npos) << refused.error();
  directory_ = std::filesystem::path(directory_).parent_path().parent_path().parent_path();
}

TEST_F(LmdbTest, ServesANodeThatStopsAndComesBack) {
  RuntimeOptions options;
  options.storage = std::move(open().value());
  RunningNode first(std::move(options));
  EXPECT_EQ(Client(first.port()).ask({"SET", "k", "v"}), "OK");
  EXPECT_EQ(first.stop(), 0);
  RuntimeOptions again;
  again.storage = std::move(open().value());
  RunningNode second(std::move(again));
  EXPECT_EQ(Client(second.port()).ask({"GET", "k"}), "v");
}

}  // namespace
}  // namespace node
