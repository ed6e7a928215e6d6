#include "harness/report/check_progress.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

using namespace std::chrono_literals;

class CheckProgressTest : public testing::Test {
 protected:
  ~CheckProgressTest() override { std::fclose(file_); }
  std::string printed() {
    std::fflush(file_);
    std::string text(static_cast<size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }
  std::FILE* file_ = std::tmpfile();
};

TEST_F(CheckProgressTest, AShortCheckSaysNothing) {
  Terminal terminal(file_, true, false);
  CheckProgress progress(terminal, 1h);
  progress.update("linearizable", 1, 4000);
  progress.clear();
  EXPECT_EQ(printed(), "");
}

TEST_F(CheckProgressTest, ATerminalGetsOneLineThatIsTakenAwayAgain) {
  Terminal terminal(file_, true, false);
  CheckProgress progress(terminal, 0ms, 0ms);
  progress.update("linearizable", 1234, 4000);
  progress.clear();
  EXPECT_EQ(printed(), "\r\x1b[K  linearizable  1,234 of 4,000, after 0 s\r\x1b[K");
}

TEST_F(CheckProgressTest, APipeGetsPlainLines) {
  Terminal terminal(file_, false, false);
  CheckProgress progress(terminal, 0ms, 0ms, 0ms);
  progress.update("counter", 1, 2);
  progress.update("counter", 2, 2);
  EXPECT_EQ(printed(), "  counter  1 of 2, after 0 s\n  counter  2 of 2, after 0 s\n");
}

}  // namespace
}  // namespace harness
