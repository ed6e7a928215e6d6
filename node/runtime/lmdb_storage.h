// Storage in a directory: LMDB with one named database a table, behind a log (write_ahead_log.h). The map is address
// space, not memory or disk: the file grows as it fills.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "node/runtime/storage.h"

namespace node {

struct LmdbOptions {
  std::string directory;  // made if missing
  // The most that the directory can ever hold. Where the process may not reserve so much (ulimit -v), half is tried,
  // and so on down to 64 MiB.
  size_t map_bytes = size_t{64} << 30;
};

// Error: the directory and what is wrong, for instance that another node uses it. A lock lasts as long as the storage;
// a killed process leaves none behind.
tl::expected<std::unique_ptr<Storage>, std::string> open_lmdb_storage(const LmdbOptions& options);

}  // namespace node
