// What is counted rather than judged, and availability, against the events themselves: for each invocation its
// completion is looked for, and all that happened in between.
#include <gtest/gtest.h>

#include <map>

#include "tests/checkers/cases.h"

namespace checkers {
namespace {

// Clients of three nodes that stop and go on.
Scenario random_course(Choices& choices) {
  Scenario s("register");
  int64_t processes[] = {0, 1, 2};
  int64_t fresh = 3;
  while (choices.more()) {
    const std::string node = "n" + std::to_string(1 + choices.below(3));
    if (choices.below(4) == 0) {
      const bool pause = choices.below(2) == 0;
      s.fault(pause ? "pause" : "resume", Value(Map{{"nodes", texts({node})}}), choices.below(3) > 0);
      continue;
    }
    int64_t& process = processes[choices.below(3)];
    if (!s.is_open(process)) {
      Value fields{Map{{"node", node}}};
      if (choices.below(8) == 0) fields.set("final", true);
      s.invoke(process, choices.below(2) == 0 ? "read" : "write", "k", {}, fields);
    } else if (!s.ends_badly(process, choices.below(5), fresh)) {
      s.wait(std::chrono::milliseconds(choices.below(50))).ok(process, "v");
    }
  }
  return s;
}

size_t completion_of(const std::vector<Event>& events, size_t invocation) {
  for (size_t i = invocation + 1; i < events.size(); ++i) {
    if (events[i].process == events[invocation].process) return i;
  }
  return events.size();
}

// Once everything up to `last` has happened.
bool is_paused(const std::vector<Event>& events, size_t last, const std::string& node) {
  for (size_t i = last + 1; i-- > 0;) {
    if (events[i].process != kNemesisProcess || !(events[i].value["nodes"] == texts({node}))) continue;
    if (events[i].f == "pause") return true;
    if (events[i].f == "resume" && events[i].fields["done"].boolean()) return false;
  }
  return false;
}

int64_t quantile(const std::vector<int64_t>& samples, int64_t percent) {
  int64_t smallest = *std::max_element(samples.begin(), samples.end());
  for (const int64_t sample : samples) {
    const auto covered = std::count_if(samples.begin(), samples.end(), [&](int64_t other) { return other <= sample; });
    if (100 * covered >= percent * static_cast<int64_t>(samples.size())) smallest = std::min(smallest, sample);
  }
  return smallest;
}

TEST(Stats, AreThoseOfTheEvents) {
  for_each_case(10'000, 80, [](Choices& choices) {
    const Scenario s = random_course(choices);
    const std::vector<Event>& events = s.history.events;
    std::map<std::string, std::map<std::string, int64_t>> counts;
    std::map<std::string, std::vector<int64_t>> latencies;
    for (size_t i = 0; i < events.size(); ++i) {
      if (events[i].process == kNemesisProcess || events[i].type != EventType::kInvoke) continue;
      const size_t end = completion_of(events, i);
      ++counts[events[i].f][end < events.size() ? std::string(to_string(events[end].type)) : "info"];
      if (end < events.size() && events[end].type == EventType::kOk)
        latencies[events[i].f].push_back((events[end].time - events[i].time).count());
    }
    const Value details = check(s.history, "stats").details;
    ASSERT_EQ(details.map().size(), counts.size());
    for (auto& [f, of_f] : counts) {
      for (const char* outcome : {"ok", "fail", "info"})
        ASSERT_EQ(details[f][outcome].integer(), of_f[outcome]) << f << " " << outcome;
      ASSERT_EQ(details[f]["count"].integer(), of_f["ok"] + of_f["fail"] + of_f["info"]);
      const Value& told = details[f]["latency_ns"];
      ASSERT_EQ(told.is_null(), latencies[f].empty());
      if (told.is_null()) continue;
      ASSERT_EQ(told["p50"].integer(), quantile(latencies[f], 50));
      ASSERT_EQ(told["p95"].integer(), quantile(latencies[f], 95));
      ASSERT_EQ(told["p99"].integer(), quantile(latencies[f], 99));
      ASSERT_EQ(told["max"].integer(), quantile(latencies[f], 100));
    }
  });
}

TEST(Availability, CountsAllButWhatMetAPausedNode) {
  int64_t valid = 0, invalid = 0;
  for_each_case(10'000, 80, [&](Choices& choices) {
    Scenario s = random_course(choices);
    s.history.test.require_availability = 0.5;
    const std::vector<Event>& events = s.history.events;
    int64_t all = 0, answered = 0, left_out = 0;
    for (size_t i = 0; i < events.size(); ++i) {
      if (events[i].process == kNemesisProcess || events[i].type != EventType::kInvoke) continue;
      if (events[i].fields["final"].boolean()) continue;
      const size_t end = completion_of(events, i);
      bool met_paused = false;
      for (size_t at = i; at < end; ++at)
        met_paused = met_paused || is_paused(events, at, events[i].fields["node"].string());
      left_out += met_paused;
      all += !met_paused;
      answered += !met_paused && end < events.size() && events[end].type == EventType::kOk;
    }
    const Result result = check(s.history, "availability");
    ASSERT_EQ(result.evidence.at(0).count, all);
    ASSERT_EQ(result.evidence.at(1).count, left_out);
    ASSERT_EQ(result.details["places"]["whole network"]["answered"].integer(), answered);
    ASSERT_EQ(result.verdict, all == 0 ? Verdict::kUnknown : 2 * answered >= all ? Verdict::kValid : Verdict::kInvalid);
    valid += result.verdict == Verdict::kValid;
    invalid += result.verdict == Verdict::kInvalid;
  });
  EXPECT_GT(valid, 100);
  EXPECT_GT(invalid, 100);
}

}  // namespace
}  // namespace checkers
