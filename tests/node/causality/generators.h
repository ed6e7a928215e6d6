// Random states for properties: arbitrary ones, as far as the laws must hold for them, and those of legal histories.
#pragma once

#include <rapidcheck.h>

#include <ostream>
#include <string>
#include <vector>

#include "node/causality/record.h"

namespace node {

// Few actors and small numbers, so that states meet.
inline rc::Gen<Actor> an_actor() {
  return rc::gen::element(Actor::life(1, 1), Actor::life(1, 2), Actor::life(~uint64_t{0}, 7), Actor::session("a"),
                          Actor::session("b.c_d-E0123456.7"));
}

inline rc::Gen<Dot> a_dot() {
  return rc::gen::apply(
      [](Actor actor, uint64_t n) {
        return Dot{actor, n};
      },
      an_actor(), rc::gen::inRange<uint64_t>(1, 12));
}

inline Context context_of(const std::vector<Dot>& dots) {
  Context context;
  for (const Dot& dot : dots) context.add(dot);
  return context;
}

inline rc::Gen<Context> a_context() { return rc::gen::map(rc::gen::container<std::vector<Dot>>(a_dot()), context_of); }

inline rc::Gen<std::string> some_bytes() {
  return rc::gen::container<std::string>(rc::gen::cast<char>(rc::gen::inRange(0, 256)));
}

inline rc::Gen<CartLine> a_line() {
  return rc::gen::apply(
      [](std::string item, int64_t quantity) {
        return CartLine{std::move(item), quantity};
      },
      some_bytes(), rc::gen::arbitrary<int64_t>());
}

inline rc::Gen<Content> some_content() {
  rc::Gen<Content> plain = rc::gen::apply(
      [](std::string bytes, int64_t wall) {
        return Content(PlainValue{std::move(bytes), wall});
      },
      some_bytes(), rc::gen::arbitrary<int64_t>());
  rc::Gen<Content> line = rc::gen::map(a_line(), [](CartLine l) { return Content(std::move(l)); });
  rc::Gen<CartEntry> entry = rc::gen::apply(
      [](Dot tag, CartLine l) {
        return CartEntry{tag, std::move(l)};
      },
      a_dot(), a_line());
  rc::Gen<Content> cart = rc::gen::apply(
      [](int64_t wall, std::vector<CartEntry> entries) {
        return Content(WholeCart{wall, std::move(entries)});
      },
      rc::gen::arbitrary<int64_t>(), rc::gen::container<std::vector<CartEntry>>(entry));
  return rc::gen::oneOf(plain, line, cart);
}

inline rc::Gen<Tag> a_tag() {
  return rc::gen::apply(
      [](uint64_t counter, Actor actor) {
        return Tag{counter, actor};
      },
      rc::gen::inRange<uint64_t>(1, 5), an_actor());
}

// A state with a tag, and perhaps a value and claims.
inline rc::Gen<Linear> a_linear() {
  return rc::gen::apply(
      [](Tag tag, bool deleted, std::string bytes, const std::vector<std::pair<Actor, Tag>>& claims) {
        Linear linear;
        linear.tag = tag;
        if (!deleted) linear.value = std::move(bytes);
        for (const auto& [session, of] : claims) linear.merge({tag, linear.value, {{session, of.counter, of}}});
        return linear;
      },
      a_tag(), rc::gen::arbitrary<bool>(), some_bytes(),
      rc::gen::container<std::vector<std::pair<Actor, Tag>>>(rc::gen::pair(an_actor(), a_tag())));
}

// Any record that keeps the invariant: each sibling's dot is in the context. One dot may have other contents in another
// record, as after a damaged disk.
inline rc::Gen<Record> a_record() {
  rc::Gen<Sibling> sibling = rc::gen::apply(
      [](Dot dot, Content content) {
        return Sibling{dot, std::move(content)};
      },
      a_dot(), some_content());
  rc::Gen<Tally> tally = rc::gen::apply(
      [](Actor actor, uint64_t n, uint64_t plus, uint64_t minus) {
        return Tally{actor, n, plus, minus};
      },
      an_actor(), rc::gen::inRange<uint64_t>(1, 5), rc::gen::arbitrary<uint64_t>(), rc::gen::inRange<uint64_t>(0, 3));
  return rc::gen::apply(
      [](Context context, const std::vector<Sibling>& siblings, const std::vector<Tally>& tallies, bool lin,
         Linear linear) {
        Record record;
        record.context = std::move(context);
        for (const Sibling& one : siblings) record.put(one);
        for (const Tally& one : tallies) record.put(one);
        if (lin) record.linear = std::move(linear);
        return record;
      },
      a_context(), rc::gen::container<std::vector<Sibling>>(sibling), rc::gen::container<std::vector<Tally>>(tally),
      rc::gen::arbitrary<bool>(), a_linear());
}

// A step of a history: at a replica, someone writes or deletes with a context that some replica once gave; or a replica
// hears all of another's state.
struct Step {
  enum class Kind { kWrite, kDelete, kHear };
  Kind kind;
  size_t replica;
  size_t other;  // whom it hears; whose state the writer read
  bool fresh;    // the writer read it now; else long ago
};

inline std::vector<Step> a_history(size_t replicas) {
  auto step = rc::gen::apply(
      [](Step::Kind kind, size_t replica, size_t other, bool fresh) {
        return Step{kind, replica, other, fresh};
      },
      rc::gen::weightedElement<Step::Kind>({{4, Step::Kind::kWrite}, {1, Step::Kind::kDelete}, {3, Step::Kind::kHear}}),
      rc::gen::inRange<size_t>(0, replicas), rc::gen::inRange<size_t>(0, replicas), rc::gen::arbitrary<bool>());
  return *rc::gen::container<std::vector<Step>>(step);
}

// How RapidCheck shows counter-examples.
inline void showValue(const Record& record, std::ostream& os) { os << to_hex(record.encode()); }
inline void showValue(const Context& context, std::ostream& os) { os << context.token(); }
inline void showValue(const Dot& dot, std::ostream& os) { os << dot.to_string(); }

}  // namespace node
