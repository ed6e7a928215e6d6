#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <numeric>
#include <set>
#include <string>

#include "node/runtime/image_reader.h"
#include "node/runtime/lmdb_storage.h"
#include "tests/node/runtime/client.h"
#include "tests/node/runtime/load_all.h"
#include "tests/node/runtime/redis_server.h"
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
  tl::expected<void, std::string> read(const Take&) override { return {}; }
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

// ---- What is there is read while the core takes it in

class Numbers : public Storage {
 public:
  explicit Numbers(int count, std::string failure = "") : count_(count), failure_(std::move(failure)) {}
  tl::expected<void, std::string> read(const Take& take) override {
    for (int i = 0; i < count_; ++i) take({Table::kRecords, std::to_string(i), "v"});
    if (!failure_.empty()) return tl::unexpected(failure_);
    return {};
  }
  tl::expected<void, std::string> commit(const std::vector<Persist>&) override { return {}; }
  std::string describe() const override { return "numbers"; }

 private:
  int count_;
  std::string failure_;
};

TEST(ImageReader, HandsOverEveryItemOnceAndInOrderAndSaysWhichPageIsTheLast) {
  for (const int count : {0, 1, 1'999, 2'000, 2'001, 4'000, 50'123}) {
    Numbers numbers(count);
    ImageReader reader(numbers);
    int next = 0;
    for (bool more = true; more;) {
      auto page = reader.next();
      ASSERT_TRUE(page);
      for (const StoredItem& item : page->items) ASSERT_EQ(item.key, std::to_string(next++));
      more = page->more;
      ASSERT_TRUE(!more || !page->items.empty());
    }
    EXPECT_EQ(next, count);
  }
}

TEST(ImageReader, AStorageThatFailsHalfWayIsNotTakenForWhole) {
  Numbers numbers(10'000, "Input/output error");
  ImageReader reader(numbers);
  auto page = reader.next();
  while (page && page->more) page = reader.next();
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error(), "Input/output error");
}

TEST(ImageReader, EndsThoughNobodyWantsTheRest) {
  Numbers numbers(100'000);
  ImageReader reader(numbers);
  EXPECT_TRUE(reader.next()->more);
}

TEST(ImageReader, ANodeHasAllPagesBeforeItServes) {
  RuntimeOptions options;
  options.storage = std::make_unique<Numbers>(50'123);
  RunningNode node(std::move(options));
  Client client(node.port());
  for (const char* key : {"0", "1999", "2000", "50122"}) EXPECT_EQ(client.ask({"GET", key}), "v") << key;
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
      return {Persist{1, Table::kRecords, "a", "1"}, Persist{2, Table::kRecords, "b", "2"}, Send{"n1", "later"}};
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

// ---- Every storage that keeps what it is given

// Where a storage has its data: open() is what a node's start does.
class Home {
 public:
  virtual ~Home() = default;
  virtual tl::expected<std::unique_ptr<Storage>, std::string> open() = 0;
  virtual std::string in_use() const = 0;  // how a second node is refused
};

class LmdbHome : public Home {
 public:
  LmdbHome() {
    std::string pattern = testing::TempDir() + "lmdb-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory " + pattern);
    directory_ = pattern;
  }
  ~LmdbHome() override { std::filesystem::remove_all(directory_); }
  tl::expected<std::unique_ptr<Storage>, std::string> open() override {
    return open_lmdb_storage({.directory = directory_});
  }
  std::string in_use() const override {
    return "data directory " + directory_ + ": in use by another node; every node needs a directory of its own";
  }

 private:
  std::string directory_;
};

class RedisHome : public Home {
 public:
  tl::expected<std::unique_ptr<Storage>, std::string> open() override {
    return open_redis_storage({.address = server_.address(), .name = "n1"});
  }
  std::string in_use() const override {
    return "redis at " + server_.address().text() + ": in use by another node; every node needs a Redis of its own";
  }

 private:
  RedisServer server_;
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Home>()> make;
};

class DurableStorage : public testing::TestWithParam<Kind> {
 protected:
  std::string contents() {
    auto storage = home_->open();
    if (!storage) return storage.error();
    std::set<std::string> lines;
    const std::vector<StoredItem> image = load_all(**storage).value();
    for (const StoredItem& item : image) {
      static constexpr std::array kKinds = {"record ", "hint ", "state "};  // by table
      lines.insert(kKinds[static_cast<size_t>(item.table)] + item.key + "=" + item.value + "; ");
    }
    return std::accumulate(lines.begin(), lines.end(), std::string());
  }

  std::unique_ptr<Home> home_ = GetParam().make();
};

// Row T1: the same tests on each storage.
TEST_P(DurableStorage, GivesBackAllTablesAfterReopening) {
  {
    auto storage = home_->open();
    ASSERT_TRUE(storage) << storage.error();
    EXPECT_TRUE(load_all(**storage).value().empty());
    ASSERT_TRUE((*storage)->commit({{1, Table::kRecords, "k", "old"},
                                    {2, Table::kRecords, "k", "new"},
                                    {3, Table::kHints, "k", "for n3"},
                                    {4, Table::kRecords, "gone", "x"},
                                    {5, Table::kRecords, "gone", std::nullopt},
                                    {6, Table::kHints, "never there", std::nullopt},
                                    {7, Table::kRecords, std::string(511, 'K'), ""},
                                    {8, Table::kRecords, std::string("\0\r\n", 3), std::string("\xff\0", 2)},
                                    {9, Table::kState, "k", "complete"}}));
  }
  EXPECT_EQ(contents(), "hint k=for n3; record " + std::string("\0\r\n", 3) + "=" + std::string("\xff\0", 2) +
                            "; record " + std::string(511, 'K') + "=; record k=new; state k=complete; ");
}

TEST_P(DurableStorage, ServesOneNodeAtATime) {
  {
    const auto first = home_->open();
    ASSERT_TRUE(first) << first.error();
    const auto second = home_->open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), home_->in_use());
  }
  EXPECT_TRUE(home_->open());
}

TEST_P(DurableStorage, ServesANodeThatStopsAndComesBack) {
  RuntimeOptions options;
  options.storage = std::move(home_->open().value());
  RunningNode first(std::move(options));
  EXPECT_EQ(Client(first.port()).ask({"SET", "k", "v"}), "OK");
  EXPECT_EQ(first.stop(), 0);
  RuntimeOptions again;
  again.storage = std::move(home_->open().value());
  RunningNode second(std::move(again));
  EXPECT_EQ(Client(second.port()).ask({"GET", "k"}), "v");
}

INSTANTIATE_TEST_SUITE_P(Real, DurableStorage,
                         testing::Values(Kind{"Lmdb", [] { return std::make_unique<LmdbHome>(); }},
                                         Kind{"Redis", [] { return std::make_unique<RedisHome>(); }}),
                         [](const auto& tested) { return tested.param.name; });

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
    const std::vector<StoredItem> image = load_all(**storage).value();
    for (const StoredItem& item : image) {
      text += (item.table == Table::kHints ? "hint " : "record ") + item.key + "=" + item.value + "; ";
    }
    return text;
  }

  std::string directory_;
};

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

TEST_F(LmdbTest, MakesItsDirectoryAndRefusesAFile) {
  directory_ += "/deep/er";
  EXPECT_TRUE(open());
  directory_ += "/lock";
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("cannot be made"), std::string::npos) << refused.error();
  directory_ = std::filesystem::path(directory_).parent_path().parent_path().parent_path();
}

// ---- The log before LMDB

TEST_F(LmdbTest, ABatchThatACrashCutOffIsNotThereAndThoseBeforeItAre) {
  {
    auto storage = open();
    ASSERT_TRUE(storage);
    ASSERT_TRUE((*storage)->commit({{1, Table::kRecords, "a", "whole"}}));
    ASSERT_TRUE((*storage)->commit({{2, Table::kRecords, "b", "torn"}, {3, Table::kRecords, "c", "torn"}}));
  }
  std::fstream log(directory_ + "/log.0", std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(log)), {});
  const size_t at = bytes.rfind("torn");
  ASSERT_NE(at, std::string::npos);
  log.clear();
  log.seekp(static_cast<std::streamoff>(at));
  log.put('\0');
  log.close();
  EXPECT_EQ(contents(), "record a=whole; ");
  EXPECT_EQ(contents(), "record a=whole; ") << "once more: now it is beneath";
}

TEST_F(LmdbTest, LogsFillAndGoBeneathInOrder) {
  constexpr int kBatches = 400;  // of 100 KiB: each log is used several times
  const auto value = [](int i) { return std::to_string(i) + std::string(100'000, 'x'); };
  {
    auto storage = open();
    ASSERT_TRUE(storage);
    ASSERT_TRUE(load_all(**storage));
    for (int i = 0; i < kBatches; ++i) {
      const auto number = static_cast<uint64_t>(i) + 1;
      const std::string key = "k" + std::to_string(i % 7);
      if (i % 7 == 6 && i % 2 == 0) {
        ASSERT_TRUE((*storage)->commit({{number, Table::kRecords, key, std::nullopt}}));
      } else {
        ASSERT_TRUE((*storage)->commit({{number, Table::kRecords, key, value(i)}}));
      }
    }
  }
  std::string expected;
  for (int key = 0; key < 7; ++key) {
    int last = kBatches - 1;
    while (last % 7 != key) --last;
    if (key != 6 || last % 2 != 0) expected += "record k" + std::to_string(key) + "=" + value(last) + "; ";
  }
  contents();
  EXPECT_TRUE(contents() == expected) << "now that all of it is beneath";
  EXPECT_LT(std::filesystem::file_size(directory_ + "/log.0"), size_t{9} << 20);
}

// Every key is in one of four states: beneath alone, in the log alone, in both, deleted by the log.
TEST_F(LmdbTest, WhatTheLogHoldsIsLaidOverWhatIsBeneathInOneOrder) {
  const std::string large(4 << 20, 'x');  // goes beneath at once, with all before it
  {
    auto storage = open();
    ASSERT_TRUE(storage);
    ASSERT_TRUE(load_all(**storage));
    ASSERT_TRUE((*storage)->commit({{1, Table::kRecords, "b", "old"},
                                    {2, Table::kRecords, "d", "gone"},
                                    {3, Table::kRecords, "f", "beneath"},
                                    {4, Table::kHints, "b", "beneath"},
                                    {5, Table::kHints, "z", large}}));
    ASSERT_TRUE((*storage)->commit({{6, Table::kRecords, "a", "new"},
                                    {7, Table::kRecords, "b", "new"},
                                    {8, Table::kRecords, "d", std::nullopt},
                                    {9, Table::kRecords, "e", std::nullopt},
                                    {10, Table::kRecords, "g", "new"},
                                    {11, Table::kHints, "a", "new"},
                                    {12, Table::kHints, "z", std::nullopt}}));
  }
  const std::string expected =
      "record a=new; record b=new; record f=beneath; record g=new; hint a=new; hint b=beneath; ";
  EXPECT_EQ(contents(), expected);
  EXPECT_EQ(contents(), expected) << "once more: now it is beneath";
}

TEST_F(LmdbTest, WhatIsTooLargeForALogIsCommittedWithAllThatTheLogHolds) {
  {
    auto storage = open();
    ASSERT_TRUE(storage);
    ASSERT_TRUE(load_all(**storage));
    ASSERT_TRUE((*storage)->commit({{1, Table::kRecords, "k", "old"}, {2, Table::kRecords, "other", "x"}}));
    ASSERT_TRUE(
        (*storage)->commit({{3, Table::kRecords, "k", "new"}, {4, Table::kHints, "l", std::string(4 << 20, 'x')}}));
    ASSERT_TRUE((*storage)->commit({{5, Table::kHints, "l", "small"}}));
  }
  contents();
  EXPECT_EQ(contents(), "record k=new; record other=x; hint l=small; ");
}

}  // namespace
}  // namespace node
