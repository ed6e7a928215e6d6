#include "harness/systems/redis_script.h"

#include <gtest/gtest.h>

#include "tests/harness/systems/replies.h"

namespace harness {
namespace {

using checkers::EventType;
using checkers::List;
using checkers::Map;
using checkers::Value;
using workloads::Operation;
using Loss = Script::Loss;

Operation operation(Operation::Kind kind, const char* f, Value value) {
  Operation made;
  made.kind = kind;
  made.f = f;
  made.key = "k";
  made.value = std::move(value);
  return made;
}
Operation redis_write() { return operation(Operation::Kind::kRegister, "write", "v1.1"); }
Operation add() { return operation(Operation::Kind::kCounter, "add", -2); }

TEST(RedisScript, ARegisterIsSetAndGot) {
  const auto script = redis_script(redis_write());
  EXPECT_EQ(script->request(), (Request{"SET", "k", "v1.1"}));
  const auto done = script->on_reply(status("OK"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->value, Value("v1.1"));
  EXPECT_TRUE(done->fields["parents"].is_null()) << "one copy knows no parents";

  const Operation read = operation(Operation::Kind::kRegister, "read", Value());
  EXPECT_EQ(redis_script(read)->request(), (Request{"GET", "k"}));
  EXPECT_EQ(redis_script(read)->on_reply(text("v1.1"))->value, Value(List{"v1.1"}));
  EXPECT_EQ(redis_script(read)->on_reply(null())->value, Value(List{}));
}

TEST(RedisScript, ACounterIsIncrementedAndGot) {
  const auto script = redis_script(add());
  EXPECT_EQ(script->request(), (Request{"INCRBY", "k", "-2"}));
  const auto done = script->on_reply(integer(40));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->value, Value(-2));

  const Operation read = operation(Operation::Kind::kCounter, "read", Value());
  EXPECT_EQ(redis_script(read)->on_reply(text("-17"))->value, Value(-17));
  EXPECT_EQ(redis_script(read)->on_reply(null())->value, Value(0));
  EXPECT_EQ(redis_script(read)->on_reply(text("ten"))->outcome, EventType::kFail);
}

TEST(RedisScript, MembersAreAddedRemovedAndRead) {
  using Kind = Operation::Kind;
  const Operation add = operation(Kind::kSet, "add", Map{{"member", "ann"}, {"tag", "s1:1"}});
  EXPECT_EQ(redis_script(add)->request(), (Request{"SADD", "k", "ann"}));
  EXPECT_EQ(redis_script(add)->on_reply(integer(1))->value, add.value);
  const Operation remove = operation(Kind::kSet, "remove", Map{{"member", "ann"}});
  EXPECT_EQ(redis_script(remove)->request(), (Request{"SREM", "k", "ann"}));
  EXPECT_TRUE(redis_script(remove)->on_reply(integer(0))->value["removed"].is_null()) << "it names no tags";
  const Operation read = operation(Kind::kSet, "read", Value());
  EXPECT_EQ(redis_script(read)->request(), (Request{"SMEMBERS", "k"}));
  EXPECT_EQ(redis_script(read)->on_reply(array({text("ann"), text("bob")}))->value,
            Value(List{Value(Map{{"member", "ann"}}), Value(Map{{"member", "bob"}})}));
  EXPECT_EQ(redis_script(read)->on_reply(text("ann"))->outcome, EventType::kFail);
}

TEST(RedisScript, NothingIsRepeatedOnceItMayHaveHappened) {
  for (const Operation& made : {redis_write(), add()}) {
    const auto done = redis_script(made)->on_loss(Loss::kNoAnswer, "closed");
    ASSERT_TRUE(done);
    EXPECT_EQ(done->outcome, EventType::kInfo);
    EXPECT_EQ(done->value, made.value);
    EXPECT_EQ(done->fields["error"], Value("closed"));
  }
}

TEST(RedisScript, WhatNeverLeftOrWasAnsweredWithAnErrorFails) {
  EXPECT_EQ(redis_script(add())->on_loss(Loss::kNotSent, "refused")->outcome, EventType::kFail);
  for (const char* refusal : {"LOADING Redis is loading the dataset in memory", "ERR no", "MISCONF no"}) {
    EXPECT_EQ(redis_script(add())->on_reply(error(refusal))->outcome, EventType::kFail) << refusal;
  }
}

TEST(RedisScript, AReadWithoutAReplyFails) {
  const Operation read = operation(Operation::Kind::kRegister, "read", Value());
  EXPECT_EQ(redis_script(read)->on_loss(Loss::kNoAnswer, "closed")->outcome, EventType::kFail);
  EXPECT_EQ(redis_script(read)->give_up("time is up").outcome, EventType::kFail);
}

TEST(RedisScript, AWriteGivenUpOrAnsweredStrangelyIsUnknown) {
  const auto script = redis_script(redis_write());
  script->request();
  EXPECT_EQ(script->give_up("time is up").outcome, EventType::kInfo);
  EXPECT_EQ(redis_script(redis_write())->on_reply(integer(1))->outcome, EventType::kInfo);
}

}  // namespace
}  // namespace harness
