#pragma once

#include <string>

#include "tests/checkers/scenario.h"

namespace checkers {

// Three clients of a register that holds siblings, key "k": writes carry the context of what their clients had read.
// Reads are now and then of long ago, or show too little or too much; so are up to three final ones.
Scenario random_siblings(Choices& choices, const std::string& mode, int final_reads = 0);

}  // namespace checkers
