// Conversations with a node, against replies written by hand: what is sent, and what each ending means.
#include "harness/systems/dynamo_script.h"

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

Operation increment() {
  Operation operation;
  operation.kind = Operation::Kind::kCounter;
  operation.f = "add";
  operation.key = "counter:1";
  operation.value = int64_t{-3};
  operation.session = "s4";
  operation.seq = 7;
  operation.plus = 10;
  operation.minus = 5;
  return operation;
}

Operation addition() {
  Operation operation;
  operation.kind = Operation::Kind::kCart;
  operation.f = "add";
  operation.key = "cart:1";
  operation.value = Map{{"item", "milk"}, {"quantity", 2}, {"tag", "s4:1"}};
  operation.session = "s4";
  operation.seq = 1;
  return operation;
}

Operation removal(std::vector<std::string> observed) {
  Operation operation;
  operation.kind = Operation::Kind::kCart;
  operation.f = "remove";
  operation.key = "cart:1";
  operation.value = Map{{"item", "milk"}};
  operation.has_observed = !observed.empty();
  operation.observed = std::move(observed);
  return operation;
}

Operation write(bool blind = false) {
  Operation operation;
  operation.kind = Operation::Kind::kRegister;
  operation.f = "write";
  operation.key = "register:1";
  operation.value = "v4.1";
  operation.blind = blind;
  return operation;
}

Operation plain_write(std::string session = "") {
  Operation operation = write();
  operation.plain = true;
  operation.session = std::move(session);
  operation.seq = operation.session.empty() ? 0 : 3;
  return operation;
}

Operation read(Operation::Kind kind) {
  Operation operation;
  operation.kind = kind;
  operation.f = "read";
  operation.key = "k";
  return operation;
}

// --- increments ---

TEST(DynamoIncrement, SendsItsIdentityAndTotals) {
  const Request expected = {"COUNTER.INCR", "counter:1", "-3", "ID", "s4", "7", "10", "5"};
  EXPECT_EQ(dynamo_script(increment())->request(), expected);
}

TEST(DynamoIncrement, IsOkWithWhatTheReplyClaimsAboutItself) {
  const auto done = dynamo_script(increment())->on_reply(from_n2(integer(5)));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->value, Value(int64_t{-3}));
  EXPECT_EQ(done->fields["coordinator"], Value("n2"));
  EXPECT_EQ(done->fields["acks"], Value(List{"n2", "n3", "n4"}));
  EXPECT_EQ(done->fields["hints"], Value(1));
}

TEST(DynamoIncrement, IsRepeatedIdenticallyAfterATimeout) {
  const auto script = dynamo_script(increment());
  const Request first = script->request();
  EXPECT_EQ(script->on_reply(error("TIMEOUT 1 of 2 acknowledged within 500 ms")), std::nullopt);
  EXPECT_TRUE(script->new_attempt());
  EXPECT_EQ(script->request(), first);
  const auto done = script->on_reply(from_n2(integer(5)));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
}

TEST(DynamoIncrement, IsRepeatedIdenticallyAfterALostConnection) {
  const auto script = dynamo_script(increment());
  const Request first = script->request();
  EXPECT_EQ(script->on_loss(Loss::kNoAnswer, "closed"), std::nullopt);
  EXPECT_EQ(script->request(), first);
}

TEST(DynamoIncrement, AnIncrementThatTimedOutOnceAndThenWasRefusedStaysUnknown) {
  for (const char* refusal : {"ERR no", "WRONGTYPE no", "TOOBIG no"}) {
    const auto script = dynamo_script(increment());
    EXPECT_EQ(script->on_reply(error("TIMEOUT")), std::nullopt);
    const auto done = script->on_reply(error(refusal));
    ASSERT_TRUE(done) << refusal;
    EXPECT_EQ(done->outcome, EventType::kInfo) << refusal;
    EXPECT_EQ(done->value, Value(int64_t{-3}));
    EXPECT_EQ(done->fields["error"].string(), std::string("TIMEOUT; then: ") + refusal);
  }
}

TEST(DynamoIncrement, AnIncrementThatTimedOutOnceAndThenFoundNobodyStaysUnknown) {
  const auto script = dynamo_script(increment());
  EXPECT_EQ(script->on_reply(error("TIMEOUT")), std::nullopt);
  EXPECT_EQ(script->on_reply(error("UNAVAIL")), std::nullopt);
  const auto done = script->on_loss(Loss::kNotSent, "refused");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kInfo);
}

TEST(DynamoIncrement, ThatWasRefusedAtOnceFails) {
  for (const char* refusal :
       {"UNAVAIL 1 of 2 nodes", "BUSY 9 requests are open", "ERR no", "WRONGTYPE no", "TOOBIG no"}) {
    const auto done = dynamo_script(increment())->on_reply(error(refusal));
    ASSERT_TRUE(done) << refusal;
    EXPECT_EQ(done->outcome, EventType::kFail) << refusal;
    EXPECT_EQ(done->fields["error"].string(), refusal);
  }
}

TEST(DynamoIncrement, ThatNeverLeftFailsAfterThreeNodes) {
  const auto script = dynamo_script(increment());
  EXPECT_EQ(script->on_loss(Loss::kNotSent, "refused"), std::nullopt);
  EXPECT_EQ(script->on_loss(Loss::kNotSent, "refused"), std::nullopt);
  const auto done = script->on_loss(Loss::kNotSent, "refused");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kFail);
}

TEST(DynamoIncrement, AnErrorThatNobodyKnowsLeavesItOpen) {
  for (const char* unknown : {"STALE epoch 3", "ERROR", "", "UNAVAILABLE"}) {
    const auto script = dynamo_script(increment());
    EXPECT_EQ(script->on_reply(error(unknown)), std::nullopt) << unknown;
    EXPECT_EQ(script->give_up("time is up").outcome, EventType::kInfo) << unknown;
  }
}

TEST(DynamoIncrement, AReplyOfTheWrongShapeLeavesItOpen) {
  for (const Reply& reply : {integer(5), from_n2(null()), array({integer(5), text("meta")}), status("OK")}) {
    const auto script = dynamo_script(increment());
    EXPECT_EQ(script->on_reply(reply), std::nullopt);
    const Completion done = script->give_up("time is up");
    EXPECT_EQ(done.outcome, EventType::kInfo);
    EXPECT_NE(done.fields["error"].string().find("unexpected reply"), std::string::npos);
  }
}

TEST(DynamoIncrement, GivenUpOnItsWayIsUnknown) {
  const auto script = dynamo_script(increment());
  script->request();
  EXPECT_EQ(script->give_up("end of the run").outcome, EventType::kInfo);
}

TEST(DynamoIncrement, GivenUpBetweenAttemptsThatNeverLeftFails) {
  const auto script = dynamo_script(increment());
  script->request();
  EXPECT_EQ(script->on_loss(Loss::kNotSent, "refused"), std::nullopt);
  EXPECT_EQ(script->give_up("no node answered").outcome, EventType::kFail);
}

TEST(DynamoIncrement, GivenUpBetweenAttemptsOfWhichOneMayHaveHappenedIsUnknown) {
  const auto script = dynamo_script(increment());
  script->request();
  EXPECT_EQ(script->on_loss(Loss::kNoAnswer, "closed"), std::nullopt);
  EXPECT_EQ(script->give_up("no node answered").outcome, EventType::kInfo);
}

// --- carts ---

TEST(DynamoCart, AnAdditionSendsItsTagAsIdentity) {
  const auto script = dynamo_script(addition());
  const Request expected = {"CART.ADD", "cart:1", "milk", "2", "ID", "s4", "1"};
  EXPECT_EQ(script->request(), expected);
  const auto done = script->on_reply(from_n2(text("s4:1")));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->value, addition().value);
}

TEST(DynamoCart, AnAdditionUnderAnotherTagIsNotTakenForOurs) {
  const auto script = dynamo_script(addition());
  EXPECT_EQ(script->on_reply(from_n2(text("s4:2"))), std::nullopt);
  EXPECT_EQ(script->give_up("time is up").outcome, EventType::kInfo);
}

TEST(DynamoCart, AnAdditionThatWasLostIsRepeated) {
  const auto script = dynamo_script(addition());
  EXPECT_EQ(script->on_loss(Loss::kNoAnswer, "closed"), std::nullopt);
  EXPECT_EQ(script->on_loss(Loss::kNoAnswer, "closed"), std::nullopt);
  const auto done = script->on_loss(Loss::kNoAnswer, "closed");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kInfo);
}

TEST(DynamoCart, ARemovalCarriesWhatWasSeenAndNamesWhatItRemoved) {
  const auto script = dynamo_script(removal({"s4:1", "s9:2"}));
  const Request expected = {"CART.REMOVE", "cart:1", "milk", "CTX", "s4:1,s9:2"};
  EXPECT_EQ(script->request(), expected);
  const auto done = script->on_reply(from_n2(array({text("s4:1"), text("s9:2")})));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->value, Value(Map{{"item", "milk"}, {"removed", List{"s4:1", "s9:2"}}}));
  EXPECT_EQ(done->fields["observed"], Value(List{"s4:1", "s9:2"}));
}

TEST(DynamoCart, ARemovalWithAContextIsRepeatedWithTheSameContext) {
  const auto script = dynamo_script(removal({"s4:1"}));
  const Request first = script->request();
  EXPECT_EQ(script->on_reply(error("TIMEOUT")), std::nullopt);
  EXPECT_EQ(script->request(), first);
}

// A repetition would read again, and might remove what was added after the first.
TEST(DynamoCart, ARemovalWithoutAContextIsNotRepeated) {
  const Request expected = {"CART.REMOVE", "cart:1", "milk"};
  EXPECT_EQ(dynamo_script(removal({}))->request(), expected);
  for (const bool answered : {false, true}) {
    const auto script = dynamo_script(removal({}));
    const auto done = answered ? script->on_reply(error("TIMEOUT")) : script->on_loss(Loss::kNoAnswer, "closed");
    ASSERT_TRUE(done);
    EXPECT_EQ(done->outcome, EventType::kInfo);
    EXPECT_EQ(done->value, Value(Map{{"item", "milk"}}));
    EXPECT_TRUE(done->fields["observed"].is_null());
  }
}

TEST(DynamoCart, AReadListsItemsWithTheirTags) {
  const auto script = dynamo_script(read(Operation::Kind::kCart));
  EXPECT_EQ(script->request(), (Request{"CART.GET", "k"}));
  const auto done = script->on_reply(
      from_n2(array({array({text("bread"), integer(0), array({text("s1:1"), integer(-1)})}),
                     array({text("milk"), integer(3), array({text("s1:2"), integer(1), text("s2:1"), integer(2)})})})));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(
      checkers::to_json(done->value),
      R"([{"item":"bread","quantity":0,"tags":{"s1:1":-1}},{"item":"milk","quantity":3,"tags":{"s1:2":1,"s2:1":2}}])");
}

TEST(DynamoCart, AnEmptyCartIsAnEmptyList) {
  const auto done = dynamo_script(read(Operation::Kind::kCart))->on_reply(from_n2(array({})));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->value, Value(List{}));
}

// --- reads ---

TEST(DynamoRead, FailsOnAnyErrorWithoutAnotherAttempt) {
  for (const char* refusal : {"UNAVAIL", "TIMEOUT", "ERR no", "STALE"}) {
    const auto done = dynamo_script(read(Operation::Kind::kCounter))->on_reply(error(refusal));
    ASSERT_TRUE(done) << refusal;
    EXPECT_EQ(done->outcome, EventType::kFail) << refusal;
    EXPECT_TRUE(done->value.is_null());
  }
}

TEST(DynamoRead, WithoutAReplyIsTriedOnceMoreAndThenFails) {
  const auto script = dynamo_script(read(Operation::Kind::kCounter));
  EXPECT_EQ(script->request(), (Request{"COUNTER.GET", "k"}));
  EXPECT_EQ(script->on_loss(Loss::kNoAnswer, "closed"), std::nullopt);
  const auto done = script->on_loss(Loss::kNoAnswer, "closed");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kFail);
}

TEST(DynamoRead, GivenUpFails) {
  EXPECT_EQ(dynamo_script(read(Operation::Kind::kCart))->give_up("time is up").outcome, EventType::kFail);
}

TEST(DynamoRead, OfACounterIsItsValue) {
  const auto done = dynamo_script(read(Operation::Kind::kCounter))->on_reply(from_n2(integer(-12)));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->value, Value(-12));
}

TEST(DynamoRead, OfARegisterListsItsSiblings) {
  const auto script = dynamo_script(read(Operation::Kind::kRegister));
  EXPECT_EQ(script->request(), (Request{"VGET", "k"}));
  const auto done = script->on_reply(from_n2(array({text("token"), text("v1.1"), text("v2.1")})));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->value, Value(List{"v1.1", "v2.1"}));
}

// --- register writes ---

TEST(DynamoWrite, ReadsAndThenSupersedesWhatItSaw) {
  const auto script = dynamo_script(write());
  EXPECT_EQ(script->request(), (Request{"VGET", "register:1"}));
  EXPECT_EQ(script->on_reply(from_n2(array({text("token"), text("v1.1"), text("v2.1")}))), std::nullopt);
  EXPECT_FALSE(script->new_attempt());
  EXPECT_EQ(script->request(), (Request{"VPUT", "register:1", "v4.1", "CTX", "token"}));
  const auto done = script->on_reply(from_n2(text("token2")));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->value, Value("v4.1"));
  EXPECT_EQ(done->fields["parents"], Value(List{"v1.1", "v2.1"}));
  EXPECT_EQ(done->fields["coordinator"], Value("n2"));
}

TEST(DynamoWrite, OfANewKeyHasNoContextAndNoParents) {
  const auto script = dynamo_script(write());
  EXPECT_EQ(script->on_reply(from_n2(array({text("")}))), std::nullopt);
  EXPECT_EQ(script->request(), (Request{"VPUT", "register:1", "v4.1"}));
  const auto done = script->on_reply(from_n2(text("token")));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->fields["parents"], Value(List{}));
}

TEST(DynamoWrite, ABlindOneDoesNotRead) {
  const auto script = dynamo_script(write(true));
  EXPECT_EQ(script->request(), (Request{"VPUT", "register:1", "v4.1"}));
  const auto done = script->on_reply(from_n2(text("token")));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->fields["parents"], Value(List{}));
}

TEST(DynamoWrite, WhoseReadWasNotAnsweredFailsBecauseNothingWasWritten) {
  for (const char* refusal : {"TIMEOUT", "UNAVAIL", "ERR no"}) {
    const auto done = dynamo_script(write())->on_reply(error(refusal));
    ASSERT_TRUE(done) << refusal;
    EXPECT_EQ(done->outcome, EventType::kFail) << refusal;
    EXPECT_TRUE(done->fields["parents"].is_null());
  }
  const auto script = dynamo_script(write());
  EXPECT_EQ(script->on_loss(Loss::kNoAnswer, "closed"), std::nullopt);
  EXPECT_EQ(script->request(), (Request{"VGET", "register:1"}));
  EXPECT_EQ(script->give_up("time is up").outcome, EventType::kFail);
}

TEST(DynamoWrite, IsNotRepeatedOnceItMayHaveHappenedAndKeepsItsParents) {
  for (const bool answered : {false, true}) {
    const auto script = dynamo_script(write());
    EXPECT_EQ(script->on_reply(from_n2(array({text("token"), text("v1.1")}))), std::nullopt);
    const auto done = answered ? script->on_reply(error("TIMEOUT")) : script->on_loss(Loss::kNoAnswer, "closed");
    ASSERT_TRUE(done);
    EXPECT_EQ(done->outcome, EventType::kInfo);
    EXPECT_EQ(done->fields["parents"], Value(List{"v1.1"}));
  }
}

TEST(DynamoWrite, ThatNeverLeftGoesToAnotherNodeWithTheSameContext) {
  const auto script = dynamo_script(write());
  EXPECT_EQ(script->on_reply(from_n2(array({text("token"), text("v1.1")}))), std::nullopt);
  EXPECT_EQ(script->on_loss(Loss::kNotSent, "refused"), std::nullopt);
  EXPECT_EQ(script->request(), (Request{"VPUT", "register:1", "v4.1", "CTX", "token"}));
  const auto done = script->on_reply(error("UNAVAIL"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kFail);
}

TEST(DynamoWrite, GivenUpBetweenReadingAndWritingFails) {
  const auto script = dynamo_script(write());
  script->request();
  EXPECT_EQ(script->on_reply(from_n2(array({text("")}))), std::nullopt);
  EXPECT_EQ(script->give_up("end of the run").outcome, EventType::kFail);
}

TEST(DynamoWrite, GivenUpWhileWritingIsUnknown) {
  const auto script = dynamo_script(write());
  EXPECT_EQ(script->on_reply(from_n2(array({text("")}))), std::nullopt);
  script->request();
  EXPECT_EQ(script->give_up("end of the run").outcome, EventType::kInfo);
}

// --- registers of one value ---

TEST(DynamoPlainRegister, AWriteIsASetAndUnknownWhenNobodyAnswers) {
  const auto script = dynamo_script(plain_write());
  EXPECT_EQ(script->request(), (Request{"SET", "register:1", "v4.1"}));
  const auto done = script->on_reply(error("TIMEOUT"));
  ASSERT_TRUE(done) << "a second SET would be a second write";
  EXPECT_EQ(done->outcome, EventType::kInfo);
  const auto stored = dynamo_script(plain_write())->on_reply(from_n2(status("OK")));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->outcome, EventType::kOk);
  EXPECT_EQ(stored->value, Value("v4.1"));
}

TEST(DynamoPlainRegister, AnIdentifiedWriteIsRepeatedIdentically) {
  const auto script = dynamo_script(plain_write("s4"));
  const Request first = script->request();
  EXPECT_EQ(first, (Request{"SET", "register:1", "v4.1", "ID", "s4", "3"}));
  EXPECT_EQ(script->on_reply(error("TIMEOUT")), std::nullopt);
  EXPECT_EQ(script->request(), first);
}

TEST(DynamoPlainRegister, AReadIsAGetOfOneValueOrNone) {
  Operation operation = read(Operation::Kind::kRegister);
  operation.plain = true;
  EXPECT_EQ(dynamo_script(operation)->request(), (Request{"GET", "k"}));
  EXPECT_EQ(dynamo_script(operation)->on_reply(from_n2(text("v4.1")))->value, Value(List{"v4.1"}));
  EXPECT_EQ(dynamo_script(operation)->on_reply(from_n2(null()))->value, Value(List{}));
}

// --- sets ---

Operation member(const char* f, std::vector<std::string> observed = {}) {
  Operation operation;
  operation.kind = Operation::Kind::kSet;
  operation.f = f;
  operation.key = "set:1";
  operation.value = Map{{"member", "ann"}};
  if (operation.f == "add") operation.value.set("tag", "s4:1");
  operation.session = "s4";
  operation.seq = 1;
  operation.has_observed = !observed.empty();
  operation.observed = std::move(observed);
  return operation;
}

TEST(DynamoSet, AnAdditionSendsItsIdentityAndIsOkWhetherTheMemberWasNewOrNot) {
  for (const int64_t reply : {0, 1}) {
    const auto script = dynamo_script(member("add"));
    EXPECT_EQ(script->request(), (Request{"SADD", "set:1", "ann", "ID", "s4", "1"}));
    EXPECT_EQ(script->on_reply(error("TIMEOUT")), std::nullopt) << "it may be repeated";
    const auto done = script->on_reply(from_n2(integer(reply)));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->outcome, EventType::kOk);
    EXPECT_EQ(done->value, member("add").value);
  }
}

TEST(DynamoSet, ARemovalWithAContextRemovedItsTagsAndOneWithoutNamesNone) {
  const auto with = dynamo_script(member("remove", {"s1:1", "s2:4"}));
  EXPECT_EQ(with->request(), (Request{"SREM", "set:1", "ann", "CTX", "s1:1,s2:4"}));
  const auto done = with->on_reply(from_n2(integer(1)));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->value["removed"], Value(List{"s1:1", "s2:4"}));
  EXPECT_EQ(done->fields["observed"], Value(List{"s1:1", "s2:4"}));

  const auto without = dynamo_script(member("remove"));
  EXPECT_EQ(without->request(), (Request{"SREM", "set:1", "ann"}));
  const auto blind = without->on_reply(from_n2(integer(1)));
  ASSERT_TRUE(blind);
  EXPECT_TRUE(blind->value["removed"].is_null());
  EXPECT_EQ(dynamo_script(member("remove"))->on_loss(Loss::kNoAnswer, "closed")->outcome, EventType::kInfo);
}

TEST(DynamoSet, AReadShowsMembersWithTheirTags) {
  const auto script = dynamo_script(read(Operation::Kind::kSet));
  EXPECT_EQ(script->request(), (Request{"SMEMBERS", "k", "WITHTAGS"}));
  const auto done = script->on_reply(from_n2(array({array({text("ann"), array({text("s1:1"), text("s2:4")})})})));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->value, Value(List{Value(Map{{"member", "ann"}, {"tags", List{"s1:1", "s2:4"}}})}));
  EXPECT_EQ(dynamo_script(read(Operation::Kind::kSet))->on_reply(from_n2(array({text("ann")}))), std::nullopt)
      << "an unexpected reply is no answer; the read is tried once more";
}

}  // namespace
}  // namespace harness
