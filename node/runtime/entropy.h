// The node's only source of randomness: the kernel's.
#pragma once

#include <cstdint>

namespace node {

// 64 bits that nobody can repeat. Ends the process if the kernel has none to give.
uint64_t random_bits();

}  // namespace node
