// Messages of other nodes: whatever decodes has that one meaning, and says it again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "node/wire/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Four words, cut where the first bytes say.
  node::Words words;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  size_t at = 0;
  for (int i = 0; i < 3 && at < size; ++i) {
    const size_t length = static_cast<uint8_t>(bytes[at]);
    words.push_back(bytes.substr(at + 1, length));
    at = std::min(size, at + 1 + length);
  }
  words.push_back(bytes.substr(at));
  node::Message message;
  if (!node::decode(words, message)) return 0;
  const node::Words again = node::encode(message);
  node::Message same;
  if (!node::decode(again, same) || node::encode(same) != again) abort();
  return 0;
}
