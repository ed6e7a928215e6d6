#include "harness/report/progress.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

using namespace std::chrono_literals;

class ProgressTest : public testing::Test {
 protected:
  ~ProgressTest() override { std::fclose(file_); }
  std::string printed() {
    std::fflush(file_);
    std::string text(static_cast<size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    size_t got = std::fread(text.data(), 1, text.size(), file_);
    text.resize(got);
    return text;
  }
  std::FILE* file_ = std::tmpfile();
};

Progress::State state() {
  Progress::State state;
  state.phase = "main";
  state.left = 12s;
  state.operations = 2405;
  state.ok = 2400;
  state.fail = 3;
  state.info = 2;
  state.fault = "partition halves";
  return state;
}

TEST_F(ProgressTest, APipeGetsOnePlainLineForEachPhase) {
  Terminal terminal(file_, false, false);
  Progress progress(terminal);
  progress.update(state());
  progress.update(state());  // too soon to say the same again
  Progress::State next = state();
  next.phase = "healing";
  next.left.reset();
  next.fault.clear();
  progress.update(next);
  EXPECT_EQ(printed(),
            "  main                  12 s left    2,405 ops  ok 2,400  fail 3  info 2  │ partition halves\n"
            "  healing               2,405 ops  ok 2,400  fail 3  info 2\n");
}

TEST_F(ProgressTest, ATerminalHasOneLineThatIsOverprintedAndNotesThatStay) {
  Terminal terminal(file_, true, false);
  {
    Progress progress(terminal);
    progress.update(state());
    progress.note("kill n2");
    progress.update(state());  // redrawn at the earliest after kRedraw
  }
  EXPECT_EQ(printed(),
            "\r\x1b[K  main                  12 s left    2,405 ops  ok 2,400  fail 3  info 2  │ partition halves"
            "\r\x1b[K  kill n2\n");
}

}  // namespace
}  // namespace harness
