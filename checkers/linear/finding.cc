#include "checkers/linear/finding.h"

#include <fmt/format.h>

#include <algorithm>

namespace checkers::linear {

Letters::Letters(const std::vector<Operation>& operations, std::vector<uint32_t> cast)
    : operations_(operations), cast_(std::move(cast)) {
  const auto earlier = [&](uint32_t a, uint32_t b) {
    return std::pair(operations_[a].called, a) < std::pair(operations_[b].called, b);
  };
  std::sort(cast_.begin(), cast_.end(), earlier);
  cast_.erase(std::unique(cast_.begin(), cast_.end()), cast_.end());
}

std::string Letters::of(uint32_t position) const {
  const auto found = std::find(cast_.begin(), cast_.end(), position);
  return std::string(1, static_cast<char>('A' + (found - cast_.begin())));
}

std::string Letters::before(uint32_t first, uint32_t second) const {
  return fmt::format("{} was over at {}, before {} began at {}", of(first), operations_[first].returned, of(second),
                     operations_[second].called);
}

std::string Letters::list(const std::vector<uint32_t>& positions) const {
  std::vector<std::string> names;
  for (const uint32_t position : positions) names.push_back(of(position));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string out = names.front();
  for (size_t i = 1; i < names.size(); ++i) out += (i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

Finding unwritten(const std::vector<Operation>& operations, std::span<const uint32_t> positions, uint32_t reader) {
  const bool replaced = operations[reader].kind == Kind::kCas;
  const std::string did = replaced ? "replaced" : "returned";
  const Value value = replaced ? operations[reader].expected : operations[reader].value;
  for (const uint32_t position : positions) {
    const Operation& operation = operations[position];
    if (operation.kind == Kind::kRead || operation.value != value || !operation.failed) continue;
    const Letters letters(operations, {reader, position});
    return {"failed write seen", letters.cast(),
            fmt::format("{} {} the value of {}, which failed, and nobody else wrote it.", letters.of(reader), did,
                        letters.of(position))};
  }
  return {"value from nowhere", {reader}, fmt::format("A {} a value that nobody wrote.", did)};
}

}  // namespace checkers::linear
