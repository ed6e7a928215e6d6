#include "tests/architecture/includes.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>

namespace architecture {
namespace {

namespace fs = std::filesystem;

// The folders' roles in a trial, and whom each may know.
struct Folder {
  std::string_view name;
  std::vector<std::string_view> may_include;
};
const std::vector<Folder>& folders() {
  static const std::vector<Folder> kFolders = {
      {"node", {"node"}},
      {"checkers", {"checkers"}},
      {"workloads", {"workloads", "checkers"}},
      {"nemesis", {"nemesis", "workloads", "checkers"}},
      {"harness", {"harness", "nemesis", "workloads", "checkers", "node"}},
  };
  return kFolders;
}

// Inside node/: a part may include itself and every part of a lower rank, never its equals or what stands above it.
// A name that ends in '/' is a folder, any other a file with its .h and .cc.
struct Part {
  std::string_view name;
  int rank;
};
constexpr std::array kNodeParts = {
    Part{"node/base/", 0},
    Part{"node/options", 1},
    Part{"node/rare_paths", 2},
    Part{"node/causality/", 2},
    Part{"node/ring/", 3},
    Part{"node/wire/", 4},
    Part{"node/membership/", 5},  //
    Part{"node/replica/", 6},
    Part{"node/handoff/", 7},
    Part{"node/antientropy/", 7},  //
    Part{"node/reconfiguration/", 7},
    Part{"node/coordinator/", 8},
    Part{"node/node", 9},
    Part{"node/runtime/", 10},
    Part{"node/main", 11},
};

struct Include {
  std::string file;  // relative to the root
  int line = 0;
  std::string header;
  bool quoted = false;
};

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

std::string_view folder_of(std::string_view path) { return path.substr(0, path.find('/')); }

const Part* part_of(std::string_view path) {
  for (const Part& part : kNodeParts) {
    if (part.name.back() == '/' ? starts_with(path, part.name) : path.substr(0, path.rfind('.')) == part.name) {
      return &part;
    }
  }
  return nullptr;
}

// A name that ends in '/' stands for all headers of that directory.
template <size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view header) {
  return std::any_of(names.begin(), names.end(), [header](std::string_view name) {
    return name.back() == '/' ? starts_with(header, name) : header == name;
  });
}

// Sockets, event loops, databases: for those who do I/O. The rest of the tree must be able to run in a simulator.
constexpr std::array<std::string_view, 6> kIoLibraries = {"event2/", "event.h",  "evhttp.h",
                                                          "evdns.h", "hiredis/", "lmdb.h"};
bool may_do_io(std::string_view file) {
  return starts_with(file, "harness/") || starts_with(file, "node/runtime/") || starts_with(file, "node/main.");
}

// Headers that the node's core has no business with, though they belong to the language or the system: what they
// offer differs from run to run. (<chrono> is allowed for its durations; the test of symbols sees whoever asks a
// clock.)
constexpr std::array<std::string_view, 20> kOutsideWorld = {
    "thread", "mutex",  "shared_mutex", "condition_variable", "future",  "random",  "iostream", "fstream", "filesystem",
    "ctime",  "time.h", "unistd.h",     "pthread.h",          "fcntl.h", "netdb.h", "poll.h",   "sys/",    "netinet/",
    "arpa/",  "spawn.h"};
bool is_core(std::string_view file) { return starts_with(file, "node/") && !may_do_io(file); }

std::string strip_suffix(std::string_view name) {
  return std::string(name.back() == '/' ? name.substr(0, name.size() - 1) : name);
}

// Why this include is forbidden; empty if it is not.
std::string objection(const fs::path& root, const Include& include) {
  const std::string_view file = include.file;
  const std::string_view header = include.header;
  if (contains(kIoLibraries, header) && !may_do_io(file)) return "only node/runtime and harness do I/O";
  if (is_core(file) && contains(kOutsideWorld, header))
    return "the core of the node reads no clock, draws nothing, opens nothing";
  if (!include.quoted) return {};

  if (!fs::exists(root / include.header)) return "not a path from the top of the tree";
  const auto from = std::find_if(folders().begin(), folders().end(),
                                 [&](const Folder& folder) { return folder.name == folder_of(file); });
  const auto& allowed = from->may_include;
  if (std::find(allowed.begin(), allowed.end(), folder_of(header)) == allowed.end()) {
    return std::string(from->name) + " may not include " + std::string(folder_of(header));
  }
  if (from->name != "node") return {};

  const Part* part = part_of(file);
  const Part* other = part_of(header);
  if (part == nullptr) return include.file + " belongs to no part of the node that the architecture knows";
  if (other == nullptr) return include.header + " belongs to no part of the node that the architecture knows";
  if (part == other || other->rank < part->rank) return {};
  return strip_suffix(part->name) + " may not include " + strip_suffix(other->name);
}

std::vector<fs::path> sources(const fs::path& root) {
  std::vector<fs::path> found;
  for (const Folder& folder : folders()) {
    if (!fs::exists(root / folder.name)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder.name)) {
      const std::string extension = entry.path().extension().string();
      if (entry.is_regular_file() && (extension == ".h" || extension == ".cc")) found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The header named in a line `#include <…>` or `#include "…"`, with its brackets; nothing in other lines.
std::optional<std::string> included(std::string_view line) {
  const auto skip = [&line](std::string_view word) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const bool there = starts_with(line, word);
    if (there) line.remove_prefix(word.size());
    return there;
  };
  if (!skip("#") || !skip("include") || !skip("")) return std::nullopt;
  const size_t end = line.find_first_of(">\"", 1);
  if (line.empty() || end == std::string_view::npos || (line[0] != '<' && line[0] != '"')) return std::nullopt;
  return std::string(line.substr(0, end + 1));
}

std::vector<Include> includes_of(const fs::path& root, const fs::path& path) {
  std::vector<Include> found;
  std::ifstream in(path);
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    const std::optional<std::string> name = included(text);
    if (!name) continue;
    found.push_back(
        {path.lexically_relative(root).string(), line, name->substr(1, name->size() - 2), name->front() == '"'});
  }
  return found;
}

}  // namespace

std::vector<std::string> forbidden_includes(const fs::path& root) {
  std::vector<std::string> violations;
  for (const fs::path& path : sources(root)) {
    for (const Include& include : includes_of(root, path)) {
      const std::string why = objection(root, include);
      if (why.empty()) continue;
      violations.push_back(include.file + ":" + std::to_string(include.line) + " includes " + include.header + ": " +
                           why);
    }
  }
  return violations;
}

Extent extent_of_includes(const fs::path& root) {
  Extent extent;
  for (const fs::path& path : sources(root)) {
    ++extent.files;
    extent.includes += static_cast<int>(includes_of(root, path).size());
  }
  return extent;
}

}  // namespace architecture
