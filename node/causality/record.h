// What a replica holds under one key, and how two replicas' states become one.
//
// A record is a dotted set: a context (every update ever seen) and, under their dots, the updates still alive. Merging
// keeps what both hold, and what one holds and the other has not seen; what the other has seen and no longer holds
// was superseded there. This one rule is the syntactic reconciliation of plain values (Dynamo §4.4), with dots, so
// that two clients writing through one node stay two siblings; and it is the add-wins observed-remove cart, whose
// additions are the dots. Counters are tallies: each actor's own running totals, of which the later one wins. A
// linearizable register is the value under the largest tag (linear.h).
//
// Sources: Preguiça et al., "Dotted Version Vectors" (2010); Bieniusa et al., "An optimized conflict-free replicated
// set" (2012). Merge is commutative, associative and idempotent (tests/node/causality/).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/causality/context.h"
#include "node/causality/linear.h"

namespace node {

// A version of a plain value, as a client wrote it.
struct PlainValue {
  std::string bytes;
  int64_t wall_ms = 0;  // the coordinator's wall clock; GET shows the latest of several siblings
  friend bool operator==(const PlainValue&, const PlainValue&) = default;
  friend auto operator<=>(const PlainValue&, const PlainValue&) = default;
};

// One addition to an observed-remove cart or set; its dot is its tag. A set is a cart whose quantities are all 0, which
// no line of a cart has.
struct CartLine {
  std::string item;
  int64_t quantity = 0;
  bool of_set() const { return quantity == 0; }
  friend bool operator==(const CartLine&, const CartLine&) = default;
  friend auto operator<=>(const CartLine&, const CartLine&) = default;
};

// A version of a whole cart or set: how union and last-write-wins keep them, as Dynamo did.
struct CartEntry {
  Dot tag;
  CartLine line;
  friend bool operator==(const CartEntry&, const CartEntry&) = default;
  friend auto operator<=>(const CartEntry&, const CartEntry&) = default;
};
struct WholeCart {
  int64_t wall_ms = 0;
  std::vector<CartEntry> entries;  // by tag
  friend bool operator==(const WholeCart&, const WholeCart&) = default;
  friend auto operator<=>(const WholeCart&, const WholeCart&) = default;
};

using Content = std::variant<PlainValue, CartLine, WholeCart>;
void skip_content(Reader& r);  // an encoded one; fails where decoding it would

struct Sibling {
  Dot dot;
  Content content;
  friend bool operator==(const Sibling&, const Sibling&) = default;
  friend auto operator<=>(const Sibling&, const Sibling&) = default;
};

// Everything that one actor ever added to a counter, as of its n-th operation on it.
struct Tally {
  Actor actor;
  uint64_t n = 0;
  uint64_t plus = 0;
  uint64_t minus = 0;  // absolute
  friend bool operator==(const Tally&, const Tally&) = default;
  friend auto operator<=>(const Tally&, const Tally&) = default;
};

struct Record {
  Context context;
  std::vector<Sibling> siblings;  // by dot; each dot is in the context
  std::vector<Tally> tallies;     // by actor
  Linear linear;                  // MODE lin

  bool empty() const { return context.empty() && tallies.empty() && linear.empty(); }
  const Sibling* find(const Dot& dot) const;
  const Tally* find(const Actor& actor) const;
  void put(Sibling sibling);  // adds it and its dot; replaces a sibling of the same dot
  void put(const Tally& tally);
  // Makes this the join of both. False if it changed nothing.
  bool merge(const Record& other);

  // Canonical: equal records have equal bytes.
  std::string encode() const;
  static bool decode(std::string_view bytes, Record& record);
  friend bool operator==(const Record&, const Record&) = default;
};

}  // namespace node
