#include "checkers/collections/value_ids.h"

namespace checkers {

size_t ValueIds::id(const Value& value) {
  const auto put = [this](auto& map, auto key) {
    const auto [found, fresh] = map.emplace(std::move(key), size_);
    size_ += fresh;
    return found->second;
  };
  if (value.is_int()) return put(integers_, value.integer());
  if (value.is_string()) return put(texts_, std::string_view(value.string()));
  return put(others_, to_json(value));
}

std::optional<size_t> ValueIds::find(const Value& value) const {
  const auto in = [](const auto& map, const auto& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  };
  if (value.is_int()) return in(integers_, value.integer());
  if (value.is_string()) return in(texts_, std::string_view(value.string()));
  return in(others_, to_json(value));
}

}  // namespace checkers
