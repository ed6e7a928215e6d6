#include "node/causality/record.h"

#include <algorithm>

#include "node/causality/join.h"

namespace node {

namespace {

// std::variant's index is part of the stored format: only ever append to Content.
void encode(Writer& w, const CartLine& line) {
  w.string(line.item);
  w.i64(line.quantity);
}

void decode(Reader& r, CartLine& line) {
  line.item = r.string();
  line.quantity = r.i64();
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
      entry.tag.encode(w);
      encode(w, entry.line);
    }
  }
}

void decode(Reader& r, Content& content) {
  switch (r.u64()) {
    case 0: {
      auto& plain = content.emplace<PlainValue>();
      plain.bytes = r.string();
      plain.wall_ms = r.i64();
      return;
    }
    case 1:
      decode(r, content.emplace<CartLine>());
      return;
    case 2: {
      auto& cart = content.emplace<WholeCart>();
      cart.wall_ms = r.i64();
      const uint64_t count = r.count();
      for (uint64_t i = 0; i < count && r.ok(); ++i) {
        CartEntry& entry = cart.entries.emplace_back();
        entry.tag = Dot::decode(r);
        decode(r, entry.line);
      }
      return;
    }
    default:
      r.fail();
  }
}

// Of a plain value, which is most of a record that has one.
size_t bytes_of(const Sibling& sibling) {
  const auto* plain = std::get_if<PlainValue>(&sibling.content);
  return plain == nullptr ? 0 : plain->bytes.size() + 40;
}

bool by_dot(const Sibling& sibling, const Dot& dot) { return sibling.dot < dot; }
bool by_actor(const Tally& tally, const Actor& actor) { return tally.actor < actor; }

// Into `a`, by both contexts as they are. False if nothing changed.
bool merge_siblings(Record& a, const Record& b) {
  if (a.siblings.empty() && b.siblings.empty()) return false;
  std::vector<Sibling> kept;
  kept.reserve(a.siblings.size() + b.siblings.size());
  const bool changed = join_siblings(
      a.siblings.begin(), a.siblings.end(), a.context, b.siblings.begin(), b.siblings.end(), b.context,
      [&](Sibling& ours) { kept.push_back(std::move(ours)); }, [&](const Sibling& theirs) { kept.push_back(theirs); },
      [&](Sibling& ours, const Sibling& theirs) {
        // One dot is one update, so both are equal unless a disk or a bug damaged one. Then every replica must still
        // settle on the same.
        const bool other = ours < theirs;
        kept.push_back(other ? theirs : ours);
        return other;
      });
  a.siblings = std::move(kept);
  return changed;
}

bool merge_tallies(std::vector<Tally>& a, const std::vector<Tally>& b) {
  bool changed = false;
  auto place = a.begin();
  for (const Tally& tally : b) {
    place = std::lower_bound(place, a.end(), tally.actor, by_actor);
    if (place == a.end() || place->actor != tally.actor) {
      place = a.insert(place, tally);
      changed = true;
    } else if (*place < tally) {  // same actor: compares n first, the later one wins
      *place = tally;
      changed = true;
    }
  }
  return changed;
}

}  // namespace

void skip_content(Reader& r) {
  switch (r.u64()) {
    case 0:  // the bytes and their time; an item and its quantity
    case 1:
      r.string();
      r.i64();
      return;
    case 2: {
      r.i64();
      const uint64_t count = r.count();
      for (uint64_t i = 0; i < count && r.ok(); ++i) {
        Dot::decode(r);
        r.string();
        r.i64();
      }
      return;
    }
    default:
      r.fail();
  }
}

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
  bool changed = merge_siblings(*this, other);
  changed |= context.add(other.context);
  changed |= merge_tallies(tallies, other.tallies);
  if (other.linear.empty()) return changed;
  const Linear before = linear;
  linear.merge(other.linear);
  return changed || linear != before;
}

std::string Record::encode() const {
  std::string bytes;
  bytes.reserve(64 + 40 * (context.runs().size() + siblings.size()) +
                (siblings.empty() ? 0 : bytes_of(siblings.front())));
  Writer w(bytes);
  context.encode(w);
  w.u64(siblings.size());
  for (const Sibling& sibling : siblings) {
    sibling.dot.encode(w);
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
  constexpr uint64_t kLeastBytes = 20;  // of a sibling
  const uint64_t siblings = r.count();
  record.siblings.reserve(std::min(siblings, r.left() / kLeastBytes));
  Context::Walk seen(record.context);
  for (uint64_t i = 0; i < siblings && r.ok(); ++i) {
    Sibling& sibling = record.siblings.emplace_back();
    sibling.dot = Dot::decode(r);
    node::decode(r, sibling.content);
    const bool in_order = i == 0 || record.siblings[i - 1].dot < sibling.dot;
    if (!in_order || !seen.contains(sibling.dot)) r.fail();
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
