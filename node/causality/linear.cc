#include "node/causality/linear.h"

#include <algorithm>
#include <tuple>

namespace node {

namespace {

void encode(Writer& w, const Tag& tag) {
  w.u64(tag.counter);
  tag.actor.encode(w);
}

Tag decode_tag(Reader& r) {
  Tag tag;
  tag.counter = r.u64();
  tag.actor = Actor::decode(r);
  return tag;
}

}  // namespace

const Claim* Linear::find(const Actor& session) const {
  auto it = std::lower_bound(claims.begin(), claims.end(), session,
                             [](const Claim& claim, const Actor& actor) { return claim.session < actor; });
  return it != claims.end() && it->session == session ? &*it : nullptr;
}

void Linear::merge(const Linear& other) {
  // Equal tags have equal values unless a disk damaged one; then every replica must still settle on the same.
  if (std::tie(tag, value) < std::tie(other.tag, other.value)) {
    tag = other.tag;
    value = other.value;
  }
  std::vector<Claim> merged;
  auto i = claims.begin();
  auto j = other.claims.begin();
  while (i != claims.end() || j != other.claims.end()) {
    if (j == other.claims.end() || (i != claims.end() && i->session < j->session)) {
      merged.push_back(*i++);
    } else if (i == claims.end() || j->session < i->session) {
      merged.push_back(*j++);
    } else {
      merged.push_back(std::max(*i++, *j++));
    }
  }
  claims = std::move(merged);
}

void Linear::encode(Writer& w) const {
  w.u64(tag.counter);
  if (empty()) return;  // a record of another kind: one byte
  tag.actor.encode(w);
  w.u64(value.has_value());
  if (value) w.string(*value);
  w.u64(claims.size());
  for (const Claim& claim : claims) {
    claim.session.encode(w);
    w.u64(claim.seq);
    node::encode(w, claim.tag);
  }
}

Linear Linear::decode(Reader& r) {
  Linear linear;
  linear.tag.counter = r.u64();
  if (linear.empty()) return linear;
  linear.tag.actor = Actor::decode(r);
  uint64_t has_value = r.u64();
  if (has_value > 1) r.fail();
  if (has_value == 1) linear.value = r.string();
  uint64_t claims = r.count();
  for (uint64_t i = 0; i < claims && r.ok(); ++i) {
    Claim claim;
    claim.session = Actor::decode(r);
    claim.seq = r.u64();
    claim.tag = decode_tag(r);
    if (!linear.claims.empty() && !(linear.claims.back().session < claim.session)) r.fail();
    linear.claims.push_back(claim);
  }
  return linear;
}

}  // namespace node
