// Which seeds a soak tries: DYNAMOCS_SEED=s only that one, DYNAMOCS_SEEDS=n so many.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace node::sim {

inline uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace node::sim
