// A key as it is filed: behind its slot, so that a slot is a range ("\x2a\x01cart:17"), and with the hash that trees
// and tables find it by. Made once a request, for what it holds is asked for at every step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "node/ring/ring.h"

namespace node {

std::string storage_key(Slot slot, const std::string& key);
Slot slot_of_storage_key(std::string_view storage_key);
std::string key_of_storage_key(std::string_view storage_key);

struct StoredKey {
  StoredKey() = default;
  StoredKey(std::string storage_key);  // not explicit: it is the same key
  static StoredKey of(const std::string& key) { return StoredKey(storage_key(slot_of(key), key)); }

  Slot slot() const { return slot_of_storage_key(bytes) & (kSlots - 1); }  // whatever its first two bytes mean

  std::string bytes;
  uint64_t hash = 0;
};

}  // namespace node
