// The correct node passes: the README's runs, as root and as an ordinary user; and a foreign store is judged too.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "tests/system/program.h"

namespace system_test {
namespace {

using Arguments = std::vector<std::string>;

struct Case {
  const char* name;
  Arguments arguments;
  User user = User::kSame;
};
void PrintTo(const Case& c, std::ostream* out) {
  for (const std::string& word : c.arguments) *out << word << ' ';
}

void expect_valid(const Case& c, int seed, const char* time_limit) {
  Workshop workshop;
  Arguments arguments = {"run"};
  arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
  for (const std::string& word :
       {std::string("--time-limit"), std::string(time_limit), std::string("--nemesis-interval"), std::string("2s"),
        std::string("--seed"), std::to_string(seed)}) {
    arguments.push_back(word);
  }
  Ended ended = workshop.run(arguments, c.user);
  EXPECT_EQ(ended.exit_code, 0) << ended.output << ended.errors;
  EXPECT_TRUE(workshop.processes().empty());

  // The file alone gives the same verdict.
  Ended check = workshop.run({"check", "store/latest/history.jsonl"}, c.user);
  EXPECT_EQ(check.exit_code, 0) << check.output << check.errors;
  std::ifstream file(workshop.store() / "latest" / "results.json");
  nlohmann::json results = nlohmann::json::parse(file, nullptr, false);
  ASSERT_FALSE(results.is_discarded());
}

class Runs : public testing::TestWithParam<Case> {};
// Rows CH2, G2, Q1, S2, S3 and T1: nothing acknowledged is lost under each mode, workload and storage.
TEST_P(Runs, OfTheCorrectNodeAreValid) { expect_valid(GetParam(), 1, "6s"); }

class LongRuns : public testing::TestWithParam<Case> {};
// Row G2, for longer.
TEST_P(LongRuns, OfTheCorrectNodeAreValidForFiveSeeds) {
  for (int seed = 1; seed <= 5; ++seed) expect_valid(GetParam(), seed, "20s");
}

std::string name_of(const testing::TestParamInfo<Case>& tested) { return tested.param.name; }

const Arguments kCart = {"--workload", "cart", "--nemesis", "partition"};
const Arguments kCounter = {"--workload", "counter", "--nemesis", "partition,kill"};
const Arguments kRegister = {"--workload", "register", "--strict", "--nemesis", "pause"};
const Arguments kLinear = {"--workload", "register", "--lin", "--nemesis", "partition,kill,pause"};
const Arguments kUnion = {"--workload", "cart", "--nemesis", "partition", "--merge", "union"};
const Arguments kLatest = {"--workload", "cart", "--nemesis", "partition", "--merge", "last-write-wins"};
const Arguments kStrict = {"--workload", "cart", "--strict", "--nemesis", "partition,kill,pause"};
const Arguments kSegregated = {"--workload", "cart", "--cart-layout", "segregated", "--nemesis", "partition,kill"};
const Arguments kEqual = {"--workload", "counter", "--strict", "--ring", "equal:256", "--nemesis", "kill,membership"};
const Arguments kOnRedis = {"--workload", "cart", "--storage", "redis", "--nemesis", "kill-storage,kill"};
const Arguments kRedisRegister = {"--target",   "redis",    "--nodes",   "1",
                                  "--workload", "register", "--nemesis", "kill,pause"};
const Arguments kRedisCounter = {"--target", "redis", "--nodes", "1", "--workload", "counter", "--nemesis", "kill"};
const Arguments kSet = {"--workload", "set", "--nemesis", "partition,kill"};
const Arguments kStrictSet = {"--workload", "set", "--strict", "--nemesis", "partition,pause"};
const Arguments kClientDriven = {"--workload", "set",       "--coordination",
                                 "client",     "--nemesis", "partition,kill,membership"};
const Arguments kRedisSet = {"--target", "redis", "--nodes", "1", "--workload", "set", "--nemesis", "kill"};

INSTANTIATE_TEST_SUITE_P(
    Real, Runs,
    testing::Values(Case{"Cart", kCart}, Case{"CartAsOrdinaryUser", kCart, User::kOrdinary}, Case{"Counter", kCounter},
                    Case{"CounterAsOrdinaryUser", kCounter, User::kOrdinary}, Case{"StrictRegister", kRegister},
                    Case{"StrictRegisterAsOrdinaryUser", kRegister, User::kOrdinary}, Case{"LinearRegister", kLinear},
                    Case{"CartByUnion", kUnion}, Case{"CartByLastWriteWins", kLatest},
                    Case{"StrictCartUnderEverything", kStrict}, Case{"SegregatedCart", kSegregated},
                    Case{"CartOnRedis", kOnRedis}, Case{"CartOnRedisAsOrdinaryUser", kOnRedis, User::kOrdinary},
                    Case{"RedisRegister", kRedisRegister}, Case{"RedisCounter", kRedisCounter}, Case{"Set", kSet},
                    Case{"StrictSet", kStrictSet}, Case{"RedisSet", kRedisSet}, Case{"CounterOnAnEqualRing", kEqual},
                    Case{"ClientDrivenSet", kClientDriven}),
    name_of);
INSTANTIATE_TEST_SUITE_P(Real, LongRuns,
                         testing::Values(Case{"Cart", kCart}, Case{"CartAsOrdinaryUser", kCart, User::kOrdinary},
                                         Case{"SegregatedCart", kSegregated}, Case{"Counter", kCounter},
                                         Case{"CounterAsOrdinaryUser", kCounter, User::kOrdinary}, Case{"Set", kSet},
                                         Case{"StrictSet", kStrictSet}, Case{"StrictRegister", kRegister},
                                         Case{"LinearRegister", kLinear},
                                         Case{"StrictRegisterAsOrdinaryUser", kRegister, User::kOrdinary}),
                         name_of);

// Every workload under every nemesis on every storage. A node whose storage is its memory forgets when it is killed.
struct Combination {
  const char *workload, *nemesis, *storage;
};
void PrintTo(const Combination& c, std::ostream* out) { *out << c.workload << ' ' << c.nemesis << ' ' << c.storage; }

std::vector<Combination> all_combinations() {
  std::vector<Combination> all;
  for (const char* workload : {"cart", "counter", "set", "register"}) {
    for (const char* nemesis : {"partition", "kill", "pause", "membership"}) {
      for (const char* storage : {"lmdb", "redis", "memory"}) {
        if (std::string_view(nemesis) != "kill" || std::string_view(storage) != "memory") {
          all.push_back({workload, nemesis, storage});
        }
      }
    }
  }
  return all;
}

class LongMatrix : public testing::TestWithParam<Combination> {};
TEST_P(LongMatrix, OfTheCorrectNodeIsValidForTenSeeds) {
  const Combination& c = GetParam();
  const Case run{"", {"--workload", c.workload, "--nemesis", c.nemesis, "--storage", c.storage}};
  for (int seed = 1; seed <= 10; ++seed) expect_valid(run, seed, "8s");
}
INSTANTIATE_TEST_SUITE_P(Real, LongMatrix, testing::ValuesIn(all_combinations()),
                         [](const testing::TestParamInfo<Combination>& tested) {
                           const Combination& c = tested.param;
                           return std::string(c.workload) + "_" + c.nemesis + "_" + c.storage;
                         });

}  // namespace
}  // namespace system_test
