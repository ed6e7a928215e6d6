// What the replicas hold, laid side by side key by key: the eyes of the convergence checker, and of the runner that
// waits for quiet (differing_keys in verdict.h).
//
// The accused is never asked who owns a key. A key has converged if enough copies are equal, whoever holds them, and
// nothing else that is stored of it, as a further copy or as a hint, holds an update that those lack.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history.h"

namespace checkers {

struct Copy {
  const Dump* dump = nullptr;  // whose
  const Record* record = nullptr;
};

// Everything stored of one key, in the order of the dumps.
struct KeyCopies {
  std::string_view key;
  std::vector<Copy> copies;
  std::vector<Copy> hints;
};

// Groups the records of dumps by key, in order of first sight. O(records).
std::vector<KeyCopies> by_key(const std::vector<const Dump*>& dumps);

enum class KeyState {
  kEqual,      // enough equal holders, and nobody knows more; or nothing but tombstones
  kTooFew,     // no version of the key has enough equal holders
  kHeldAside,  // enough equal holders, but `aside` holds an update that they lack
};

struct KeyAgreement {
  KeyState state = KeyState::kEqual;
  const Record* agreed = nullptr;  // what the largest group of equal copies holds; null if nobody holds the key
  int holders = 0;                 // how many are in that group
  Copy aside;                      // kHeldAside: who knows more …
  const Value* update = nullptr;   // … and what: one of its versions, or an entry of one
};

// An update that a copy holds and the agreed holders do not have may rightly be gone: removed, or superseded by a later
// write. Only the history of the clients can tell. Built at most once, and only when there is such an update.
class RightlyGone {
 public:
  explicit RightlyGone(const History& history) : history_(history) {}
  bool operator()(std::string_view key, const Value& update);

 private:
  void build();

  // One thing that a client's write made vanish: a tag of a cart, an item of a cart (a removal that names no tags may
  // hide any of it; a second addition of a set's member supersedes the first), a value of a register, or, with nothing
  // in `what`, whatever a write without a context found.
  struct Gone {
    enum class Kind { kTag, kItem, kValue, kAnything };
    std::string_view key;
    Kind kind;
    std::string_view what;
    friend auto operator<=>(const Gone&, const Gone&) = default;
  };
  const History& history_;
  bool built_ = false;
  std::vector<Gone> gone_;  // sorted
};

// `needed`: how many equal holders a live key must have.
KeyAgreement agreement(const KeyCopies& key, int needed, RightlyGone& gone);

// Are the versions of two records the same? Their order and their contexts do not matter.
bool same_versions(const Record& a, const Record& b);
// Has the record anything that a client could read? A tombstone has not.
bool is_live(const Record& record);

// For people: `2 × milk (s4:2)`, `"x"`, `session s3 at seq 7: +14 -2`; and all versions of a record.
std::string describe_version(const Value& version);
std::string describe_versions(const Record& record);

// One sentence about who held a tag or a register's value in the dumps before the final reads, with a space before it:
// it tells what was lost from what a reader missed. Empty if nobody was dumped.
std::string where_held(const History& history, std::string_view key, std::string_view name);

}  // namespace checkers
