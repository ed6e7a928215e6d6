#include "node/replica/stored_key.h"

#include <utility>

#include "node/base/hash.h"

namespace node {

std::string storage_key(Slot slot, const std::string& key) {
  std::string bytes;
  bytes.reserve(key.size() + 2);
  bytes.push_back(static_cast<char>(slot >> 8));
  bytes.push_back(static_cast<char>(slot & 0xff));
  bytes += key;
  return bytes;
}

Slot slot_of_storage_key(std::string_view storage_key) {
  return static_cast<Slot>(static_cast<unsigned char>(storage_key[0]) << 8 |
                           static_cast<unsigned char>(storage_key[1]));
}

std::string key_of_storage_key(std::string_view storage_key) { return std::string(storage_key.substr(2)); }

StoredKey::StoredKey(std::string storage_key) : bytes(std::move(storage_key)), hash(hash64(bytes)) {}

}  // namespace node
