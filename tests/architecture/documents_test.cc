// Documents that lead to files and tests must not lead into nothing.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// "Suite.Name" of every test in the tree.
std::set<std::string> all_tests(const fs::path& root) {
  const std::regex macro(R"((?:TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+),\s*(\w+))");
  std::set<std::string> tests;
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), macro), end; it != end; ++it) {
      tests.insert((*it)[1].str() + "." + (*it)[2].str());
    }
  }
  return tests;
}

TEST(Documents, DynamoPaperNamesOnlyFilesAndTestsThatExist) {
  const fs::path root = SOURCE_ROOT;
  const std::string text = text_of(root / "docs/dynamo-paper.md");
  const std::set<std::string> tests = all_tests(root);
  const std::regex quoted("`([^`]+)`");
  const std::regex path(R"((?:node|harness|tests|nemesis|workloads|checkers)/[\w./-]+)"), test(R"([A-Z]\w+\.[A-Z]\w+)");
  size_t paths = 0, named = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), quoted), end; it != end; ++it) {
    const std::string word = (*it)[1];
    if (std::regex_match(word, path)) {
      ++paths;
      EXPECT_TRUE(fs::exists(root / word)) << word;
    } else if (std::regex_match(word, test)) {
      ++named;
      EXPECT_EQ(tests.count(word), 1u) << word;
    }
  }
  EXPECT_GT(paths, 50u);
  EXPECT_GT(named, 50u);
}

}  // namespace
