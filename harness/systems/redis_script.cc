#include "harness/systems/redis_script.h"

#include <utility>

#include "harness/systems/attempts.h"
#include "harness/systems/dynamo_reply.h"

namespace harness {
namespace {

using checkers::EventType;
using checkers::List;
using checkers::Map;
using checkers::Value;
using workloads::Operation;

// A register that was never written has no value; a counter counts from 0.
Parsed<Value> redis_register(const Reply& reply) {
  if (reply.kind == Reply::Kind::kNull) return Value(List{});
  if (reply.kind != Reply::Kind::kString) return tl::unexpected("expected a string or null, got " + describe(reply));
  return Value(List{reply.text});
}

Parsed<Value> redis_number(const Reply& reply) {
  if (reply.kind == Reply::Kind::kNull) return Value(int64_t{0});
  const Parsed<int64_t> value = parse_integer(reply);
  if (!value) return tl::unexpected(value.error());
  return Value(*value);
}

Parsed<Value> read_done(const Reply& reply) {
  if (reply.kind != Reply::Kind::kStatus) return tl::unexpected("expected status OK, got " + describe(reply));
  return Value();
}

Parsed<Value> read_members(const Reply& reply) {
  if (reply.kind != Reply::Kind::kArray) return tl::unexpected("expected an array of members, got " + describe(reply));
  List members;
  for (const Reply& member : reply.elements) {
    if (member.kind != Reply::Kind::kString) return tl::unexpected("expected a member, got " + describe(member));
    members.emplace_back(Map{{"member", member.text}});
  }
  return Value(std::move(members));
}

class RedisCommand : public Script {
 public:
  using Read = Parsed<Value> (*)(const Reply& reply);

  RedisCommand(Operation operation, Request request, Read read)
      : operation_(std::move(operation)),
        request_(std::move(request)),
        read_(read),
        writes_(operation_.f != "read"),
        attempts_({.writes = writes_, .repeatable = false, .most = 1}) {}  // there is only one server to ask

  Request request() const override {
    under_way_ = true;
    return request_;
  }

  std::optional<Completion> on_reply(const Reply& reply) override {
    under_way_ = false;
    // One thread executes a command whole: whatever it answers with an error (-ERR, -LOADING, -MISCONF …) it did not
    // do.
    if (reply.kind == Reply::Kind::kError) return closed(attempts_.refused(reply.text, false));
    Parsed<Value> value = read_(reply);
    if (!value) return closed(attempts_.unanswered("unexpected reply: " + value.error()));
    return Completion{EventType::kOk, writes_ ? operation_.value : std::move(*value), Value()};
  }

  std::optional<Completion> on_loss(Loss loss, const std::string& why) override {
    under_way_ = false;
    return closed(loss == Loss::kNotSent ? attempts_.not_sent(why) : attempts_.unanswered(why));
  }

  Completion give_up(const std::string& why) override { return *closed(attempts_.given_up(why, under_way_)); }

 private:
  std::optional<Completion> closed(std::optional<EventType> outcome) const {
    if (!outcome) return std::nullopt;
    return Completion{*outcome, writes_ ? operation_.value : Value(), Map{{"error", attempts_.error()}}};
  }

  Operation operation_;
  Request request_;
  Read read_;
  mutable bool under_way_ = false;  // request() was handed out, and nothing is known of it
  bool writes_;
  Attempts attempts_;
};

// Redis knows no tags: a removal removes the member, whoever added it.
std::unique_ptr<Script> set_command(const Operation& operation) {
  if (operation.f == "read")
    return std::make_unique<RedisCommand>(operation, Request{"SMEMBERS", operation.key}, read_members);
  Request request{operation.f == "remove" ? "SREM" : "SADD", operation.key, operation.value["member"].string()};
  return std::make_unique<RedisCommand>(operation, std::move(request), redis_number);
}

}  // namespace

std::unique_ptr<Script> redis_script(const Operation& operation) {
  if (operation.kind == Operation::Kind::kSet) return set_command(operation);
  const bool counter = operation.kind == Operation::Kind::kCounter;
  if (operation.f == "read") {
    return std::make_unique<RedisCommand>(operation, Request{"GET", operation.key},
                                          counter ? redis_number : redis_register);
  }
  if (counter) {
    Request request{"INCRBY", operation.key, std::to_string(operation.value.integer())};
    return std::make_unique<RedisCommand>(operation, std::move(request), redis_number);
  }
  return std::make_unique<RedisCommand>(operation, Request{"SET", operation.key, operation.value.string()}, read_done);
}

}  // namespace harness
