// What RapidCheck draws for a Scenario (see Choices): long enough for histories in which things overlap.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <vector>

namespace checkers {

inline rc::Gen<std::vector<uint32_t>> draws() {
  return rc::gen::withSize(
      [](int size) { return rc::gen::resize(size * 4, rc::gen::arbitrary<std::vector<uint32_t>>()); });
}

}  // namespace checkers
