// Who takes part when a run ends: the nodes that it began with and those that joined, without those that have left or
// were removed (docs/history.md, Faults).
#pragma once

#include <string>
#include <vector>

#include "checkers/history.h"

namespace checkers {

std::vector<std::string> members_at_end(const History& history);
// Also those that were told to join, whatever became of it, and those that have left.
std::vector<std::string> members_ever(const History& history);

}  // namespace checkers
