// What this node holds of some slots, as requests that bring it back: a file of them is restored by
// `redis-cli --pipe < FILE`, into this cluster or another one, of any size.
#pragma once

#include <string>
#include <vector>

#include "node/replica/replica.h"

namespace node {

struct SnapshotPage {
  std::string next;                   // cursor of the following page; "0" after the last
  std::string requests;               // RESP: RESTORE key record, one after the other
  std::vector<std::string> left_out;  // keys with more siblings than a request can carry
};

// Records of the slots `first` to `last`, about `most_bytes` of them. False: the cursor is not one that was given.
bool snapshot_page(const Replica& replica, Slot first, Slot last, const std::string& cursor, size_t most_bytes,
                   SnapshotPage& page);

}  // namespace node
