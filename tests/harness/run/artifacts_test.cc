#include "harness/run/artifacts.h"

#include <gtest/gtest.h>

#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using checkers::Event;
using checkers::EventType;
using nemesis::FaultEvent;
using namespace std::chrono_literals;

Event invocation(std::chrono::nanoseconds time, checkers::Value value, bool final = false) {
  Event event;
  event.time = time;
  event.process = 3;
  event.f = "add";
  event.key = "cart:1";
  event.value = std::move(value);
  event.fields.set("node", "n2");
  if (final) event.fields.set("final", true);
  return event;
}

TEST(Schedule, HoldsOperationsAndFaultsInTheirOrderAndNoResults) {
  checkers::History history;
  history.events.push_back(invocation(100ms, 1));
  Event completion = invocation(150ms, 1);
  completion.type = EventType::kOk;
  history.events.push_back(completion);
  history.events.push_back(invocation(3s, checkers::Value()));
  history.events.push_back(invocation(9s, checkers::Value(), true));
  FaultEvent kill;
  kill.at = 2s;
  kill.action = FaultEvent::Action::kKill;
  kill.nodes = {"n1"};
  FaultEvent restart = kill;
  restart.at = 4s;
  restart.action = FaultEvent::Action::kRestart;

  fake::FakeSystem system;
  std::string text = schedule_text(default_settings(system), history, {kill, restart});
  std::string lines = text.substr(text.find('\n') + 1);
  EXPECT_EQ(lines,
            "@0.100s p3 add cart:1 1 via n2\n"
            "@2.000s kill n1\n"
            "@3.000s p3 add cart:1 via n2\n"
            "@4.000s restart n1\n");

  auto parsed = nemesis::parse_schedule(text);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->faults, (std::vector<FaultEvent>{kill, restart}));
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
