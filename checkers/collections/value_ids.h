// Values as dense numbers, in order of first sight: elements of sets and queues may be integers, texts or anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "checkers/value.h"

namespace checkers {

class ValueIds {
 public:
  // Texts are not copied: the values must live on.
  size_t id(const Value& value);
  std::optional<size_t> find(const Value& value) const;
  size_t size() const { return size_; }

 private:
  std::unordered_map<int64_t, size_t> integers_;
  std::unordered_map<std::string_view, size_t> texts_;
  std::unordered_map<std::string, size_t> others_;  // by their JSON
  size_t size_ = 0;
};

}  // namespace checkers
