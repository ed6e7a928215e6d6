#include <mutex>
#include <thread>

namespace planted {
int guarded(std::mutex& mutex, int& value) {
  const std::lock_guard lock(mutex);
  return ++value;
}
void in_background(int& value) {
  std::thread([&value] { ++value; }).join();
}
}  // namespace planted
