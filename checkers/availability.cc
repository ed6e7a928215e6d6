// How many operations were answered, and on which side of a partition. Reported; judged only where it was required.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "checkers/explain.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

struct Share {
  int64_t answered = 0;
  int64_t all = 0;
};

std::vector<std::string> strings(const Value& list) {
  std::vector<std::string> out;
  for (const Value& element : list.list()) out.push_back(element.string());
  return out;
}

// Follows the faults through the history, in order of index.
class Faults {
 public:
  explicit Faults(const History& history) : nodes_(history.test.nodes) {}

  void apply(const Event& event) {
    const std::vector<std::string> targets = strings(event.value["nodes"]);
    // Pauses count from the command on, and until their end is done: in between, either may be so.
    const bool done = event.fields["done"].boolean();
    if (event.f == "pause") paused_.insert(targets.begin(), targets.end());
    if (event.f == "resume" && done) {
      for (const std::string& node : targets) paused_.erase(node);
    }
    if (event.f == "start-partition") partition_ = event.value;
    if (event.f == "stop-partition" && done) partition_ = Value();
  }

  bool paused(const std::string& node) const { return paused_.count(node) > 0; }

  // "whole network", or e.g. "halves: side of 2 (n1, n2)"; where a shape has no sides, by how many nodes still hear the
  // node.
  std::string place(const std::string& node) const {
    if (partition_.is_null()) return "whole network";
    const std::string shape = partition_["shape"].is_string() ? partition_["shape"].string() : "partition";
    for (const Value& side : partition_["sides"].list()) {
      const std::vector<std::string> members = strings(side);
      if (std::find(members.begin(), members.end(), node) != members.end()) {
        return fmt::format("{}: side of {} of {}", shape, members.size(), nodes_.size());
      }
    }
    std::set<std::string> apart;  // a cut in either direction keeps requests from being answered
    for (const Value& cut : partition_["cuts"].list()) {
      const std::vector<std::string> ends = strings(cut);
      if (ends.size() == 2 && ends[0] == node) apart.insert(ends[1]);
      if (ends.size() == 2 && ends[1] == node) apart.insert(ends[0]);
    }
    return fmt::format("{}: node that reaches {} of {}", shape, nodes_.size() - std::min(nodes_.size(), apart.size()),
                       nodes_.size());
  }

 private:
  const std::vector<std::string>& nodes_;
  std::set<std::string> paused_;
  Value partition_;
};

// Operations by the second, from the first one on, in which they began.
class Seconds {
 public:
  void count(Nanos time, bool answered) {
    if (shares_.empty()) first_ = time;
    const int64_t second = (time - first_) / std::chrono::seconds(1);
    if (second < 0 || second >= kMost) return;
    shares_.resize(std::max(shares_.size(), static_cast<size_t>(second) + 1));
    Share& share = shares_[static_cast<size_t>(second)];
    ++share.all;
    share.answered += answered;
  }

  Value to_value() const {
    List operations, answered;
    for (const Share& share : shares_) {
      operations.emplace_back(share.all);
      answered.emplace_back(share.answered);
    }
    Value value;
    value.set("operations", std::move(operations));
    value.set("answered", std::move(answered));
    return value;
  }

 private:
  static constexpr int64_t kMost = 24 * 3600;  // times of other programs may mean anything

  Nanos first_{0};
  std::vector<Share> shares_;
};

}  // namespace

Result check_availability(const Trial& trial) {
  const History& history = trial.history;
  Result result = result_of("availability", trial.terms.availability.text);

  struct Open {
    const Event* invocation = nullptr;
    std::string node;
    std::string place;
    bool paused;  // at any moment while it was open
  };
  constexpr size_t kRefusedTold = 6;
  std::vector<int64_t> refused;  // events of the first operations that were not answered
  std::map<std::string, Share> by_place;
  Seconds by_second;
  std::map<int64_t, Open> open;
  Share all, to_paused;
  Faults faults(history);
  const auto settle = [&](const Open& operation, const Event* completion) {
    const bool answered = completion != nullptr && completion->type == EventType::kOk;
    if (operation.paused) {
      ++to_paused.all;
      to_paused.answered += answered;
      return;
    }
    if (!answered && refused.size() < 2 * kRefusedTold) {
      refused.push_back(operation.invocation->index);
      if (completion != nullptr) refused.push_back(completion->index);
    }
    by_second.count(operation.invocation->time, answered);
    for (Share* share : {&all, &by_place[operation.place]}) {
      ++share->all;
      share->answered += answered;
    }
  };
  Headway headway(trial.judging, "availability", history.events.size());
  bool all_seen = true;
  for (const Event& event : history.events) {
    if (all_seen = headway.advance(); !all_seen) break;
    if (event.process == kNemesisProcess) {
      faults.apply(event);
      for (auto& [process, operation] : open) operation.paused = operation.paused || faults.paused(operation.node);
      continue;
    }
    if (event.type == EventType::kInvoke) {
      if (event.fields["final"].boolean()) continue;  // after the faults
      const std::string& node = event.fields["node"].string();
      open[event.process] = {&event, node, faults.place(node), faults.paused(node)};
    } else if (const auto found = open.find(event.process); found != open.end()) {
      settle(found->second, &event);
      open.erase(found);
    }
  }
  if (all_seen) {
    for (const auto& [process, operation] : open) settle(operation, nullptr);
  }

  std::vector<std::string> shares;
  Value places;
  for (const auto& [place, share] : by_place) {
    Value row;
    row.set("answered", share.answered);
    row.set("operations", share.all);
    places.set(place, std::move(row));
    shares.push_back(fmt::format("{} {}", place, percent(share.answered, share.all)));
  }
  if (!by_place.empty()) {
    result.details.set("places", std::move(places));
    result.details.set("seconds", by_second.to_value());
  }
  result.evidence = {{"operations", all.all}, {"operations sent to a paused node (left out)", to_paused.all}};
  result.summary = fmt::format("{} of {} answered", percent(all.answered, all.all), count(all.all, "operation"));
  if (by_place.size() > 1) result.summary += " (" + join(shares, "; ") + ")";

  if (all.all == 0) {
    result.verdict = Verdict::kUnknown;
    result.summary = "no operation was sent";
  } else if (!history.test.require_availability || !all_seen) {
    result.verdict = Verdict::kReported;
  } else {
    const double share = static_cast<double>(all.answered) / static_cast<double>(all.all);
    result.verdict = share >= *history.test.require_availability ? Verdict::kValid : Verdict::kInvalid;
    if (result.verdict == Verdict::kInvalid) {
      result.violations = 1;
      Witness witness;
      witness.anomaly = "unavailable";
      witness.events = std::move(refused);
      witness.explanation = fmt::format(
          "{} of {} operations were answered, {}, yet {:.4g} % were required: {}. These are {}.", all.answered, all.all,
          percent(all.answered, all.all), *history.test.require_availability * 100, join(shares, "; "),
          all.all - all.answered > static_cast<int64_t>(kRefusedTold) ? "some of those that were not"
                                                                      : "those that were not");
      result.witnesses.push_back(std::move(witness));
    }
  }
  return result;
}

}  // namespace checkers
