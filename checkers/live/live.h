// Judging a run while it goes on, so that a soak of hours needs no hours of analysis: events are fed one by one, in the
// order of the history, and the first violation is known as soon as the event that completes it.
//
// A live checker remembers what is still open and a few numbers a key, not the history. What it reports, the checker of
// the same name finds in the finished history too; the reverse need not hold: what depends on how operations end that
// are still open, on final reads or on dumps is left to the end. Once a disk is lost nothing is demanded any more that
// a lost disk might excuse.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkers/operations.h"
#include "checkers/promises.h"
#include "checkers/verdict.h"

namespace checkers {

class LiveChecker {
 public:
  explicit LiveChecker(std::string name) : name_(std::move(name)) {}
  virtual ~LiveChecker() = default;

  const std::string& name() const { return name_; }
  const std::optional<Witness>& violation() const { return violation_; }
  int64_t judged() const { return judged_; }  // reads

  // Called for every operation, in order. Operations and their events live until the operation has ended.
  virtual void begin(const Operation& operation) = 0;
  virtual void end(const Operation& operation) = 0;  // kInfo: it may still take effect, at any time
  virtual void disk_lost() {}
  // What it remembers: operations, values, sums. Its memory is proportional to that.
  virtual size_t remembered() const = 0;

 protected:
  template <typename MakeWitness>
  void violated(MakeWitness make_witness) {
    if (!violation_) violation_ = make_witness();
  }
  void count_judged() { ++judged_; }

 private:
  std::string name_;
  std::optional<Witness> violation_;
  int64_t judged_ = 0;
};

// All live checkers that have something to judge under the settings of a run; none may have.
class LiveJudge {
 public:
  explicit LiveJudge(const TestInfo& test);

  bool empty() const { return checkers_.empty(); }
  void add(const Event& event);
  void add(const NodeExit& exit);
  // The first violation of any; then it stays.
  const LiveChecker* guilty() const { return guilty_; }
  std::vector<std::string> names() const;
  int64_t judged() const;
  size_t remembered() const;

 private:
  struct Open {
    Event invocation;
    Operation operation;
  };
  void lost_disk();

  const Defaults defaults_;
  const Terms terms_;
  std::vector<std::unique_ptr<LiveChecker>> checkers_;
  std::map<int64_t, std::unique_ptr<Open>> open_;  // by process
  const LiveChecker* guilty_ = nullptr;
};

// One by one, for tests. Null if there is nothing to judge while the run goes on.
std::unique_ptr<LiveChecker> live_counter(const TestInfo& test);
std::unique_ptr<LiveChecker> live_cart(const TestInfo& test);           // carts and sets
std::unique_ptr<LiveChecker> live_register(const TestInfo& test);       // registers with one value: regular reads
std::unique_ptr<LiveChecker> live_siblings(const TestInfo& test);       // registers: honest values
std::unique_ptr<LiveChecker> live_context_reads(const TestInfo& test);  // registers with siblings: strict reads
std::unique_ptr<LiveChecker> live_sessions(const TestInfo& test);       // read your writes, monotonic reads
std::unique_ptr<LiveChecker> live_linearizable(const TestInfo& test);   // registers in MODE lin

}  // namespace checkers
