#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <sstream>

#include "nemesis/nemesis.h"

namespace nemesis {
namespace {

using Action = FaultEvent::Action;
using Nodes = std::vector<std::string>;

rc::Gen<std::string> node_name() {
  return rc::gen::map(rc::gen::inRange(1, 12), [](int number) { return "n" + std::to_string(number); });
}

rc::Gen<Nodes> some_nodes() { return rc::gen::nonEmpty(rc::gen::container<Nodes>(node_name())); }

FaultEvent any_event() {
  FaultEvent event;
  event.at = Millis(*rc::gen::inRange(0, 10'000'000));
  event.action =
      *rc::gen::element(Action::kPartition, Action::kHeal, Action::kKill, Action::kRestart, Action::kPause,
                        Action::kResume, Action::kLoseDisk, Action::kDropAcks, Action::kPassAcks, Action::kKillAckers,
                        Action::kRestartAckers, Action::kKillStorage, Action::kLoseStorage, Action::kRestartStorage,
                        Action::kJoin, Action::kLeave, Action::kRemove);
  if (event.action == Action::kPartition) {
    event.shape = *rc::gen::element<std::string>("isolate-one", "bridge", "mine");
    event.sides = *rc::gen::container<std::vector<Nodes>>(some_nodes());
    for (const std::string& from : *some_nodes()) event.cuts.push_back({from, *node_name()});
  } else if (event.action == Action::kKillAckers) {
    event.count = *rc::gen::inRange(0, 1000);
  } else if (event.action != Action::kHeal && event.action != Action::kPassAcks &&
             event.action != Action::kRestartAckers) {
    event.nodes = *some_nodes();
  }
  return event;
}

RC_GTEST_PROP(ScheduleProperty, WhatIsPrintedIsReadBackUnchanged, ()) {
  const FaultEvent event = any_event();
  const auto read = parse_schedule(to_line(event));
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->faults == std::vector<FaultEvent>{event});
}

RC_GTEST_PROP(ScheduleProperty, AnySubsetOfItsLinesIsALegalSchedule, (uint64_t seed)) {
  const auto whole = draw_schedule(
      {.nemeses = {"partition", "kill", "pause", "lose-disk", "drop-acks", "kill-ackers", "kill-storage", "membership"},
       .nodes = {"n1", "n2", "n3", "n4", "n5"},
       .seed = seed});
  RC_ASSERT(whole.has_value());
  std::string text;
  std::vector<FaultEvent> kept;
  for (const FaultEvent& event : whole->faults) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    kept.push_back(event);
    text += to_line(event) + "\n";
  }
  const auto read = parse_schedule(text);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->faults == kept);
}

RC_GTEST_PROP(ScheduleProperty, NoTextEndsTheParser, (const std::string& text)) {
  const auto read = parse_schedule(text);
  RC_CLASSIFY(read.has_value());
  const auto garbled = parse_schedule("@1.000s partition " + text);
  if (!garbled) RC_ASSERT(garbled.error().rfind("line ", 0) == 0);
}

}  // namespace
}  // namespace nemesis
