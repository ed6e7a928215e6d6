#include "node/replica/operations.h"

#include <algorithm>
#include <array>

#include "node/wire/resp.h"

namespace node {

namespace {

const char* name_of(Type type) {
  switch (type) {
    case Type::kPlain:
      return "a plain value";
    case Type::kCart:
      return "a cart";
    case Type::kSet:
      return "a set";
    case Type::kCounter:
      return "a counter";
    case Type::kLinear:
      return "a value in MODE lin";
  }
  return "";
}

Type type_of(const Command& command) {
  if (command.mode == Mode::kLin) return Type::kLinear;
  switch (command.kind) {
    case Command::Kind::kCartAdd:
    case Command::Kind::kCartRemove:
    case Command::Kind::kCartGet:
      return Type::kCart;
    case Command::Kind::kCounterIncr:
    case Command::Kind::kCounterGet:
      return Type::kCounter;
    default:
      return command.of_set() ? Type::kSet : Type::kPlain;
  }
}

using Types = std::array<bool, 5>;  // by Type

Types types_in(const Record& record) {
  Types types{};
  const auto add = [&](Type type) { types[static_cast<size_t>(type)] = true; };
  const auto add_line = [&](const CartLine& line) { add(line.of_set() ? Type::kSet : Type::kCart); };
  for (const Sibling& sibling : record.siblings) {
    if (std::holds_alternative<PlainValue>(sibling.content)) add(Type::kPlain);
    if (const auto* line = std::get_if<CartLine>(&sibling.content)) add_line(*line);
    if (const auto* cart = std::get_if<WholeCart>(&sibling.content)) {
      for (const CartEntry& entry : cart->entries) add_line(entry.line);
    }
  }
  if (!record.tallies.empty()) add(Type::kCounter);
  if (!record.linear.empty()) add(Type::kLinear);
  return types;
}

// A key holds one kind. (Two kinds can still meet when a partition heals; each is then seen by its own commands.)
Result<void> check_type(const Command& command, const Record& record) {
  if (command.kind == Command::Kind::kExists && record.linear.empty()) return {};
  const Type wanted = type_of(command);
  const Types held = types_in(record);
  if (held[static_cast<size_t>(wanted)]) return {};
  for (const Type type : {Type::kPlain, Type::kCart, Type::kSet, Type::kCounter, Type::kLinear}) {
    if (!held[static_cast<size_t>(type)]) continue;
    const bool counter = type == Type::kCounter;
    const bool linear = type == Type::kLinear || wanted == Type::kLinear;
    // As in Redis: GET shows a counter, DEL deletes whatever there is. But totals can only grow (counter.cc).
    if (!linear && (counter ? command.kind == Command::Kind::kGet : command.kind == Command::Kind::kDel)) return {};
    if (counter && !linear && command.kind == Command::Kind::kDel) {
      return tl::unexpected(Error{Error::Kind::kWrongType, "a counter cannot be deleted; DECRBY what GET shows"});
    }
    return tl::unexpected(
        Error{Error::Kind::kWrongType, std::string("the key holds ") + name_of(type) + ", not " + name_of(wanted)});
  }
  return {};
}

// Of all that is alive under a key but plain values, which have limits of their own.
size_t bytes_of(const Record& record) {
  constexpr size_t kBytesOfATag = 32;
  size_t bytes = record.tallies.size() * 2 * kBytesOfATag;
  for (const Sibling& sibling : record.siblings) {
    if (const auto* line = std::get_if<CartLine>(&sibling.content)) bytes += line->item.size() + kBytesOfATag;
    if (const auto* cart = std::get_if<WholeCart>(&sibling.content)) {
      for (const CartEntry& entry : cart->entries) bytes += entry.line.item.size() + kBytesOfATag;
    }
  }
  return bytes;
}

size_t siblings_of(const Record& record) {
  return static_cast<size_t>(std::count_if(record.siblings.begin(), record.siblings.end(), [](const Sibling& sibling) {
    return std::holds_alternative<PlainValue>(sibling.content);
  }));
}

// A client's write may not make an item that exceeds the limits larger still. Merges are never refused: what both sides
// hold was acknowledged on both.
Result<void> check_limits(const Command& command, const Record& local, Applied& applied) {
  if (command.kind == Command::Kind::kSet || command.kind == Command::Kind::kDel) return {};  // replaces what there is
  const bool few = siblings_of(local) + siblings_of(applied.delta) < Options::kManySiblings;
  const bool small = bytes_of(local) + bytes_of(applied.delta) <= Options::kMaxValueBytes;
  if (few && small) return {};  // what they merge to holds no more than both
  Record after = local;
  after.merge(applied.delta);
  const size_t siblings = siblings_of(after);
  if (siblings > Options::kMaxSiblings && siblings > siblings_of(local)) {
    return tl::unexpected(Error{Error::Kind::kTooBig, "the key would have " + std::to_string(siblings) +
                                                          " siblings, more than " +
                                                          std::to_string(Options::kMaxSiblings) +
                                                          ": VGET them and VPUT one value with the CTX it gives"});
  }
  applied.many_siblings = siblings >= Options::kManySiblings;
  const size_t bytes = bytes_of(after);
  if (bytes > Options::kMaxValueBytes && bytes > bytes_of(local)) {
    return tl::unexpected(Error{Error::Kind::kTooBig, std::string("the ") + (name_of(type_of(command)) + 2) +
                                                          " would take " + std::to_string(bytes) +
                                                          " bytes, more than " +
                                                          std::to_string(Options::kMaxValueBytes)});
  }
  return {};
}

Result<Applied> apply(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  switch (type_of(command)) {
    case Type::kPlain:
      return apply_plain(command, local, by);
    case Type::kCart:
    case Type::kSet:
      return apply_cart(command, local, seen, by);
    case Type::kCounter:
      return apply_counter(command, local, by);
    case Type::kLinear:
      return apply_linear(command, local, seen, by);
  }
  return tl::unexpected(Error{});
}

// What a snapshot remembers is merged, not put in place of what there is: later writes and deletions stand. It was
// acknowledged once, so limits do not count; but a key does not change its kind.
Result<Applied> restore(const Command& command, const Record& local) {
  Applied applied;
  Record::decode(command.value, applied.delta);
  const Types held = types_in(local), remembered = types_in(applied.delta);
  if (held != Types{} && remembered != Types{} && held != remembered) {
    return tl::unexpected(Error{Error::Kind::kWrongType, "the key holds another kind than it did in the snapshot"});
  }
  resp::status(applied.reply, "OK");
  return applied;
}

}  // namespace

Result<Applied> apply_write(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  if (command.kind == Command::Kind::kRestore) return restore(command, local);
  Result<void> fits = check_type(command, local);
  if (fits && command.mode == Mode::kLin) fits = check_type(command, seen);
  if (!fits) return tl::unexpected(fits.error());
  Result<Applied> applied = apply(command, local, seen, by);
  if (!applied) return applied;
  fits = check_limits(command, local, *applied);
  if (!fits) return tl::unexpected(fits.error());
  return applied;
}

Result<std::string> answer_read(const Command& command, const Record& merged, Merge merge) {
  Result<void> fits = check_type(command, merged);
  if (!fits) return tl::unexpected(fits.error());
  switch (type_of(command)) {
    case Type::kPlain:
      return answer_plain(command, merged);
    case Type::kCart:
    case Type::kSet:
      return answer_cart(command, merged, merge);
    case Type::kCounter: {
      std::string reply;
      resp::integer(reply, counter_value(merged));
      return reply;
    }
    case Type::kLinear:
      return answer_linear(merged);
  }
  return tl::unexpected(Error{});
}

}  // namespace node
