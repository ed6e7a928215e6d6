#include "node/causality/record.h"

#include <algorithm>

namespace node {

namespace {

// std::variant's index is part of the stored format: only ever append to Content.
void encode(Writer& w, const CartLine& line) {
  w.string(line.item);
  w.i64(line.quantity);
}

CartLine decode_line(Reader& r) {
  CartLine line;
  line.item = r.string();
  line.quantity = r.i64();
  return line;
}

void encode(Writer& w, const Dot& dot) {
  dot.actor.encode(w);
  w.u64(dot.n);
}

Dot decode_dot(Reader& r) {
  Dot dot;
  dot.actor = Actor::decode(r);
  dot.n = r.u64();
  return dot;
}

void encode(Writer& w, const Content& content) {
  w.u64(content.index());
  if (const auto* plain = std::get_if<PlainValue>(&content)) {
    w.string(plain->bytes);
    w.i64(plain->wall_ms);
  } else if (const auto* line = std::get_if<CartLine>(&content)) {
    encode(w, *line);
  } else if (const auto* cart = std::get_if<WholeCart>(&content)) {
    w.i64(cart->wall_ms);
    w.u64(cart->entries.size());
    for (const CartEntry& entry : cart->entries) {
      encode(w, entry.tag);
      encode(w, entry.line);
    }
  }
}

Content decode_content(Reader& r) {
  switch (r.u64()) {
    case 0: {
      PlainValue plain;
      plain.bytes = r.string();
      plain.wall_ms = r.i64();
      return plain;
    }
    case 1:
      return decode_line(r);
    case 2: {
      WholeCart cart;
      cart.wall_ms = r.i64();
      uint64_t count = r.count();
      for (uint64_t i = 0; i < count && r.ok(); ++i) {
        CartEntry entry;
        entry.tag = decode_dot(r);
        entry.line = decode_line(r);
        cart.entries.push_back(std::move(entry));
      }
      return cart;
    }
    default:
      r.fail();
      return {};
  }
}

bool by_dot(const Sibling& sibling, const Dot& dot) { return sibling.dot < dot; }
bool by_actor(const Tally& tally, const Actor& actor) { return tally.actor < actor; }

std::vector<Sibling> merge_siblings(const Record& a, const Record& b) {
  std::vector<Sibling> kept;
  kept.reserve(std::max(a.siblings.size(), b.siblings.size()));
  auto i = a.siblings.begin();
  auto j = b.siblings.begin();
  while (i != a.siblings.end() || j != b.siblings.end()) {
    if (j == b.siblings.end() || (i != a.siblings.end() && i->dot < j->dot)) {
      if (!b.context.contains(i->dot)) kept.push_back(*i);
      ++i;
    } else if (i == a.siblings.end() || j->dot < i->dot) {
      if (!a.context.contains(j->dot)) kept.push_back(*j);
      ++j;
    } else {
      // One dot is one update, so both are equal unless a disk or a bug damaged one. Then every replica must still
      // settle on the same.
      kept.push_back(std::max(*i, *j));
      ++i;
      ++j;
    }
  }
  return kept;
}

std::vector<Tally> merge_tallies(const std::vector<Tally>& a, const std::vector<Tally>& b) {
  std::vector<Tally> merged;
  merged.reserve(std::max(a.size(), b.size()));
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() || j != b.end()) {
    if (j == b.end() || (i != a.end() && i->actor < j->actor)) {
      merged.push_back(*i++);
    } else if (i == a.end() || j->actor < i->actor) {
      merged.push_back(*j++);
    } else {
      merged.push_back(std::max(*i++, *j++));  // same actor: compares n first, the later one wins
    }
  }
  return merged;
}

}  // namespace

const Sibling* Record::find(const Dot& dot) const {
  auto it = std::lower_bound(siblings.begin(), siblings.end(), dot, by_dot);
  return it != siblings.end() && it->dot == dot ? &*it : nullptr;
}

const Tally* Record::find(const Actor& actor) const {
  auto it = std::lower_bound(tallies.begin(), tallies.end(), actor, by_actor);
  return it != tallies.end() && it->actor == actor ? &*it : nullptr;
}

void Record::put(Sibling sibling) {
  context.add(sibling.dot);
  auto it = std::lower_bound(siblings.begin(), siblings.end(), sibling.dot, by_dot);
  if (it != siblings.end() && it->dot == sibling.dot) {
    *it = std::move(sibling);
  } else {
    siblings.insert(it, std::move(sibling));
  }
}

void Record::put(const Tally& tally) {
  auto it = std::lower_bound(tallies.begin(), tallies.end(), tally.actor, by_actor);
  if (it != tallies.end() && it->actor == tally.actor) {
    *it = tally;
  } else {
    tallies.insert(it, tally);
  }
}

bool Record::merge(const Record& other) {
  Record merged;
  merged.siblings = merge_siblings(*this, other);
  merged.tallies = merge_tallies(tallies, other.tallies);
  merged.context = context;
  merged.context.add(other.context);
  merged.linear = linear;
  merged.linear.merge(other.linear);
  if (merged == *this) return false;
  *this = std::move(merged);
  return true;
}

std::string Record::encode() const {
  std::string bytes;
  Writer w(bytes);
  context.encode(w);
  w.u64(siblings.size());
  for (const Sibling& sibling : siblings) {
    node::encode(w, sibling.dot);
    node::encode(w, sibling.content);
  }
  w.u64(tallies.size());
  for (const Tally& tally : tallies) {
    tally.actor.encode(w);
    w.u64(tally.n);
    w.u64(tally.plus);
    w.u64(tally.minus);
  }
  linear.encode(w);
  return bytes;
}

bool Record::decode(std::string_view bytes, Record& record) {
  Reader r(bytes);
  record = {};
  record.context = Context::decode(r);
  uint64_t siblings = r.count();
  for (uint64_t i = 0; i < siblings && r.ok(); ++i) {
    Sibling sibling;
    sibling.dot = decode_dot(r);
    sibling.content = decode_content(r);
    bool in_order = record.siblings.empty() || record.siblings.back().dot < sibling.dot;
    if (!in_order || !record.context.contains(sibling.dot)) r.fail();
    record.siblings.push_back(std::move(sibling));
  }
  uint64_t tallies = r.count();
  for (uint64_t i = 0; i < tallies && r.ok(); ++i) {
    Tally tally;
    tally.actor = Actor::decode(r);
    tally.n = r.u64();
    tally.plus = r.u64();
    tally.minus = r.u64();
    if (!record.tallies.empty() && !(record.tallies.back().actor < tally.actor)) r.fail();
    record.tallies.push_back(tally);
  }
  record.linear = Linear::decode(r);
  return r.done();
}

}  // namespace node
