#include <cstdlib>
#include <random>

namespace planted {
unsigned device() { return std::random_device{}(); }
int old_style() { return std::rand(); }
}  // namespace planted
