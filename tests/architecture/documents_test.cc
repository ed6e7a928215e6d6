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

std::set<std::string> words_in(const std::string& list, const std::regex& word) {
  return {std::sregex_token_iterator(list.begin(), list.end(), word), std::sregex_token_iterator()};
}

// A4, RT1, IM1-2, Tbl1
const std::regex kRow(R"(\b[A-Z][A-Za-z]{0,2}\d+(?:-\d+)?\b)");

TEST(Documents, EveryRowOfTheTableIsNamedByATestAndTestsNameNoOthers) {
  const fs::path root = SOURCE_ROOT;
  std::set<std::string> rows;
  std::istringstream lines(text_of(root / "docs/dynamo-paper.md"));
  bool begun = false;
  for (std::string line; std::getline(lines, line);) {
    begun = begun || line.rfind("| row |", 0) == 0;
    if (begun) rows.merge(words_in(line.substr(0, line.find('|', 1)), kRow));
  }
  EXPECT_GT(rows.size(), 75u);

  std::set<std::string> named;
  // "Row F9: …", "Rows F1 (c) and CH2, after …": up to the first word that is neither a row nor a part of one.
  const std::regex list(R"(\bRows? ((?:(?:[A-Z]\w*\d(?:-\d)?|\(\w\)|and)(?:, | |\b))+))");
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    if (!entry.is_regular_file() || entry.path().extension() == ".jsonl") continue;
    std::istringstream text(text_of(entry.path()));
    for (std::string line; std::getline(text, line);) {
      const size_t comment = std::min(line.find("//"), line.find('#'));
      if (comment == std::string::npos) continue;
      for (std::sregex_iterator it(line.begin() + static_cast<std::ptrdiff_t>(comment), line.end(), list), end;
           it != end; ++it) {
        for (const std::string& row : words_in((*it)[1], kRow)) {
          EXPECT_EQ(rows.count(row), 1u) << entry.path() << ": " << line;
          named.insert(row);
        }
      }
    }
  }
  for (const std::string& row : rows) EXPECT_EQ(named.count(row), 1u) << "no test names row " << row;
}

}  // namespace
