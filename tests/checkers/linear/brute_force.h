// Linearizability by its definition: is there an order of the operations? For histories of a dozen operations. Shares
// nothing with the checker but the type of a history.
#pragma once

#include "checkers/linear/linearizability.h"

namespace checkers::linear {

bool has_an_order(const History& history);

}  // namespace checkers::linear
