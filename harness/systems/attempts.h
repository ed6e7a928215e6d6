// The rules by which attempts at an operation become its outcome (PROMISES §1), in one place for all systems:
//
//   ok    some attempt was answered
//   fail  no attempt can have had an effect: never sent, or refused before any replica was handed the write
//   info  some attempt may have had an effect. Once that is so, no later refusal makes it undone.
//
// A script tells what became of each attempt and learns whether there is another one.
#pragma once

#include <optional>
#include <string>

#include "checkers/history.h"

namespace harness {

class Attempts {
 public:
  struct Rules {
    bool writes = false;      // else an unanswered attempt had no effect
    bool repeatable = false;  // may be sent again after an attempt that may have happened: the store counts it once
    int most = 1;             // attempts in all
  };

  explicit Attempts(Rules rules) : rules_(rules) {}

  // Each returns how the operation ended, or std::nullopt: try again. `why` goes into error().
  // No byte of this attempt left; so another one can do no harm, whatever the operation.
  std::optional<checkers::EventType> not_sent(const std::string& why);
  // Sent, and it is unknown what became of it.
  std::optional<checkers::EventType> unanswered(const std::string& why);
  // Surely without effect. `another_may_accept`: the refusal is about the node or the moment, not about the request.
  std::optional<checkers::EventType> refused(const std::string& why, bool another_may_accept);
  // There will be no more attempts. `under_way`: one was made of which nothing is known yet.
  checkers::EventType given_up(const std::string& why, bool under_way);

  const std::string& error() const { return error_; }

 private:
  void note(const std::string& why);
  bool another();
  checkers::EventType ended() const;

  Rules rules_;
  int made_ = 1;
  bool may_have_happened_ = false;
  std::string error_;
};

}  // namespace harness
