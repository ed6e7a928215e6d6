#include "harness/systems/dynamo_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/systems/attempts.h"
#include "harness/systems/dynamo_reply.h"
#include "harness/systems/segregated_cart.h"

namespace harness {
namespace {

using checkers::EventType;
using checkers::List;
using checkers::Map;
using checkers::Value;
using workloads::Operation;

// One identity at three nodes outlives a partition's minority; a fourth would only add load to a cluster in trouble.
constexpr int kWriteAttempts = 3;
constexpr int kReadAttempts = 2;

constexpr Attempts::Rules kRead{.writes = false, .repeatable = true, .most = kReadAttempts};
constexpr Attempts::Rules kIdentified{.writes = true, .repeatable = true, .most = kWriteAttempts};
constexpr Attempts::Rules kUnidentified{.writes = true, .repeatable = false, .most = kWriteAttempts};

bool starts_with_word(const std::string& text, std::string_view word) {
  return text.starts_with(word) && (text.size() == word.size() || text[word.size()] == ' ');
}

// Typed refusals: nobody was handed the write. Any other error leaves it open.
bool means_unreachable(const Reply& error) {
  return starts_with_word(error.text, "UNAVAIL") || starts_with_word(error.text, "BUSY");
}
bool means_wrong(const Reply& error) {
  return starts_with_word(error.text, "ERR") || starts_with_word(error.text, "WRONGTYPE") ||
         starts_with_word(error.text, "TOOBIG");
}

// One request, perhaps at several nodes.
class OneRequest : public Script {
 public:
  // The value of the operation from the reply proper; the error says what was wrong with it.
  using Read = Parsed<Value> (*)(const Operation& operation, const Reply& reply);

  OneRequest(Operation operation, Request request, Attempts::Rules rules, Read read)
      : operation_(std::move(operation)), request_(std::move(request)), rules_(rules), attempts_(rules), read_(read) {}

  Request request() const override {
    under_way_ = true;
    return request_;
  }
  // Its only step: whatever reply leaves it open, the next request is a new attempt.
  bool new_attempt() const override { return true; }

  std::optional<Completion> on_reply(const Reply& reply) override {
    under_way_ = false;
    if (reply.kind == Reply::Kind::kError) return closed(after_error(reply));
    Parsed<Answer> answer = parse_answer(reply);
    if (!answer) return closed(attempts_.unanswered("unexpected reply: " + answer.error()));
    Parsed<Value> value = read_(operation_, *answer->reply);
    if (!value) return closed(attempts_.unanswered("unexpected reply: " + value.error()));
    return Completion{EventType::kOk, std::move(*value), with_context(std::move(answer->fields))};
  }

  std::optional<Completion> on_loss(Loss loss, const std::string& why) override {
    under_way_ = false;
    return closed(loss == Loss::kNotSent ? attempts_.not_sent(why) : attempts_.unanswered(why));
  }

  Completion give_up(const std::string& why) override { return *closed(attempts_.given_up(why, under_way_)); }

 private:
  std::optional<EventType> after_error(const Reply& error) {
    // A read that was answered, if only by an error, is over: it changed nothing and nobody waits for it.
    if (!rules_.writes || means_wrong(error)) return attempts_.refused(error.text, false);
    if (means_unreachable(error)) return attempts_.refused(error.text, true);
    return attempts_.unanswered(error.text);
  }

  std::optional<Completion> closed(std::optional<EventType> outcome) const {
    if (!outcome) return std::nullopt;
    return Completion{*outcome, rules_.writes ? operation_.value : Value(),
                      with_context(Map{{"error", attempts_.error()}})};
  }

  Value with_context(Value fields) const {
    if (operation_.has_observed) {
      fields.set("observed", List(operation_.observed.begin(), operation_.observed.end()));
    }
    return fields;
  }

  Operation operation_;
  Request request_;
  Attempts::Rules rules_;
  Attempts attempts_;
  Read read_;
  mutable bool under_way_ = false;  // request() was handed out, and nothing is known of it
};

// VGET, then VPUT with what it returned. Until the VPUT is sent nothing is written.
class RegisterWrite : public Script {
 public:
  explicit RegisterWrite(Operation operation)
      : operation_(std::move(operation)), has_read_(operation_.blind), attempts_(has_read_ ? kUnidentified : kRead) {}

  Request request() const override {
    under_way_ = true;
    if (!has_read_) return {"VGET", operation_.key};
    Request put{"VPUT", operation_.key, operation_.value.string()};
    if (!versions_.context.empty()) {
      put.emplace_back("CTX");
      put.push_back(versions_.context);
    }
    return put;
  }

  std::optional<Completion> on_reply(const Reply& reply) override {
    under_way_ = false;
    if (reply.kind == Reply::Kind::kError) return closed(after_error(reply));
    Parsed<Answer> answer = parse_answer(reply);
    if (!answer) return closed(attempts_.unanswered("unexpected reply: " + answer.error()));
    if (has_read_) {
      Parsed<std::string> context = parse_context(*answer->reply);
      if (!context) return closed(attempts_.unanswered("unexpected reply: " + context.error()));
      answer->fields.set("parents", versions_.siblings);
      return Completion{EventType::kOk, operation_.value, std::move(answer->fields)};
    }
    Parsed<Versions> versions = parse_versions(*answer->reply);
    if (!versions) return closed(attempts_.refused("unexpected reply to VGET: " + versions.error(), false));
    versions_ = std::move(*versions);
    has_read_ = true;
    attempts_ = Attempts(kUnidentified);
    return std::nullopt;
  }

  std::optional<Completion> on_loss(Loss loss, const std::string& why) override {
    under_way_ = false;
    return closed(loss == Loss::kNotSent ? attempts_.not_sent(why) : attempts_.unanswered(why));
  }

  Completion give_up(const std::string& why) override { return *closed(attempts_.given_up(why, under_way_)); }

 private:
  std::optional<EventType> after_error(const Reply& error) {
    const bool surely_not = !has_read_ || means_wrong(error) || means_unreachable(error);
    return surely_not ? attempts_.refused(error.text, false) : attempts_.unanswered(error.text);
  }

  std::optional<Completion> closed(std::optional<EventType> outcome) const {
    if (!outcome) return std::nullopt;
    Value fields(Map{{"error", attempts_.error()}});
    if (has_read_) fields.set("parents", versions_.siblings);
    return Completion{*outcome, operation_.value, std::move(fields)};
  }

  Operation operation_;
  bool has_read_;
  Attempts attempts_;               // of the present step
  mutable bool under_way_ = false;  // request() was handed out, and nothing is known of it
  Versions versions_;
};

// One item after another; what was read of some stays read when another node has to be asked for the rest. Each was
// read between the call and the return of the whole.
class SegregatedCartRead : public Script {
 public:
  explicit SegregatedCartRead(Operation operation) : operation_(std::move(operation)) {}

  Request request() const override { return {"CART.GET", item_key(operation_.key, operation_.items[next_])}; }

  std::optional<Completion> on_reply(const Reply& reply) override {
    if (reply.kind == Reply::Kind::kError) return closed(attempts_.refused(reply.text, false));
    Parsed<Answer> answer = parse_answer(reply);
    Parsed<Value> lines = answer ? parse_cart(*answer->reply) : tl::unexpected(answer.error());
    if (!lines) return closed(attempts_.refused("unexpected reply: " + lines.error(), false));
    cart_.insert(cart_.end(), lines->list().begin(), lines->list().end());
    note(answer->fields);
    if (++next_ < operation_.items.size()) return std::nullopt;
    fields_.set("acks", acks_);
    return Completion{EventType::kOk, Value(std::move(cart_)), std::move(fields_)};
  }

  std::optional<Completion> on_loss(Loss loss, const std::string& why) override {
    return closed(loss == Loss::kNotSent ? attempts_.not_sent(why) : attempts_.unanswered(why));
  }

  Completion give_up(const std::string& why) override { return *closed(attempts_.given_up(why, true)); }

 private:
  // The coordinator is the last one; who answered for any item counts.
  void note(const Value& fields) {
    fields_.set("coordinator", fields["coordinator"]);
    fields_.set("hints", fields_["hints"].integer() + fields["hints"].integer());
    for (const Value& node : fields["acks"].list()) {
      if (std::find(acks_.begin(), acks_.end(), node) == acks_.end()) acks_.push_back(node);
    }
  }

  std::optional<Completion> closed(std::optional<EventType> outcome) const {
    if (!outcome) return std::nullopt;
    return Completion{*outcome, Value(), Value(Map{{"error", attempts_.error()}})};
  }

  Operation operation_;
  Attempts attempts_{kRead};
  size_t next_ = 0;  // of the items
  List cart_;
  List acks_;
  Value fields_;
};

Parsed<Value> read_added(const Operation& operation, const Reply& reply) {
  const std::string& tag = operation.value["tag"].string();
  if (reply.text != tag) return tl::unexpected(fmt::format("expected tag \"{}\", got {}", tag, describe(reply)));
  return operation.value;
}

Parsed<Value> read_removed(const Operation& operation, const Reply& reply) {
  Parsed<List> tags = parse_tags(reply);
  if (!tags) return tl::unexpected(tags.error());
  return Value(Map{{"item", operation.value["item"]}, {"removed", std::move(*tags)}});
}

Parsed<Value> read_cart(const Operation& /*operation*/, const Reply& reply) { return parse_cart(reply); }

// SADD says whether the member was new to one replica: no promise, so that only its being a number is checked.
Parsed<Value> read_member_added(const Operation& operation, const Reply& reply) {
  const Parsed<int64_t> added = parse_integer(reply);
  if (!added) return tl::unexpected(added.error());
  return operation.value;
}

// SREM names no tags: with a context it removed exactly those, without one it may have removed any that it found.
Parsed<Value> read_member_removed(const Operation& operation, const Reply& reply) {
  const Parsed<int64_t> removed = parse_integer(reply);
  if (!removed) return tl::unexpected(removed.error());
  Value value = operation.value;
  if (operation.has_observed) value.set("removed", List(operation.observed.begin(), operation.observed.end()));
  return value;
}

Parsed<Value> read_set(const Operation& /*operation*/, const Reply& reply) { return parse_set(reply); }

Parsed<Value> read_increment(const Operation& operation, const Reply& reply) {
  // The node's present value is no promise (other increments may be missing): only that it is one is checked.
  const Parsed<int64_t> value = parse_integer(reply);
  if (!value) return tl::unexpected(value.error());
  return operation.value;
}

Parsed<Value> read_counter(const Operation& /*operation*/, const Reply& reply) {
  const Parsed<int64_t> value = parse_integer(reply);
  if (!value) return tl::unexpected(value.error());
  return Value(*value);
}

Parsed<Value> read_register(const Operation& /*operation*/, const Reply& reply) {
  Parsed<Versions> versions = parse_versions(reply);
  if (!versions) return tl::unexpected(versions.error());
  return Value(std::move(versions->siblings));
}

// GET: the value, or none.
Parsed<Value> read_value(const Operation& /*operation*/, const Reply& reply) {
  if (reply.kind == Reply::Kind::kNull) return Value(List{});
  if (reply.kind != Reply::Kind::kString) return tl::unexpected("expected a string or null, got " + describe(reply));
  return Value(List{reply.text});
}

Parsed<Value> read_stored(const Operation& operation, const Reply& reply) {
  if (reply.kind != Reply::Kind::kStatus) return tl::unexpected("expected status OK, got " + describe(reply));
  return operation.value;
}

std::string joined(const std::vector<std::string>& tags) { return fmt::format("{}", fmt::join(tags, ",")); }

// A removal with a context may be repeated: it removes the same tags.
std::unique_ptr<Script> remove(const Operation& operation, Request request, OneRequest::Read read) {
  if (operation.has_observed) {
    request.emplace_back("CTX");
    request.push_back(joined(operation.observed));
  }
  const Attempts::Rules rules = operation.has_observed ? kIdentified : kUnidentified;
  return std::make_unique<OneRequest>(operation, std::move(request), rules, read);
}

std::unique_ptr<Script> add(const Operation& operation, Request request, OneRequest::Read read) {
  request.insert(request.end(), {"ID", operation.session, std::to_string(operation.seq)});
  return std::make_unique<OneRequest>(operation, std::move(request), kIdentified, read);
}

std::unique_ptr<Script> cart_script(const Operation& operation) {
  if (operation.f == "read") {
    if (operation.segregated) return std::make_unique<SegregatedCartRead>(operation);
    return std::make_unique<OneRequest>(operation, Request{"CART.GET", operation.key}, kRead, read_cart);
  }
  const std::string& item = operation.value["item"].string();
  const std::string key = operation.segregated ? item_key(operation.key, item) : operation.key;
  if (operation.f == "remove") return remove(operation, {"CART.REMOVE", key, item}, read_removed);
  const std::string quantity = std::to_string(operation.value["quantity"].integer());
  return add(operation, {"CART.ADD", key, item, quantity}, read_added);
}

std::unique_ptr<Script> set_script(const Operation& operation) {
  if (operation.f == "read")
    return std::make_unique<OneRequest>(operation, Request{"SMEMBERS", operation.key, "WITHTAGS"}, kRead, read_set);
  const std::string& member = operation.value["member"].string();
  if (operation.f == "remove") return remove(operation, {"SREM", operation.key, member}, read_member_removed);
  return add(operation, {"SADD", operation.key, member}, read_member_added);
}

std::unique_ptr<Script> counter_add(const Operation& operation) {
  Request request{"COUNTER.INCR",
                  operation.key,
                  std::to_string(operation.value.integer()),
                  "ID",
                  operation.session,
                  std::to_string(operation.seq),
                  std::to_string(operation.plus),
                  std::to_string(operation.minus)};
  return std::make_unique<OneRequest>(operation, std::move(request), kIdentified, read_increment);
}

std::unique_ptr<Script> plain_script(const Operation& operation) {
  if (operation.f == "read") {
    return std::make_unique<OneRequest>(operation, Request{"GET", operation.key}, kRead, read_value);
  }
  Request request{"SET", operation.key, operation.value.string()};
  const bool identified = !operation.session.empty();
  if (identified) request.insert(request.end(), {"ID", operation.session, std::to_string(operation.seq)});
  return std::make_unique<OneRequest>(operation, std::move(request), identified ? kIdentified : kUnidentified,
                                      read_stored);
}

}  // namespace

std::unique_ptr<Script> dynamo_script(const Operation& operation) {
  const bool reads = operation.f == "read";
  switch (operation.kind) {
    case Operation::Kind::kCart:
      return cart_script(operation);
    case Operation::Kind::kCounter:
      if (reads)
        return std::make_unique<OneRequest>(operation, Request{"COUNTER.GET", operation.key}, kRead, read_counter);
      return counter_add(operation);
    case Operation::Kind::kRegister:
      if (operation.plain) return plain_script(operation);
      if (reads) return std::make_unique<OneRequest>(operation, Request{"VGET", operation.key}, kRead, read_register);
      return std::make_unique<RegisterWrite>(operation);
    case Operation::Kind::kSet:
      return set_script(operation);
  }
  return nullptr;
}

}  // namespace harness
