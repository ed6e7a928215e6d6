// The history of a run as it happens: in memory for the judge, and in history.jsonl, so that a run that is killed
// leaves a readable file. Called from the thread that drives the run; a thread of its own turns records into lines and
// writes them, at the latest kFlush after they happened. Recording costs the caller a move. The same thread can judge
// the run while it goes on. Without a file there is neither thread nor lines.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "checkers/history.h"
#include "checkers/live/live.h"
#include "harness/run/loop.h"

namespace harness {

class Recorder {
 public:
  // Writes the first record. The error names the file. `loop`: the run's clock.
  static tl::expected<std::unique_ptr<Recorder>, std::string> create(const std::filesystem::path& file,
                                                                     checkers::TestInfo test, const Loop& loop);
  // Only in memory.
  Recorder(checkers::TestInfo test, const Loop& loop);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // What is recorded from now on is judged as it is written. Called before the first record.
  void judge_live();
  // What the live checkers found so far. No checkers: nothing that the settings promise can be judged live.
  struct Live {
    std::vector<std::string> checkers;
    int64_t judged = 0;                          // reads
    size_t remembered = 0;                       // at most so far: operations, values, sums
    std::string guilty;                          // the checker that found the first violation …
    std::optional<checkers::Witness> violation;  // … and what it found
  };
  Live live() const;

  // The main clock of the run: zero is when start_clock was called.
  void start_clock() { start_ = loop_.now(); }
  checkers::Nanos now() const { return loop_.now() - start_; }

  // Each takes the time of the call as the record's time. An event's index is given here, and returned.
  int64_t add(checkers::Event event);
  void phase(std::string name);
  void add(checkers::Poll poll);
  void add(checkers::Dump dump);
  void add(checkers::NodeExit exit);
  void lateness(checkers::Nanos lateness);

  // Everything so far, once it is written. The reference holds until the next record.
  const checkers::History& settled();
  // Closes the file. The error says what could not be written.
  tl::expected<checkers::History, std::string> finish();
  // Not empty once writing failed (a full disk): the run should end.
  std::string error() const;

  static constexpr std::chrono::milliseconds kFlush{100};

 private:
  struct Lateness {
    checkers::Nanos time;
    checkers::Nanos lateness;
  };
  using Item =
      std::variant<checkers::Event, checkers::Phase, checkers::Poll, checkers::Dump, checkers::NodeExit, Lateness>;

  Recorder(int fd, std::filesystem::path file, checkers::TestInfo test, const Loop& loop);
  void push(Item item);
  void write_loop();
  void take(Item item, std::string* lines);
  void note_live();
  void write_out(const std::string& lines);

  const int fd_ = -1;  // -1: no file
  const std::filesystem::path file_;
  const Loop& loop_;
  SteadyClock::time_point start_;
  int64_t next_index_ = 0;
  checkers::History history_;                   // belongs to the writing thread while it is busy
  std::unique_ptr<checkers::LiveJudge> judge_;  // so does this

  mutable std::mutex mutex_;
  std::condition_variable wake_;     // the writer: something to do now
  std::condition_variable settled_;  // the caller: the writer is idle
  std::vector<Item> pending_;
  bool busy_ = false;
  bool hurry_ = false;
  bool stop_ = false;
  std::string error_;
  Live live_;
  std::thread writer_;
};

}  // namespace harness
