// What a run says to people: what is about to happen, and what came of it.
#pragma once

#include <string>
#include <vector>

#include "checkers/verdict.h"
#include "harness/report/terminal.h"

namespace harness {

// A small table of facts: "cluster   5 nodes, …". Empty values are left out.
struct Fact {
  std::string name;
  std::string value;
};
void print_facts(Terminal& terminal, const std::vector<Fact>& facts);

// What the run promises, what it expects to see, and what it does not judge.
void print_promises(Terminal& terminal, const std::vector<checkers::Promise>& promises);

// A verdict per checker with its evidence, the witnesses of violations, the table of operations, and the verdict of the
// whole. `notes` are said beside it ("interrupted by SIGINT").
void print_judgement(Terminal& terminal, const checkers::Judgement& judgement, const std::vector<std::string>& notes);

}  // namespace harness
