// Row CH3: what SNAPSHOT tells of some slots is a file, and another cluster takes it.
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <fstream>
#include <memory>

#include "tests/system/standing_cluster.h"

namespace system_test {
namespace {

constexpr int kKeys = 100;

using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

class Node {
 public:
  explicit Node(const std::string& port) : context_(redisConnect("127.0.0.1", std::stoi(port)), redisFree) {}

  Reply ask(const std::vector<std::string>& words) {
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    auto* reply = redisCommandArgv(context_.get(), static_cast<int>(argv.size()), argv.data(), nullptr);
    EXPECT_NE(reply, nullptr) << context_->errstr;
    return {static_cast<redisReply*>(reply), freeReplyObject};
  }
  std::string text(const std::vector<std::string>& words) {
    const Reply reply = ask(words);
    return reply && reply->str != nullptr ? std::string(reply->str, reply->len) : "";
  }

 private:
  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

// What a node holds of these slots, as requests.
std::string snapshot(const std::string& port, int first, int last) {
  Node node(port);
  std::string requests, cursor = "0";
  do {
    const Reply page = node.ask({"SNAPSHOT", std::to_string(first), std::to_string(last), cursor});
    if (!page || page->type != REDIS_REPLY_ARRAY || page->elements != 3) {
      ADD_FAILURE() << "no page for cursor " << cursor;
      return "";
    }
    const redisReply& next = *page->element[0];
    cursor = next.type == REDIS_REPLY_INTEGER ? std::to_string(next.integer) : std::string(next.str, next.len);
    requests.append(page->element[1]->str, page->element[1]->len);
  } while (cursor != "0");
  return requests;
}

std::string key_number(int i) { return "key" + std::to_string(i); }

int answered(const std::string& port) {
  Node node(port);
  int there = 0;
  for (int i = 0; i < kKeys; ++i) there += node.text({"GET", key_number(i)}) == "value " + std::to_string(i);
  return there;
}

TEST(Snapshots, MakeAFileOfSomeSlotsThatAnotherClusterTakes) {
  const Workshop files;
  const auto file = [&](const char* name) { return files.path() / name; };
  {
    const StandingCluster from;
    ASSERT_EQ(from.ports().size(), 5u);
    Node node(from.ports()[3]);
    for (int i = 0; i < kKeys; ++i) {
      ASSERT_EQ(node.text({"SET", key_number(i), "value " + std::to_string(i)}), "OK");
    }
    ASSERT_EQ(from.cli(0, {"CART.ADD", "cart", "milk", "2", "ID", "ann", "1"}), "ann:1\n");
    std::ofstream low(file("low"), std::ios::binary), high(file("high"), std::ios::binary);
    for (const std::string& port : from.ports()) {
      low << snapshot(port, 0, 8191);
      high << snapshot(port, 8192, 16383);
    }
  }
  const StandingCluster to({"--nodes", "3"});
  ASSERT_EQ(to.ports().size(), 3u);
  EXPECT_EQ(answered(to.ports()[0]), 0);
  const auto restore = [&](const char* name) {
    const Ended piped =
        run_program({"sh", "-c", "redis-cli -p " + to.ports()[1] + " --pipe < " + file(name).string()}, files.path());
    EXPECT_NE(piped.output.find("errors: 0"), std::string::npos) << piped.output << piped.errors;
  };
  restore("low");
  const int of_low = answered(to.ports()[0]);
  EXPECT_GT(of_low, kKeys / 4);
  EXPECT_LT(of_low, kKeys * 3 / 4);
  restore("high");
  EXPECT_EQ(answered(to.ports()[0]), kKeys);
  EXPECT_EQ(to.cli(2, {"CART.GET", "cart"}), "milk\n2\nann:1\n2\n");
}

}  // namespace
}  // namespace system_test
