// Bytes on their way to a socket. Small pieces are gathered, large ones moved in as they are, and everything leaves in
// one system call.
#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>

namespace node {

class OutBuffer {
 public:
  enum class Flush {
    kDone,     // nothing is left
    kBlocked,  // the socket is full; flush again when it is writable
    kFailed,   // errno says why; the connection is lost
  };

  // A small piece is copied and `piece` keeps its memory for the next one; a large piece is moved from.
  void append(std::string&& piece);
  void copy(std::initializer_list<std::string_view> parts);  // of one piece
  // Before everything else. Only while no byte has left, and not counted as a piece.
  void prepend(std::string bytes);
  Flush flush(int fd);

  // Throws whole pieces away, oldest first, until at most `max_bytes` are left; one whose first bytes have left stays,
  // and so does the newest. Returns how many pieces went.
  size_t drop_oldest(size_t max_bytes);
  // Returns how many pieces went.
  size_t clear();

  size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }

 private:
  struct Chunk {
    std::string bytes;
    size_t pieces;
  };
  std::deque<Chunk> chunks_;
  size_t sent_ = 0;   // of the first chunk
  size_t bytes_ = 0;  // not yet sent
};

}  // namespace node
