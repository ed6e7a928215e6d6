// All that storage holds, at once.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "node/runtime/storage.h"

namespace node {

inline tl::expected<std::vector<StoredItem>, std::string> load_all(Storage& storage) {
  std::vector<StoredItem> items;
  auto done = storage.read([&](StoredItem item) { items.push_back(std::move(item)); });
  if (!done) return tl::unexpected(done.error());
  return items;
}

}  // namespace node
