#include "harness/report/check_progress.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace harness {
namespace {

using namespace std::chrono_literals;

class CheckProgressTest : public testing::Test {
 protected:
  ~CheckProgressTest() override { std::fclose(file_); }
  // What is in the file by now; where the next is printed is left as it is.
  std::string printed() const {
    std::string text(4096, '\0');
    const ssize_t size = ::pread(::fileno(file_), text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return text;
  }
  std::string printed_with(const std::string& expected) const {
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (printed().find(expected) == std::string::npos && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(1ms);
    return printed();
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
  CheckProgress progress(terminal, 0ms, 1h);
  progress.update("linearizable", 1000, 4000);
  EXPECT_EQ(printed_with("after"), "\r\x1b[K  linearizable  25 %, after 0 s");
  progress.clear();
  EXPECT_EQ(printed_with("s\r"), "\r\x1b[K  linearizable  25 %, after 0 s\r\x1b[K");
}

// Nothing is done for a while: the line comes all the same, again and again.
TEST_F(CheckProgressTest, APipeGetsPlainLines) {
  Terminal terminal(file_, false, false);
  CheckProgress progress(terminal, 1h, 1h, 1ms);
  progress.update("counter", 1, 2);
  EXPECT_EQ(printed_with("s\n  c").substr(0, 28), "  counter  50 %, after 0 s\n ");
}

TEST_F(CheckProgressTest, WhoseEndNobodyKnowsIsCounted) {
  Terminal terminal(file_, false, false);
  CheckProgress progress(terminal, 1h, 1h, 1ms);
  progress.update("bytes read", 123'456, 0);
  EXPECT_NE(printed_with("bytes").find("  bytes read  123,456, after "), std::string::npos) << printed();
}

}  // namespace
}  // namespace harness
