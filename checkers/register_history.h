// One register as its clients saw it: writes by value, and which write was built on which. Shared by the siblings
// checker and by quorum-reads. Values are unique in a run.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checkers/operations.h"

namespace checkers {

struct Write {
  const Operation* operation = nullptr;
  std::string_view value;
  // A write without a context (a plain SET) supersedes whatever its replica held.
  bool plain = true;
  std::vector<size_t> parents;   // positions of the writes that its context covered; its read of them may have been
                                 // late, so they can have begun after it
  std::vector<size_t> children;  // writes that may have taken effect and were built on it
};

struct RegisterRead {
  const Operation* operation = nullptr;
  std::vector<size_t> siblings;           // positions of the writes whose values it returned
  std::vector<std::string_view> unknown;  // values that no write attempted
};

class RegisterHistory {
 public:
  // A read of `initial`, where nobody wrote that, is a read of nothing.
  explicit RegisterHistory(const KeyOperations& key, const std::optional<Value>& initial = {});
  RegisterHistory(const RegisterHistory&) = delete;  // writes point into it
  RegisterHistory& operator=(const RegisterHistory&) = delete;

  const std::vector<Write>& writes() const { return writes_; }       // in order of invocation, failed ones too
  const std::vector<RegisterRead>& reads() const { return reads_; }  // answered ones, in order of invocation
  bool any_context() const { return any_context_; }

  // All writes, each after its parents, in order of the event index from which on it can have happened: its own
  // invocation or that of its youngest ancestor.
  struct Step {
    size_t position = 0;
    int64_t known_at = 0;
  };
  std::vector<Step> parents_first() const;
  // Until when plain writes may have superseded what they found: the largest return of one; -1 without any.
  int64_t plain_until() const { return plain_until_; }

 private:
  std::string_view text_of(const Value& value);

  std::vector<Write> writes_;
  std::vector<RegisterRead> reads_;
  std::deque<std::string> texts_;  // of values that are none
  std::unordered_map<std::string_view, size_t> by_value_;
  bool any_context_ = false;
  int64_t plain_until_ = -1;
};

}  // namespace checkers
