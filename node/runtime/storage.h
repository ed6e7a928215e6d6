// Where a node's items survive its crash. The core holds everything in memory; a storage only gives it back once, at
// the next start, and takes batches in between.
//
// Calls come one at a time, from any thread: read() first, then commit(). Implementations block as they like.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "node/node.h"

namespace node {

class Storage {
 public:
  virtual ~Storage() = default;

  // Hands over all that is there, each item once. Error: why there may be more.
  using Take = std::function<void(StoredItem)>;
  virtual tl::expected<void, std::string> read(const Take& take) = 0;

  // All of the batch, in order, or (Error: the reason) none of it. On success it survives kill -9 and, as far as disk
  // and storage promise it, power loss. After an error nothing is committed any more.
  virtual tl::expected<void, std::string> commit(const std::vector<Persist>& batch) = 0;

  // If given: commit() is called after so long a pause even with nothing in it, so that the storage can see whether it
  // is still there.
  virtual std::optional<std::chrono::milliseconds> longest_silence() const { return std::nullopt; }
  // False: it forgets whatever it is given. Then nothing is, and what is to be kept is kept at once.
  virtual bool remembers() const { return true; }
  // For the log: "lmdb in /var/lib/n1, 65536 MiB at most".
  virtual std::string describe() const = 0;
};

// Remembers nothing: a restarted node has lost its disk.
std::unique_ptr<Storage> make_memory_storage();

}  // namespace node
