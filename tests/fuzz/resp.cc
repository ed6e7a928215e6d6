// Requests of clients: how the bytes are cut into pieces never shows in what is read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "node/wire/resp.h"

namespace {

using node::resp::RespReader;

struct Read {
  std::vector<std::vector<std::string>> requests;
  std::vector<std::string> errors;
  bool broken = false;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view bytes, size_t piece) {
  // Small limits, so that they are met.
  RespReader reader({.max_words = 8, .max_word_bytes = 64, .max_request_bytes = 128, .max_inline_bytes = 64});
  Read read;
  while (!bytes.empty() && !read.broken) {
    const std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    reader.feed(part);
    for (bool more = true; more;) {
      std::vector<std::string> words;
      std::string error;
      switch (reader.next(words, error)) {
        case RespReader::Result::kRequest:
          read.requests.push_back(words);
          break;
        case RespReader::Result::kTooBig:
          read.errors.push_back(error);
          break;
        case RespReader::Result::kBroken:
          read.errors.push_back(error);
          read.broken = true;
          more = false;
          break;
        case RespReader::Result::kMore:
          more = false;
      }
    }
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece = 1 + data[0] % 16;
  if (!(read(bytes, bytes.size() + 1) == read(bytes, piece))) abort();
  return 0;
}
