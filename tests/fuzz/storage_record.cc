// Records as they come back from a disk: refused, or exactly these bytes again. Merging what was read with itself
// changes nothing.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "node/causality/encoded_record.h"
#include "node/causality/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  node::Record record;
  node::EncodedRecord encoded;
  const bool as_it_lies = encoded.read(bytes);
  if (!node::Record::decode(bytes, record)) {
    if (as_it_lies) abort();
    return 0;
  }
  if (record.encode() != bytes) abort();
  node::Record same = record;
  if (same.merge(record) || !(same == record)) abort();
  std::string joined;
  if (as_it_lies && encoded.join(encoded, joined) != node::EncodedRecord::Joined::kSame) abort();
  return 0;
}
