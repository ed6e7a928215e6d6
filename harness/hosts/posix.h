// Small things around system calls that every file of hosts/ needs.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "nemesis/fault_target.h"

namespace harness {

using Status = nemesis::FaultTarget::Status;

// Owns a file descriptor; -1 is none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close() { *this = Fd(); }

 private:
  int fd_ = -1;
};

// "what: No such file or directory", from errno.
std::string errno_text(std::string_view what);
tl::unexpected<std::string> errno_error(std::string_view what);

// Writes a file of /proc in one write(2).
Status write_proc(const std::string& path, std::string_view text);

// Undoes in a child what a parent set up for itself: no signal blocked, none ignored (which exec alone would keep).
void reset_signals();

}  // namespace harness
