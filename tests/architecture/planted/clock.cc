#include <chrono>
#include <ctime>

namespace planted {
long steady() { return std::chrono::steady_clock::now().time_since_epoch().count(); }
long wall() { return std::time(nullptr); }
}  // namespace planted
