#include "node/replica/operations.h"

#include <algorithm>

#include "node/wire/resp.h"

namespace node {

namespace {

enum class Type { kPlain, kCart, kCounter };

const char* name_of(Type type) {
  switch (type) {
    case Type::kPlain:
      return "a plain value";
    case Type::kCart:
      return "a cart";
    case Type::kCounter:
      return "a counter";
  }
  return "";
}

Type type_of(Command::Kind kind) {
  switch (kind) {
    case Command::Kind::kCartAdd:
    case Command::Kind::kCartRemove:
    case Command::Kind::kCartGet:
      return Type::kCart;
    case Command::Kind::kCounterIncr:
    case Command::Kind::kCounterGet:
      return Type::kCounter;
    default:
      return Type::kPlain;
  }
}

// A key holds one kind. (Two kinds can still meet when a partition heals; each is then seen by its own commands.)
Result<void> check_type(const Command& command, const Record& record) {
  Type wanted = type_of(command.kind);
  bool plain = std::any_of(record.siblings.begin(), record.siblings.end(),
                           [](const Sibling& s) { return std::holds_alternative<PlainValue>(s.content); });
  bool cart = record.siblings.size() > 0 && !plain;
  bool counter = !record.tallies.empty();
  bool present = wanted == Type::kPlain ? plain : wanted == Type::kCart ? cart : counter;
  if (present || (!plain && !cart && !counter) || command.kind == Command::Kind::kExists) return {};
  Type held = plain ? Type::kPlain : cart ? Type::kCart : Type::kCounter;
  return tl::unexpected(
      Error{Error::Kind::kWrongType, std::string("the key holds ") + name_of(held) + ", not " + name_of(wanted)});
}

}  // namespace

Result<Applied> apply_write(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  Result<void> fits = check_type(command, local);
  if (!fits) return tl::unexpected(fits.error());
  switch (type_of(command.kind)) {
    case Type::kPlain:
      return apply_plain(command, local, by);
    case Type::kCart:
      return apply_cart(command, local, seen, by);
    case Type::kCounter:
      return apply_counter(command, local, by);
  }
  return tl::unexpected(Error{});
}

Result<std::string> answer_read(const Command& command, const Record& merged, Merge merge) {
  Result<void> fits = check_type(command, merged);
  if (!fits) return tl::unexpected(fits.error());
  switch (type_of(command.kind)) {
    case Type::kPlain:
      return answer_plain(command, merged);
    case Type::kCart:
      return answer_cart(merged, merge);
    case Type::kCounter: {
      std::string reply;
      resp::integer(reply, counter_value(merged));
      return reply;
    }
  }
  return tl::unexpected(Error{});
}

}  // namespace node
