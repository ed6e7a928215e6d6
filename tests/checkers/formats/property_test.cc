// Readers take whatever a disk or a network did to a file: they answer with a history or with an error, and never fall
// over.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

#include "checkers/formats/edn.h"
#include "checkers/history_file.h"
#include "tests/checkers/draws.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

Value random_value(Choices& choices, int depth) {
  static const std::string kTexts[] = {
      "", "a", "milk", "with \"quotes\"", "back\\slash", "line\nbreak", "Käse", "🧀", ":colon", "[brackets]", "1"};
  switch (choices.below(depth > 3 ? 5 : 7)) {
    case 0:
      return Value();
    case 1:
      return Value(choices.below(2) == 1);
    case 2:
      return Value(static_cast<int64_t>(choices.below(1'000'000)) - 500'000);
    case 3:
      return Value(static_cast<double>(choices.below(1'000)) / 8);
    case 4:
      return Value(kTexts[choices.below(11)]);
    case 5: {
      List list;
      for (uint32_t n = choices.below(4); n > 0; --n) list.push_back(random_value(choices, depth + 1));
      return Value(std::move(list));
    }
    default: {
      Value map{Map{}};
      for (uint32_t n = choices.below(4); n > 0; --n)
        map.set(kTexts[choices.below(11)], random_value(choices, depth + 1));
      return map;
    }
  }
}

RC_GTEST_PROP(HistoryFile, EventsComeBackFromJsonAndFromEdn, ()) {
  Choices choices(*draws());
  Scenario s("any");
  s.invoke(1, "write", "k", random_value(choices, 0), Value(Map{{"extra", random_value(choices, 0)}})).ok(1);
  std::string json, edn;
  for (const Event& event : s.history.events) {
    json += to_line(event);
    edn += to_edn(event);
  }
  for (const std::string& text : {json, edn}) {
    std::istringstream in(text);
    const auto back = read_history(in);
    RC_ASSERT(back.has_value());
    std::string again;
    for (const Event& event : back->events) again += to_line(event);
    RC_ASSERT(again == json);
  }
}

std::string example() {
  std::ifstream file(std::string(HISTORIES_DIR) + "/good/cart-add-wins.jsonl");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Damages a file here and there, and judges whatever still can be read.
void survive(std::string text, const std::vector<std::pair<uint16_t, uint8_t>>& damage) {
  for (const auto& [position, byte] : damage) text[position % text.size()] = static_cast<char>(byte);
  std::istringstream in(text);
  const auto history = read_history(in);
  if (!history) {
    RC_ASSERT(history.error().line >= 1);
    RC_ASSERT(history.error().column >= 1);
    RC_ASSERT(!history.error().reason.empty());
    return;
  }
  RC_ASSERT(!to_json(to_value(judge(*history))).empty());
}

RC_GTEST_PROP(HistoryFile, DamagedJsonIsAnErrorOrAHistory, ()) {
  const std::string text = example();
  RC_ASSERT(!text.empty());
  survive(text, *rc::gen::arbitrary<std::vector<std::pair<uint16_t, uint8_t>>>());
}

RC_GTEST_PROP(HistoryFile, DamagedEdnIsAnErrorOrAHistory, ()) {
  std::istringstream in(example());
  const auto history = read_history(in);
  RC_ASSERT(history.has_value());
  std::string text;
  for (const Event& event : history->events) text += to_edn(event);
  survive(text, *rc::gen::arbitrary<std::vector<std::pair<uint16_t, uint8_t>>>());
}

RC_GTEST_PROP(HistoryFile, GarbageIsAnErrorOrAHistory, (const std::string& garbage)) { survive(garbage + "\n", {}); }

}  // namespace
}  // namespace checkers
