#include "harness/cli/allocator.h"

#include <malloc.h>

#include <cstddef>

// Of jemalloc, which the program is linked with where it is installed, but not under sanitizers.
extern "C" {
// What it reads before main: all memory on large pages, where the system lends them to those who ask (Linux:
// transparent huge pages, "madvise"). A history of a million operations is hundreds of megabytes, filled once, and a
// simulated run is millions of small pieces: with pages of 4 KiB a third of the time goes by in the kernel, page by
// page.
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always";

[[gnu::weak]] int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value, size_t new_size);
}

namespace harness {

void give_back_free_memory() {
  if (mallctl != nullptr) {
    mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // 4096: all arenas
  } else {
    malloc_trim(0);
  }
}

}  // namespace harness
