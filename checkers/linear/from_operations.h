// From the operations of a history file to those that linearizability is judged of: names and values become numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkers/linear/linearizability.h"
#include "checkers/trial.h"

namespace checkers::linear {

struct Translation {
  History history;
  std::vector<const checkers::Operation*> sources;  // of history.operations, by position
  std::vector<std::string> keys;                    // by number
  int64_t observations = 0;                         // operations whose answer could have contradicted others
  // Answered reads that returned several values at once, which no register holds. They are not in `history`.
  std::vector<const checkers::Operation*> siblings;
  std::string refused;  // not empty: why these operations cannot be judged
};

// By the model that the trial's subject names (subject.h), until `end`: what was under way then has an unknown outcome,
// what began later is left out.
Translation translate(const Trial& trial, std::optional<Nanos> end);

}  // namespace checkers::linear
