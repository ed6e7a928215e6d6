// Arrays of many megabytes on large pages, where the system lends them to those who ask (Linux: transparent huge pages,
// "madvise"). A history of a million operations is hundreds of megabytes, filled once: with pages of 4 KiB half of the
// time that it takes to read and judge it goes by in the kernel, page by page.
//
// This replaces the program's operator new. Under sanitizers it stays theirs.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif
#else
#define SANITIZED
#endif

#ifndef SANITIZED

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace {

constexpr size_t kLargePage = size_t{2} << 20;
constexpr size_t kLarge = 2 * kLargePage;

void* allocate(size_t size) {
  if (size < kLarge) return std::malloc(size > 0 ? size : 1);
  void* memory = nullptr;
  if (posix_memalign(&memory, kLargePage, size) != 0) return nullptr;
  madvise(memory, size, MADV_HUGEPAGE);  // a wish: without it all goes on as ever
  return memory;
}

}  // namespace

void* operator new(size_t size) {
  for (;;) {
    if (void* memory = allocate(size)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

#endif
