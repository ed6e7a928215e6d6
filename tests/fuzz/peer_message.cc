// Messages of other nodes: whatever decodes has that one meaning, and says it again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/wire/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  node::kind_of(packet);
  node::cause_of(packet);
  node::Message message;
  if (!node::decode(packet, message)) return 0;
  const node::Packet again = node::encode(message);
  node::Message same;
  if (!node::decode(again, same) || node::encode(same) != again) abort();
  return 0;
}
