#include "harness/run/artifacts.h"

#include <gtest/gtest.h>

#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using checkers::Event;
using checkers::EventType;
using nemesis::FaultEvent;
using namespace std::chrono_literals;

Event invocation(std::chrono::nanoseconds time, std::string f, checkers::Value value, bool final = false) {
  Event event;
  event.time = time;
  event.process = 13;
  event.f = std::move(f);
  event.key = "cart:1";
  event.value = std::move(value);
  event.fields.set("node", "n2");
  if (final) event.fields.set("final", true);
  return event;
}

TEST(Schedule, HoldsOperationsAndFaultsInTheirOrderAndNoResults) {
  using checkers::Map;
  checkers::History history;
  history.events.push_back(invocation(100ms, "add", Map{{"item", "milk"}, {"quantity", 2}, {"tag", "s13:1"}}));
  Event completion = history.events.back();
  completion.type = EventType::kOk;
  history.events.push_back(completion);
  history.events.push_back(invocation(3s + 999us, "remove", Map{{"item", "milk"}}));
  history.events.back().fields.set("observed", checkers::List{"s13:1"});
  history.events.push_back(invocation(5s, "remove", Map{{"item", "tea"}}));
  history.events.push_back(invocation(9s, "read", checkers::Value(), true));
  FaultEvent kill;
  kill.at = 2s;
  kill.action = FaultEvent::Action::kKill;
  kill.nodes = {"n1"};
  FaultEvent restart = kill;
  restart.at = 4s;
  restart.action = FaultEvent::Action::kRestart;

  fake::FakeSystem system;
  RunSettings settings = default_settings(system);
  settings.workload = "cart";
  settings.concurrency = 10;
  const nemesis::Schedule schedule = executed_schedule(settings, history, {kill, restart});
  EXPECT_EQ(schedule.header, schedule_header(settings));
  const std::string text = nemesis::to_text(schedule);
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "@0.100s p3 cart.add cart:1 milk 2 via n2\n"
            "@2.000s kill n1\n"
            "@3.000s p3 cart.remove cart:1 milk via n2\n"
            "@4.000s restart n1\n"
            "@5.000s p3 cart.remove cart:1 tea unseen via n2\n");

  auto parsed = nemesis::parse_schedule(text);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->faults, (std::vector<FaultEvent>{kill, restart}));
  EXPECT_EQ(nemesis::to_text(*parsed), text);
}

TEST(PrettyJson, BreaksLinesOnlyWhereTheyWouldBeLong) {
  checkers::Value value;
  value.set("short", checkers::List{1, 2});
  value.set("long", checkers::List{std::string(50, 'a'), std::string(50, 'b')});
  EXPECT_EQ(pretty_json(value), "{\n  \"short\": [1,2],\n  \"long\": [\n    \"" + std::string(50, 'a') + "\",\n    \"" +
                                    std::string(50, 'b') + "\"\n  ]\n}\n");
}

}  // namespace
}  // namespace harness
