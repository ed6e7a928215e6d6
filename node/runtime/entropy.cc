#include "node/runtime/entropy.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace node {

uint64_t random_bits() {
  uint64_t bits = 0;
  while (getrandom(&bits, sizeof bits, 0) != sizeof bits) {
    if (errno != EINTR) std::abort();
  }
  return bits;
}

}  // namespace node
