// Reads the #include lines of the tree and tells which of them point against the architecture: the judge must not know
// the accused, the core must not know its adapter, and I/O libraries stay where I/O is done.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace architecture {

// One line a violation: "node/ring/ring.h:7 includes node/runtime/server.h: node/ring may not include node/runtime".
// `root` holds the top-level folders; those that are missing are skipped. Sorted by file and line.
std::vector<std::string> forbidden_includes(const std::filesystem::path& root);

// How many files and #include lines that looked at: a check that saw nothing has proved nothing.
struct Extent {
  int files = 0;
  int includes = 0;
};
Extent extent_of_includes(const std::filesystem::path& root);

}  // namespace architecture
