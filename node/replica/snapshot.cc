#include "node/replica/snapshot.h"

#include "node/wire/resp.h"

namespace node {

bool snapshot_page(const Replica& replica, Slot first, Slot last, const std::string& cursor, size_t most_bytes,
                   SnapshotPage& page) {
  const size_t most_in_a_request = resp::RespReader::Limits{}.max_word_bytes;
  std::string from = from_hex(cursor);
  if (cursor == "0") from = storage_key(first, "");
  if (from.size() < 2) return false;
  page.next = "0";
  replica.records.tree().each_from(from, [&](const Tree::Item& item) {
    if (slot_of_storage_key(item.key) > last) return false;
    if (page.requests.size() >= most_bytes) {
      page.next = to_hex(item.key);
      return false;
    }
    std::string key = key_of_storage_key(item.key);
    if (item.bytes.size() > most_in_a_request) {
      page.left_out.push_back(std::move(key));
    } else {
      resp::words(page.requests, {"RESTORE", std::move(key), std::string(item.bytes)});
    }
    return true;
  });
  return true;
}

}  // namespace node
