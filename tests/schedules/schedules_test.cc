// Schedules in this folder once showed a bug of the node, or of the harness, and are named after it: they are played
// again, and nothing fails any more. Those in planted/ are named after a planted bug, which they show; without it,
// nothing fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/system/program.h"

namespace system_test {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

std::vector<std::string> schedules_in(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool schedule = entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt";
    if (schedule) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Ended play(const Workshop& workshop, const std::string& file, const Arguments& more = {}) {
  Arguments arguments = {"run", "--sim", "--schedule", file};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return workshop.run(arguments);
}

constexpr int kInvalid = 1;

TEST(Schedules, OfBugsThatTheNodeOnceHadNoLongerFail) {
  const Workshop workshop;
  for (const std::string& file : schedules_in(SCHEDULES)) {
    const Ended ended = play(workshop, file);
    EXPECT_TRUE(ended.exit_code == 0 || ended.exit_code == 2) << file << "\n" << ended.output << ended.errors;
  }
}

TEST(Schedules, OfPlantedBugsFailWithTheBugAndOnlyWithIt) {
  const Workshop workshop;
  const std::vector<std::string> files = schedules_in(fs::path(SCHEDULES) / "planted");
  EXPECT_GE(files.size(), 3u);
  for (const std::string& file : files) {
    const std::string bug = fs::path(file).stem().string();
    EXPECT_EQ(play(workshop, file, {"--bug", bug}).exit_code, kInvalid) << file;
    const Ended clean = play(workshop, file, {"--bug", ""});
    EXPECT_TRUE(clean.exit_code == 0 || clean.exit_code == 2) << file << "\n" << clean.output << clean.errors;
  }
}

}  // namespace
}  // namespace system_test
