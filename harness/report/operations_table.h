// The figures of a run as a table: operations by kind with outcomes and latencies, and what was answered on which side
// of a partition.
#pragma once

#include "checkers/verdict.h"
#include "harness/report/terminal.h"

namespace harness {

// Out of the details of the checkers stats and availability; nothing is printed where they did not run.
void print_operations_table(Terminal& terminal, const checkers::Judgement& judgement);

}  // namespace harness
