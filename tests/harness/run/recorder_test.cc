#include "harness/run/recorder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "checkers/history_file.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

checkers::Event invocation(int64_t process) {
  checkers::Event event;
  event.process = process;
  event.f = "add";
  event.key = "k";
  event.value = 1;
  event.fields.set("node", "n1");
  return event;
}

TEST(Recorder, TheFileReadsBackAsTheHistoryInMemory) {
  fake::Scratch scratch;
  EventLoop loop;
  auto recorder = fake::make_recorder(scratch, loop);
  recorder->start_clock();
  recorder->phase("main");
  EXPECT_EQ(recorder->add(invocation(0)), 0);
  EXPECT_EQ(recorder->add(invocation(1)), 1);
  recorder->add(checkers::Poll{{}, 1, {"k"}});
  recorder->add(checkers::NodeExit{{}, "n1", 0, 9, true, ""});
  recorder->lateness(std::chrono::milliseconds(3));
  auto history = recorder->finish();
  ASSERT_TRUE(history);

  std::ifstream file(scratch.path() / "history.jsonl");
  auto read = checkers::read_history(file);
  ASSERT_TRUE(read) << read.error().reason;
  ASSERT_EQ(read->events.size(), 2u);
  EXPECT_EQ(read->events[1].time, history->events[1].time);
  EXPECT_EQ(read->events[1].fields, history->events[1].fields);
  EXPECT_EQ(read->phases[0].name, "main");
  EXPECT_EQ(read->polls[0].keys, std::vector<std::string>{"k"});
  EXPECT_EQ(read->exits[0].signal, 9);
  EXPECT_EQ(read->lateness, std::chrono::milliseconds(3));
}

TEST(Recorder, WithoutAFileTheHistoryIsInMemoryAlone) {
  EventLoop loop;
  Recorder recorder({}, loop);
  recorder.phase("main");
  recorder.add(invocation(0));
  EXPECT_EQ(recorder.settled().events.size(), 1u);
  EXPECT_EQ(recorder.finish()->phases.size(), 1u);
}

TEST(Recorder, SettledShowsEverythingRecordedSoFar) {
  fake::Scratch scratch;
  EventLoop loop;
  auto recorder = fake::make_recorder(scratch, loop);
  for (int round = 1; round <= 50; ++round) {
    recorder->add(invocation(round));
    EXPECT_EQ(recorder->settled().events.size(), static_cast<size_t>(round));
  }
}

TEST(Recorder, ARunThatIsKilledLeavesWhatHappenedUntilThen) {
  fake::Scratch scratch;
  EventLoop loop;
  auto recorder = fake::make_recorder(scratch, loop);
  recorder->add(invocation(0));
  // Nobody asks for it: the writer must come by itself. Twenty times its interval, for a machine that is busy.
  std::string text;
  for (int i = 0; i < 200 && text.find("\"invoke\"") == std::string::npos; ++i) {
    std::this_thread::sleep_for(Recorder::kFlush / 10);
    text = fake::read_file(scratch.path() / "history.jsonl");
  }
  EXPECT_NE(text.find("\"invoke\""), std::string::npos);
}

TEST(Recorder, AFileThatCannotBeWrittenIsNamed) {
  EventLoop loop;
  auto recorder = Recorder::create("/nowhere/history.jsonl", {}, loop);
  ASSERT_FALSE(recorder);
  EXPECT_EQ(recorder.error(), "cannot write /nowhere/history.jsonl: No such file or directory");
}

TEST(Recorder, AFullDiskIsAnErrorAndNotASilentLoss) {
  EventLoop loop;
  auto recorder = Recorder::create("/dev/full", {}, loop);
  ASSERT_FALSE(recorder);
  EXPECT_EQ(recorder.error(), "cannot write /dev/full: No space left on device");
}

TEST(Recorder, JudgesWhileItRecords) {
  fake::Scratch scratch;
  EventLoop loop;
  auto recorder = fake::make_recorder(scratch, loop);
  recorder->judge_live();
  EXPECT_EQ(recorder->live().checkers, std::vector<std::string>{"counter"});
  checkers::Event add = invocation(0);
  recorder->add(add);
  add.type = checkers::EventType::kOk;  // else nobody knows how often it has been tried yet
  recorder->add(add);
  checkers::Event read = invocation(1);
  read.f = "read";
  read.value = {};
  recorder->add(read);
  read.type = checkers::EventType::kOk;
  read.value = 7;
  recorder->add(read);
  recorder->settled();
  const Recorder::Live live = recorder->live();
  EXPECT_EQ(live.judged, 1);
  EXPECT_EQ(live.guilty, "counter");
  ASSERT_TRUE(live.violation);
  EXPECT_EQ(live.violation->events, (std::vector<int64_t>{2, 3}));
}

}  // namespace
}  // namespace harness
