// Another checker of linearizability that the user has, run on the same histories in the same measurement: Porcupine,
// say, behind a few lines of Go.
//
// It is called as PROGRAM MODEL FILE, where MODEL is `register` or `cas-register`, and FILE has one history as JSON
// lines (docs/history.md): reads, writes and cas, the key in each line. Each key holds 0 first; operations whose
// completion is missing are of unknown outcome. On its standard output it says one line, `VERDICT SECONDS`: valid,
// invalid or unknown, and how long the check took without reading the file. It is killed after a minute.
#pragma once

#include <string>

#include "checkers/linear/linearizability.h"
#include "harness/cli/scratch.h"

namespace harness {

class BesideProgram {
 public:
  explicit BesideProgram(std::string program) : program_(std::move(program)) {}

  // What to print: "12.2 s", or why there is no time.
  std::string judge(const checkers::linear::History& history, bool expected) const;

 private:
  std::string program_;
  Scratch scratch_;
};

}  // namespace harness
