// What cannot be done is said in one clear line, with exit code 254, and nothing is started or lost.
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>

#include "tests/system/program.h"

namespace system_test {
namespace {

struct BadCommand {
  const char* name;
  std::vector<std::string> arguments;
  const char* says;
};
void PrintTo(const BadCommand& c, std::ostream* out) {
  for (const std::string& word : c.arguments) *out << word << ' ';
}
class BadInput : public testing::TestWithParam<BadCommand> {};

TEST_P(BadInput, GetsAClearErrorAnd254) {
  Workshop workshop;
  Ended ended = workshop.run(GetParam().arguments);
  EXPECT_EQ(ended.exit_code, 254) << ended.output << ended.errors;
  EXPECT_NE(ended.errors.find(GetParam().says), std::string::npos) << ended.errors;
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadInput,
    testing::Values(BadCommand{"ReadQuorum", {"run", "--read-quorum", "4"}, "read_quorum 4 exceeds replicas 3"},
                    BadCommand{"WriteQuorum", {"run", "--write-quorum", "9"}, "write_quorum 9 exceeds replicas 3"},
                    BadCommand{"Replicas", {"run", "--replicas", "6"}, "replicas 6 exceeds"},
                    BadCommand{"Workload", {"run", "--workload", "carts"}, "carts"},
                    BadCommand{"Nemesis", {"run", "--nemesis", "earthquake"}, "earthquake"},
                    BadCommand{"Shape", {"run", "--nemesis", "partition", "--partition", "zigzag"}, "zigzag"},
                    BadCommand{"Bug", {"run", "--bug", "none-such"}, "none-such"},
                    BadCommand{"Duration", {"run", "--time-limit", "soon"}, "soon"},
                    BadCommand{"RedisCart", {"run", "--target", "redis", "--nodes", "1", "--workload", "cart"}, "cart"},
                    BadCommand{"RedisRoutes", {"run", "--target", "redis", "--coordination", "client"}, "redis"},
                    BadCommand{"DrawnTimes", {"run", "--sim", "--sim-drawn", "8/8"}, "8/8"},
                    BadCommand{"BenchNemesis", {"bench", "sla", "--nemesis", "earthquake"}, "earthquake"},
                    BadCommand{"NoCommand", {"fly"}, "fly"},
                    BadCommand{"MissingFile", {"check", "missing.jsonl"}, "missing.jsonl"}),
    [](const testing::TestParamInfo<BadCommand>& tested) { return std::string(tested.param.name); });

TEST(BadInput, AMalformedHistoryIsToldWithLineAndColumn) {
  Workshop workshop;
  std::ofstream(workshop.path() / "bad.jsonl") << "{\"type\":\"test\",\"version\":1}\n{\"type\":\"invoke\",\n";
  Ended ended = workshop.run({"check", "bad.jsonl"});
  EXPECT_EQ(ended.exit_code, 254);
  EXPECT_NE(ended.errors.find("bad.jsonl:2"), std::string::npos) << ended.errors;
}

}  // namespace
}  // namespace system_test
