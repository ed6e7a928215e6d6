#include "harness/run/faults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace harness {

using checkers::List;
using checkers::Map;
using checkers::Value;
using nemesis::FaultEvent;
using Action = nemesis::FaultEvent::Action;

namespace {

// Names of the history (docs/history.md).
std::string_view history_name(Action action) {
  if (action == Action::kPartition) return "start-partition";
  if (action == Action::kHeal) return "stop-partition";
  return to_string(action);
}

List to_list(const std::vector<std::string>& words) { return List(words.begin(), words.end()); }

Value history_value(const FaultEvent& fault) {
  Value value;
  if (fault.action == Action::kPartition) {
    List sides;
    for (const auto& side : fault.sides) sides.emplace_back(to_list(side));
    List cuts;
    for (const nemesis::Cut& cut : fault.cuts) cuts.emplace_back(List{cut.from, cut.to});
    value.set("shape", fault.shape);
    value.set("sides", std::move(sides));
    value.set("cuts", std::move(cuts));
  } else if (fault.action != Action::kHeal) {
    value.set("nodes", to_list(fault.nodes));
  }
  return value;
}

struct Effect {
  std::string error;
  uint64_t dropped = 0;  // after a heal: packets dropped since the hosts were made
};

Effect carry_out(LocalHosts& hosts, const FaultEvent& fault) {
  Effect effect;
  auto keep_first = [&effect](const nemesis::FaultTarget::Status& status) {
    if (!status && effect.error.empty()) effect.error = status.error();
  };
  switch (fault.action) {
    case Action::kPartition:
      keep_first(hosts.set_cuts(fault.cuts));
      break;
    case Action::kHeal:
      keep_first(hosts.set_cuts({}));
      if (auto dropped = hosts.dropped_packets()) {
        effect.dropped = *dropped;
      } else if (effect.error.empty()) {
        effect.error = dropped.error();
      }
      break;
    case Action::kKill:
      keep_first(hosts.kill_at_once(fault.nodes));
      break;
    case Action::kRestart:
      for (const std::string& node : fault.nodes) keep_first(hosts.restart(node));
      break;
    case Action::kPause:
      for (const std::string& node : fault.nodes) keep_first(hosts.pause(node));
      break;
    case Action::kResume:
      for (const std::string& node : fault.nodes) keep_first(hosts.resume(node));
      break;
  }
  return effect;
}

}  // namespace

Faults::Faults(EventLoop& loop, HostsThread& hosts, Recorder& recorder, nemesis::Schedule schedule,
               std::function<void(const std::string&)> note)
    : hosts_(hosts), recorder_(recorder), schedule_(std::move(schedule)), note_(std::move(note)), timer_(loop, [this] {
        next();
      }) {}

void Faults::start() {
  start_ = SteadyClock::now();
  if (!schedule_.faults.empty()) timer_.arm(schedule_.faults.front().at);
}

void Faults::stop() { timer_.disarm(); }

void Faults::next() {
  const FaultEvent& fault = schedule_.faults[next_++];
  execute(fault);
  if (next_ < schedule_.faults.size()) {
    timer_.arm(start_ + schedule_.faults[next_].at - SteadyClock::now());
  }
}

void Faults::execute(FaultEvent fault) {
  fault.at = std::chrono::duration_cast<nemesis::Millis>(SteadyClock::now() - start_);
  note_(to_text(fault));
  record(fault, false, {});
  executed_.push_back(fault);
  ++open_;
  remember(fault);
  auto effect = std::make_shared<Effect>();
  hosts_.run([fault, effect](LocalHosts& hosts) { *effect = carry_out(hosts, fault); },
             [this, fault, effect] {
               --open_;
               Value more;
               if (fault.action == Action::kHeal && effect->error.empty()) {
                 more.set("dropped_packets", static_cast<int64_t>(effect->dropped - dropped_before_));
                 dropped_before_ = effect->dropped;
               }
               if (!effect->error.empty()) {
                 failures_.push_back(fmt::format("{}: {}", to_text(fault), effect->error));
                 note_(failures_.back());
                 more.set("error", effect->error);
               }
               record(fault, true, more);
             });
}

void Faults::record(const FaultEvent& fault, bool done, const Value& more) {
  checkers::Event event;
  event.type = checkers::EventType::kInfo;
  event.process = checkers::kNemesisProcess;
  event.f = history_name(fault.action);
  event.value = history_value(fault);
  if (done) event.fields.set("done", true);
  for (const auto& [name, value] : more.map()) {
    if (name == "error") {
      event.fields.set(name, value);
    } else {
      event.value.set(name, value);
    }
  }
  recorder_.add(std::move(event));
}

void Faults::remember(const FaultEvent& fault) {
  switch (fault.action) {
    case Action::kPartition:
      shape_ = fault.shape;
      break;
    case Action::kHeal:
      shape_.clear();
      break;
    case Action::kKill:
      down_.insert(fault.nodes.begin(), fault.nodes.end());
      break;
    case Action::kPause:
      paused_.insert(fault.nodes.begin(), fault.nodes.end());
      break;
    case Action::kRestart:
      for (const std::string& node : fault.nodes) down_.erase(node);
      break;
    case Action::kResume:
      for (const std::string& node : fault.nodes) paused_.erase(node);
      break;
  }
}

void Faults::heal() {
  stop();
  if (!shape_.empty()) {
    FaultEvent heal;
    heal.action = Action::kHeal;
    execute(heal);
  }
  if (!paused_.empty()) {
    FaultEvent resume;
    resume.action = Action::kResume;
    resume.nodes.assign(paused_.begin(), paused_.end());
    execute(resume);
  }
  if (!down_.empty()) {
    FaultEvent restart;
    restart.action = Action::kRestart;
    restart.nodes.assign(down_.begin(), down_.end());
    execute(restart);
  }
}

std::string Faults::current() const {
  std::vector<std::string> words;
  if (!shape_.empty()) words.push_back("partition " + shape_);
  if (!down_.empty()) words.push_back(fmt::format("{} down", fmt::join(down_, " ")));
  if (!paused_.empty()) words.push_back(fmt::format("{} paused", fmt::join(paused_, " ")));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string to_text(const FaultEvent& fault) {
  switch (fault.action) {
    case Action::kPartition: {
      std::vector<std::string> sides;
      for (const auto& side : fault.sides) sides.push_back(fmt::format("{}", fmt::join(side, " ")));
      if (sides.empty()) return fmt::format("partition {}, {} directed cuts", fault.shape, fault.cuts.size());
      return fmt::format("partition {}: {}", fault.shape, fmt::join(sides, " | "));
    }
    case Action::kHeal:
      return "heal the network";
    default:
      return fmt::format("{} {}", history_name(fault.action), fmt::join(fault.nodes, " "));
  }
}

}  // namespace harness
