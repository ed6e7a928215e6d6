// One operation of a Jepsen history, read straight into an Event. Used by the reader of EDN histories.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/formats/edn.h"
#include "checkers/history.h"

namespace checkers {

// The fields that an Event has members for.
struct EdnField {
  enum Name : unsigned { kOther = 0, kIndex = 1, kTime = 2, kType = 4, kProcess = 8, kF = 16, kValue = 32, kKey = 64 };
  static constexpr unsigned kNeeded = kType | kProcess | kF;

  static Name of(std::string_view name);
};

// An event that nothing was read into yet.
void begin(Event& event);
// Any field but the key; or why that is no value of it.
tl::expected<void, std::string> set_field(Event& event, EdnField::Name field, std::string_view name, Value&& value);

// The way of nearly all operations: a map whose keys are different keywords.
class PlainOperation {
 public:
  // False where it is anything else; then the reader stands anywhere.
  bool read(EdnReader& reader, Event& event);

  unsigned has = 0;  // the fields that were read
  Value key;         // if it has one

 private:
  std::vector<std::string_view> others_;  // the names of its other fields
};

}  // namespace checkers
