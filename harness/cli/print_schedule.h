// A small schedule on the terminal, the first lines of a long one.
#pragma once

#include <sstream>
#include <string>

#include "harness/report/terminal.h"
#include "harness/report/text.h"
#include "nemesis/schedule.h"

namespace harness {

inline void print_schedule(Terminal& terminal, const nemesis::Schedule& schedule) {
  constexpr size_t kMostLines = 20;
  std::istringstream lines(nemesis::to_text(schedule));
  size_t printed = 0;
  for (std::string line; std::getline(lines, line); ++printed) {
    if (printed == kMostLines) return terminal.print_line("      …");
    terminal.print_line("      " + terminal.paint(Colour::kDim, wrap(line, 8)));
  }
}

}  // namespace harness
