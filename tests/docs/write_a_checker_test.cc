// What docs/write-a-checker.md says of its own code, beside the tests that stand in it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace {

TEST(WriteAChecker, IsDoneInLessThanSixtyLines) {
  std::ifstream file(CHECKER);
  const std::string code{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto lines = std::count(code.begin(), code.end(), '\n');
  EXPECT_GT(lines, 20);
  EXPECT_LT(lines, 60);
}

int exit_code_of(const std::string& history) {
  const std::string command = std::string("'") + JUDGE + "' '" + HISTORIES_DIR + "/" + history + "' >/dev/null 2>&1";
  return WEXITSTATUS(std::system(command.c_str()));
}

TEST(WriteAChecker, TheProgramOfOnesOwnJudges) {
  EXPECT_EQ(exit_code_of("good/cart-add-wins.jsonl"), 0);
  EXPECT_EQ(exit_code_of("bad/cart-lost-addition.jsonl"), 1);
  EXPECT_EQ(exit_code_of("none-such.jsonl"), 254);
}

}  // namespace
