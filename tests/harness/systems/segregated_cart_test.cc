// Row S2: a cart of which each item has its own key: what is sent for it, and what a dump makes of it.
#include "harness/systems/segregated_cart.h"

#include <gtest/gtest.h>

#include "harness/systems/dynamo_script.h"
#include "tests/harness/systems/replies.h"

namespace harness {
namespace {

using checkers::EventType;
using checkers::List;
using checkers::Map;
using checkers::Record;
using checkers::Value;
using workloads::Operation;
using Loss = Script::Loss;

Operation of_cart(const std::string& f) {
  Operation operation;
  operation.kind = Operation::Kind::kCart;
  operation.f = f;
  operation.key = "cart:1";
  operation.segregated = true;
  if (f == "read") {
    operation.items = {"eggs", "milk"};
  } else {
    operation.value = Map{{"item", "milk"}};
  }
  return operation;
}

Reply line(const std::string& item, int64_t quantity, const std::string& tag) {
  return array({array({text(item), integer(quantity), array({text(tag), integer(quantity)})})});
}

Value version(const std::string& tag) { return Value(Map{{"id", tag}}); }

TEST(SegregatedCart, AnAdditionAndARemovalGoToTheKeyOfTheirItem) {
  Operation add = of_cart("add");
  add.value.set("quantity", int64_t{2});
  add.value.set("tag", "s4:1");
  add.session = "s4";
  add.seq = 1;
  EXPECT_EQ(dynamo_script(add)->request(), (Request{"CART.ADD", "{cart:1}:milk", "milk", "2", "ID", "s4", "1"}));
  EXPECT_EQ(dynamo_script(of_cart("remove"))->request(), (Request{"CART.REMOVE", "{cart:1}:milk", "milk"}));
}

TEST(SegregatedCart, IsReadItemByItemThroughOneNode) {
  const auto script = dynamo_script(of_cart("read"));
  EXPECT_EQ(script->request(), (Request{"CART.GET", "{cart:1}:eggs"}));
  EXPECT_FALSE(script->on_reply(from_n2(line("eggs", 6, "s4:1"))));
  EXPECT_FALSE(script->new_attempt());
  EXPECT_EQ(script->request(), (Request{"CART.GET", "{cart:1}:milk"}));
  const auto done = script->on_reply(from_n2(line("milk", 2, "s5:1")));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, EventType::kOk);
  EXPECT_EQ(done->value, Value(List{Map{{"item", "eggs"}, {"quantity", 6}, {"tags", Map{{"s4:1", 6}}}},
                                    Map{{"item", "milk"}, {"quantity", 2}, {"tags", Map{{"s5:1", 2}}}}}));
  EXPECT_EQ(done->fields["coordinator"].string(), "n2");
  EXPECT_EQ(done->fields["acks"].list().size(), 3u) << "each once";
  EXPECT_EQ(done->fields["hints"].integer(), 2) << "one for each item";
}

TEST(SegregatedCart, GoesOnWithTheItemThatWasLostAtAnotherNode) {
  const auto script = dynamo_script(of_cart("read"));
  EXPECT_EQ(script->request()[1], "{cart:1}:eggs");
  EXPECT_FALSE(script->on_reply(from_n2(array({}))));
  EXPECT_EQ(script->request()[1], "{cart:1}:milk");
  EXPECT_FALSE(script->on_loss(Loss::kNoAnswer, "time-out"));
  EXPECT_EQ(script->request()[1], "{cart:1}:milk");
  const auto failed = script->on_loss(Loss::kNoAnswer, "time-out");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->outcome, EventType::kFail) << "half of a cart is none";
}

TEST(SegregatedCart, ARefusedItemEndsTheRead) {
  const auto script = dynamo_script(of_cart("read"));
  script->request();
  const auto failed = script->on_reply(error("TIMEOUT"));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->outcome, EventType::kFail);
}

TEST(SegregatedCart, ADumpShowsItWhole) {
  checkers::Dump dump;
  dump.records = {{item_key("cart:1", "milk"), List{version("s4:1")}, "A", ""},
                  {"cart:9", List{version("s9:1")}, "Z", ""},
                  {item_key("cart:2", "milk"), List{}, "B", ""},
                  {item_key("cart:1", "eggs"), List{version("s4:2"), version("s5:1")}, "C", ""}};
  dump.hints = {{item_key("cart:1", "milk"), List{version("s6:1")}, "A", "n1"},
                {item_key("cart:1", "eggs"), List{version("s6:2")}, "A", "n2"},
                {item_key("cart:1", "tea"), List{version("s6:3")}, "A", "n1"}};
  gather_carts(dump);
  ASSERT_EQ(dump.records.size(), 3u);
  EXPECT_EQ(dump.records[0].key, "cart:1");
  EXPECT_EQ(dump.records[0].versions, (List{version("s4:1"), version("s4:2"), version("s5:1")}));
  EXPECT_EQ(dump.records[0].context, "milk=A eggs=C");
  EXPECT_EQ(dump.records[1].key, "cart:9") << "no segregated one";
  EXPECT_EQ(dump.records[2].key, "cart:2");
  EXPECT_TRUE(dump.records[2].versions.empty()) << "what was removed";
  ASSERT_EQ(dump.hints.size(), 2u) << "one for each home";
  EXPECT_EQ(dump.hints[0].home, "n1");
  EXPECT_EQ(dump.hints[0].versions, (List{version("s6:1"), version("s6:3")}));
}

}  // namespace
}  // namespace harness
