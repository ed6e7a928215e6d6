// The front end that all checkers share: events become operations, invocations paired with completions, key by key.
//
// Time, where correctness is concerned, is the event index: total, and free of clocks. `a.returned < b.invoked` means
// that a was over before b began. Nanoseconds serve figures for people only.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history.h"
#include "checkers/judging.h"

namespace checkers {

// Index of something that never happened, or may happen at any later time.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

enum class Outcome : uint8_t { kOk, kFail, kInfo };

// One client operation. Points into the History, which must outlive it.
struct Operation {
  const Event* invocation = nullptr;
  const Event* completion = nullptr;  // null if the history ends before it

  int64_t invoked = 0;        // index
  int64_t returned = kNever;  // index of an ok or fail completion; kNever if it may still take effect
  uint32_t key_number = 0;    // position of its key in by_key() …
  uint32_t client = 0;        // … and number of its process, both in order of first use
  uint32_t name_number = 0;   // position of its f in names()
  int r = 0;                  // the quorums that it asked for, else those of the cluster
  int w = 0;
  bool strict = false;
  Outcome outcome = Outcome::kInfo;

  bool ok() const { return outcome == Outcome::kOk; }
  bool failed() const { return outcome == Outcome::kFail; }  // surely had no effect

  const std::string& f() const { return invocation->f; }
  const std::string& key() const { return invocation->key; }
  const Value& argument() const { return invocation->value; }
  const Value& result() const;  // of an ok operation; else null
  List values_read() const;     // of a register: all siblings, the one value, or none
  // A field of the completion, else of the invocation; null if neither has it.
  const Value& field(std::string_view name) const;
  std::string session() const { return field("session").string(); }
  int64_t seq() const { return field("seq").integer(); }
  bool final() const { return field("final").boolean(); }
  std::string node() const { return field("node").string(); }
  std::vector<std::string> acks() const;
  // How often it may have reached the store: attempts that did not surely fail, at least one.
  int64_t attempts() const;
  Nanos start() const { return invocation->time; }
  Nanos end() const { return completion != nullptr ? completion->time : invocation->time; }
};

// The settings by which a history is judged: those of its test record; where it has none, what the caller says.
TestInfo settings_of(const History& history, const Judging& judging);

// What an operation asks for that does not say otherwise.
struct Defaults {
  explicit Defaults(const TestInfo& test);
  int r = 0;
  int w = 0;
  bool strict = false;
};

// Works out the rest from the invocation and, if there is one yet, the completion.
void settle(Operation& operation, const Defaults& defaults);

// All operations of one key, in order of invocation.
struct KeyOperations {
  std::string_view key;
  std::span<const Operation* const> operations;
};

class Operations {
 public:
  // Where `judging` ends it early, they are those of the first events alone.
  explicit Operations(const History& history, const Judging& judging = {});
  Operations(const Operations&) = delete;  // by_key() points into all()
  Operations& operator=(const Operations&) = delete;

  const std::vector<Operation>& all() const { return all_; }             // in order of invocation
  const std::vector<KeyOperations>& by_key() const { return by_key_; }   // in order of first use
  uint32_t clients() const { return clients_; }                          // processes
  const std::vector<std::string_view>& names() const { return names_; }  // what clients did: read, write …
  const std::vector<const Event*>& faults() const { return faults_; }    // of the nemesis

 private:
  uint32_t number_of(std::string_view name);
  void group_by_key(const std::vector<std::string_view>& keys);

  std::vector<Operation> all_;
  std::vector<const Operation*> grouped_;  // key by key
  std::vector<KeyOperations> by_key_;
  std::vector<std::string_view> names_;
  std::vector<const Event*> faults_;
  uint32_t clients_ = 0;
};

// A strict read meets a strict write where their quorums must overlap; only such pairs are judged.
inline bool quorums_overlap(const Operation& read, const Operation& write, int replicas) {
  return read.strict && write.strict && read.r + write.w > replicas;
}

}  // namespace checkers
