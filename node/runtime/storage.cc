#include "node/runtime/storage.h"

#include <utility>

namespace node {

tl::expected<std::vector<StoredItem>, std::string> Storage::load() {
  std::vector<StoredItem> items;
  auto done = read([&](StoredItem item) { items.push_back(std::move(item)); });
  if (!done) return tl::unexpected(done.error());
  return items;
}

}  // namespace node
