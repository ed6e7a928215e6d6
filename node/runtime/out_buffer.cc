#include "node/runtime/out_buffer.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace node {

namespace {
constexpr size_t kChunkBytes = 16u << 10;
constexpr size_t kFirstBytes = 4u << 10;  // of a chunk; more as it fills
constexpr size_t kChunksAtOnce = 64;
}  // namespace

void OutBuffer::append(std::string&& piece) {
  if (piece.size() <= kChunkBytes / 2) return copy({piece});
  bytes_ += piece.size();
  chunks_.push_back({std::move(piece), 1});
}

void OutBuffer::copy(std::initializer_list<std::string_view> parts) {
  size_t bytes = 0;
  for (const std::string_view part : parts) bytes += part.size();
  if (bytes == 0) return;
  bytes_ += bytes;
  if (chunks_.empty() || chunks_.back().bytes.size() + bytes > kChunkBytes) {
    chunks_.push_back({"", 0});
    chunks_.back().bytes.reserve(std::max(bytes, kFirstBytes));
  }
  Chunk& chunk = chunks_.back();
  for (const std::string_view part : parts) chunk.bytes += part;
  ++chunk.pieces;
}

void OutBuffer::prepend(std::string bytes) {
  bytes_ += bytes.size();
  chunks_.push_front({std::move(bytes), 0});
}

OutBuffer::Flush OutBuffer::flush(int fd) {
  while (!empty()) {
    iovec parts[kChunksAtOnce];
    const size_t count = std::min(chunks_.size(), kChunksAtOnce);
    size_t offered = 0;
    for (size_t i = 0; i < count; ++i) {
      const size_t skip = i == 0 ? sent_ : 0;
      parts[i] = {chunks_[i].bytes.data() + skip, chunks_[i].bytes.size() - skip};
      offered += parts[i].iov_len;
    }
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    const ssize_t result = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (result < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Flush::kBlocked : Flush::kFailed;
    }
    const size_t written = static_cast<size_t>(result);
    bytes_ -= written;
    sent_ += written;
    while (!chunks_.empty() && sent_ >= chunks_.front().bytes.size()) {
      sent_ -= chunks_.front().bytes.size();
      chunks_.pop_front();
    }
    if (written < offered) return Flush::kBlocked;
  }
  return Flush::kDone;
}

size_t OutBuffer::drop_oldest(size_t max_bytes) {
  size_t dropped = 0;
  const size_t first = sent_ > 0 ? 1 : 0;
  while (bytes_ > max_bytes && chunks_.size() > first + 1) {
    const auto oldest = chunks_.begin() + static_cast<std::ptrdiff_t>(first);
    bytes_ -= oldest->bytes.size();
    dropped += oldest->pieces;
    chunks_.erase(oldest);
  }
  return dropped;
}

size_t OutBuffer::clear() {
  size_t dropped = 0;
  for (const Chunk& chunk : chunks_) dropped += chunk.pieces;
  chunks_.clear();
  sent_ = bytes_ = 0;
  return dropped;
}

}  // namespace node
