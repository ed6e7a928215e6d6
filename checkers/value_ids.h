// Values as dense numbers, in order of first sight: elements of sets and queues, what registers hold. Equal values, and
// no others, share one (operator== in value.h).
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "checkers/numbering.h"
#include "checkers/value.h"

namespace checkers {

class ValueIds {
 public:
  // Texts are not copied: the values must live on.
  uint32_t id(const Value& value);
  uint32_t find(const Value& value) const;  // kNoNumber: never seen
  uint32_t size() const { return size_; }

 private:
  IntegerTable integers_;
  TextTable texts_;
  std::unordered_map<std::string, uint32_t> others_;  // by their canonical text
  uint32_t null_ = kNoNumber;
  uint32_t size_ = 0;
};

}  // namespace checkers
