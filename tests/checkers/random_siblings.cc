#include "tests/checkers/random_siblings.h"

#include <algorithm>

namespace checkers {

Scenario random_siblings(Choices& choices, const std::string& mode, int final_reads) {
  Choices ends({choices.below(1 << 16), choices.below(1 << 16), choices.below(1 << 16)});
  std::vector<std::vector<std::string>> states = {{}};  // what was there, one after another
  std::map<int64_t, std::vector<std::string>> contexts;
  int64_t written = 0;
  const auto shown = [](const std::vector<std::string>& values) { return Value(List(values.begin(), values.end())); };
  // Mostly what is there; else what was there before, one value less, or one more.
  const auto answer = [&](uint32_t draw) {
    const auto below = [&draw](uint32_t n) {
      const uint32_t drawn = draw % n;
      draw /= n;
      return drawn;
    };
    const size_t back = below(4) == 0 ? below(4) : 0;
    std::vector<std::string> values = states[states.size() - 1 - std::min(back, states.size() - 1)];
    if (below(12) == 0 && !values.empty()) values.pop_back();
    if (below(24) == 0) values.push_back("v" + std::to_string(below(6)));
    return shown(values);
  };
  Scenario s("register", mode);
  std::vector<int64_t> processes = {0, 1, 2};
  int64_t fresh = 10;
  while (choices.more()) {
    int64_t& process = processes[choices.below(3)];
    if (!s.is_open(process)) {
      if (choices.below(2) == 0) {
        s.invoke(process, "read", "k");
      } else {
        contexts[process] = states.back();
        s.invoke(process, "write", "k", "v" + std::to_string(written++));
      }
      continue;
    }
    const Event open = s.open(process);
    if (open.f == "read") {
      s.ok(process, answer(choices.below(1 << 16)));
      continue;
    }
    const std::vector<std::string>& context = contexts[process];
    std::vector<std::string> state = states.back();
    std::erase_if(state, [&](const std::string& value) {
      return std::find(context.begin(), context.end(), value) != context.end();
    });
    state.push_back(open.value.string());
    const uint32_t end = choices.below(12);
    if (end != 0 || choices.below(2) == 0) states.push_back(state);
    Value fields;
    if (choices.below(16) != 0) fields.set("parents", shown(context));  // else it had none
    if (end == 1) {
      s.info(process, fields);
      process = fresh++;
    } else if (end == 0) {
      s.fail(process);
    } else {
      s.ok(process, {}, fields);
    }
  }
  for (int i = 0; i < final_reads; ++i) {
    s.final_read(100 + i, "k", "n" + std::to_string(1 + i % 3), answer(ends.below(1 << 16)));
  }
  return s;
}

}  // namespace checkers
