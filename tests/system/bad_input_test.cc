// What cannot be done is said in one clear line, with exit code 254, and nothing is started or lost.
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>

#include "tests/system/program.h"

namespace system_test {
namespace {

struct Case {
  const char* name;
  std::vector<std::string> arguments;
  const char* says;
};
void PrintTo(const Case& c, std::ostream* out) {
  for (const std::string& word : c.arguments) *out << word << ' ';
}
class BadInput : public testing::TestWithParam<Case> {};

TEST_P(BadInput, GetsAClearErrorAnd254) {
  Workshop workshop;
  Ended ended = workshop.run(GetParam().arguments);
  EXPECT_EQ(ended.exit_code, 254) << ended.output << ended.errors;
  EXPECT_NE(ended.errors.find(GetParam().says), std::string::npos) << ended.errors;
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadInput,
    testing::Values(Case{"ReadQuorum", {"run", "--read-quorum", "4"}, "read_quorum 4 exceeds replicas 3"},
                    Case{"WriteQuorum", {"run", "--write-quorum", "9"}, "write_quorum 9 exceeds replicas 3"},
                    Case{"Replicas", {"run", "--replicas", "6"}, "replicas 6 exceeds"},
                    Case{"Workload", {"run", "--workload", "carts"}, "carts"},
                    Case{"Nemesis", {"run", "--nemesis", "earthquake"}, "earthquake"},
                    Case{"Shape", {"run", "--nemesis", "partition", "--partition", "zigzag"}, "zigzag"},
                    Case{"Bug", {"run", "--bug", "none-such"}, "none-such"},
                    Case{"Duration", {"run", "--time-limit", "soon"}, "soon"},
                    Case{"RedisCart", {"run", "--target", "redis", "--nodes", "1", "--workload", "cart"}, "cart"},
                    Case{"NoCommand", {"fly"}, "fly"},
                    Case{"MissingFile", {"check", "missing.jsonl"}, "missing.jsonl"}),
    [](const testing::TestParamInfo<Case>& tested) { return std::string(tested.param.name); });

TEST(BadInput, AMalformedHistoryIsToldWithLineAndColumn) {
  Workshop workshop;
  std::ofstream(workshop.path() / "bad.jsonl") << "{\"type\":\"test\",\"version\":1}\n{\"type\":\"invoke\",\n";
  Ended ended = workshop.run({"check", "bad.jsonl"});
  EXPECT_EQ(ended.exit_code, 254);
  EXPECT_NE(ended.errors.find("bad.jsonl:2"), std::string::npos) << ended.errors;
}

}  // namespace
}  // namespace system_test
