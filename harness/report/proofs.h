// The violations of a judgement at full length: beside each explanation the very lines of the history that it speaks
// of, so that it can be checked without looking anything up.
#pragma once

#include "checkers/verdict.h"
#include "harness/report/terminal.h"

namespace harness {

// Every witness of every result, also of those that were reported or undecided; nothing where there is none.
void print_proofs(Terminal& terminal, const checkers::Judgement& judgement, const checkers::History& history);

}  // namespace harness
