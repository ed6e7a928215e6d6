#include "node/runtime/loop.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

namespace node {

LoopPtr make_loop() {
  event_config* config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  LoopPtr loop(event_base_new_with_config(config));
  event_config_free(config);
  return loop;
}

Wakeup::Wakeup(event_base* base) : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  // Waking is all it does: whoever runs the loop looks at every source of input after each turn.
  const auto drain = [](evutil_socket_t fd, short, void*) {
    uint64_t rings = 0;
    while (read(fd, &rings, sizeof rings) < 0 && errno == EINTR) {
    }
  };
  event_.reset(event_new(base, fd_.get(), EV_READ | EV_PERSIST, drain, nullptr));
  event_add(event_.get(), nullptr);
}

void Wakeup::ring() const {
  const int saved = errno;
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the loop wakes anyway.
  [[maybe_unused]] const ssize_t written = write(fd_.get(), &one, sizeof one);
  errno = saved;
}

}  // namespace node
