#include "harness/run/faults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

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
  if (action == Action::kDropAcks) return "start-drop-acks";
  if (action == Action::kPassAcks) return "stop-drop-acks";
  return to_string(action);
}

// Of what is due at one moment, faults come first.
constexpr uint16_t kRank = 0;

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
  } else if (!fault.nodes.empty()) {
    value.set("nodes", to_list(fault.nodes));
  }
  if (fault.action == Action::kBadNetwork) {
    value.set("lost_percent", fault.count);
    value.set("doubled_percent", fault.doubled);
    value.set("disordered", fault.disordered);
  } else if (fault.action == Action::kSlowLinks) {
    List links;
    for (const nemesis::Cut& link : fault.cuts) links.emplace_back(List{link.from, link.to});
    value.set("links", std::move(links));
    value.set("milliseconds", fault.count);
  } else if (fault.action == Action::kSkewClock || fault.action == Action::kDriftClock) {
    value.set(fault.action == Action::kSkewClock ? "milliseconds" : "millionths", fault.count);
  }
  return value;
}

nemesis::FaultTarget::Disk disk_of(Action action) {
  using Disk = nemesis::FaultTarget::Disk;
  if (action == Action::kSlowDisk) return Disk::kSlow;
  if (action == Action::kHangDisk) return Disk::kHung;
  if (action == Action::kFailDisk) return Disk::kFailing;
  if (action == Action::kTearDisk) return Disk::kTorn;
  return Disk::kGood;
}

struct Effect {
  std::string error;
  uint64_t dropped = 0;  // after a heal: packets dropped, or replies lost, since the hosts were made
};

Effect carry_out(nemesis::FaultTarget& hosts, const FaultEvent& fault) {
  Effect effect;
  auto keep_first = [&effect](const nemesis::FaultTarget::Status& status) {
    if (!status && effect.error.empty()) effect.error = status.error();
  };
  auto keep_count = [&effect](const tl::expected<uint64_t, std::string>& count) {
    if (count) {
      effect.dropped = *count;
    } else if (effect.error.empty()) {
      effect.error = count.error();
    }
  };
  switch (fault.action) {
    case Action::kPartition:
      keep_first(hosts.set_cuts(fault.cuts));
      break;
    case Action::kHeal:
      keep_first(hosts.set_cuts({}));
      keep_count(hosts.dropped_packets());
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
    case Action::kLoseDisk:
      keep_first(hosts.lose_disks(fault.nodes));
      break;
    case Action::kDropAcks:
      keep_first(hosts.lose_replies(fault.nodes));
      break;
    case Action::kPassAcks:
      keep_first(hosts.lose_replies({}));
      keep_count(hosts.lost_replies());
      break;
    case Action::kKillStorage:
    case Action::kLoseStorage:
      for (const std::string& node : fault.nodes) {
        keep_first(hosts.kill_storage(node, fault.action == Action::kLoseStorage));
      }
      break;
    case Action::kRestartStorage:
      for (const std::string& node : fault.nodes) keep_first(hosts.restart_storage(node));
      break;
    case Action::kBadNetwork:
      keep_first(hosts.set_network(fault.count, fault.doubled, fault.disordered));
      break;
    case Action::kGoodNetwork:
      keep_first(hosts.set_network(0, 0, false));
      break;
    case Action::kSlowLinks:
      keep_first(hosts.slow_links(fault.cuts, fault.count));
      break;
    case Action::kFastLinks:
      keep_first(hosts.slow_links({}, 0));
      break;
    case Action::kSkewClock:
      for (const std::string& node : fault.nodes) keep_first(hosts.set_clock(node, fault.count, 0));
      break;
    case Action::kDriftClock:
      for (const std::string& node : fault.nodes) keep_first(hosts.set_clock(node, 0, fault.count));
      break;
    case Action::kTrueClock:
      for (const std::string& node : fault.nodes) keep_first(hosts.set_clock(node, 0, 0));
      break;
    case Action::kSlowDisk:
    case Action::kHangDisk:
    case Action::kFailDisk:
    case Action::kTearDisk:
    case Action::kGoodDisk:
      for (const std::string& node : fault.nodes) keep_first(hosts.set_disk(node, disk_of(fault.action)));
      break;
    case Action::kKillAckers:  // carried out as a kill, and as a restart
    case Action::kRestartAckers:
    case Action::kJoin:  // see change_members
    case Action::kLeave:
    case Action::kRemove:
      break;
  }
  return effect;
}

}  // namespace

Faults::Faults(Loop& loop, HostsWorker& hosts, Recorder& recorder, nemesis::Schedule schedule,
               std::function<void(const std::string&)> note)
    : loop_(loop),
      hosts_(hosts),
      recorder_(recorder),
      schedule_(std::move(schedule)),
      note_(std::move(note)),
      timer_(
          loop, [this] { next(); }, kRank) {}

void Faults::start() {
  start_ = loop_.now();
  if (!schedule_.faults.empty()) timer_.arm(schedule_.faults.front().at);
}

void Faults::stop() {
  timer_.disarm();
  // A death that waited for others would be a fault after the last one.
  open_ -= static_cast<int>(waiting_.size());
  waiting_.clear();
}

void Faults::next() {
  const FaultEvent& fault = schedule_.faults[next_++];
  if (fault.action == Action::kKillAckers) {
    ackers_wanted_ = fault.count;
  } else if (fault.action == Action::kRestartAckers) {
    restart_ackers();
  } else if (nemesis::changes_members(fault.action)) {
    change_members(fault);
  } else {
    execute(fault);
  }
  if (next_ < schedule_.faults.size()) {
    timer_.arm(start_ + schedule_.faults[next_].at - loop_.now());
  }
}

void Faults::acknowledged(const List& nodes, int64_t event) {
  if (ackers_wanted_ == 0) return;
  FaultEvent kill;
  kill.action = Action::kKill;
  for (const Value& acker : nodes) {
    const std::string& node = acker.string();
    if (down_.count(node) + paused_.count(node) + without_storage_.count(node) == 0) kill.nodes.push_back(node);
  }
  if (kill.nodes.empty()) return;  // the next write will do
  // The coordinator is named first; not always it is to die.
  std::rotate(kill.nodes.begin(), kill.nodes.begin() + event % static_cast<int64_t>(kill.nodes.size()),
              kill.nodes.end());
  kill.nodes.resize(std::min(kill.nodes.size(), static_cast<size_t>(std::exchange(ackers_wanted_, 0))));
  killed_ackers_ = kill.nodes;
  execute(kill, Value(Map{{"acknowledged", event}}));
}

void Faults::restart_ackers() {
  ackers_wanted_ = 0;
  FaultEvent restart;
  restart.action = Action::kRestart;
  restart.nodes = std::exchange(killed_ackers_, {});
  if (!restart.nodes.empty()) execute(restart);
}

// Who joins may become a member at any time: it goes once it is one. And nobody dies for good before all that was begun
// is over: there may be too few others until those that join are members.
bool Faults::must_wait(const FaultEvent& change) const {
  if (change.action == Action::kJoin) return false;
  return change.action == Action::kRemove ? !changing_.empty() : changing_.count(change.nodes.front()) > 0;
}

void Faults::begin_waiting_changes() {
  for (const FaultEvent& change : std::exchange(waiting_, {})) {
    --open_;
    change_members(change);  // or it waits again
  }
}

// One node at a time in the history: each change takes its own time, and is done when the members say so.
void Faults::change_members(FaultEvent fault) {
  fault.at = std::chrono::duration_cast<nemesis::Millis>(loop_.now() - start_);
  note_(to_text(fault));
  for (const std::string& node : fault.nodes) {
    FaultEvent one = fault;
    one.nodes = {node};
    const Action action = fault.action;
    if (must_wait(one)) {
      ++open_;
      waiting_.push_back(std::move(one));
      continue;
    }
    record(one, false, {});
    ++open_;
    changing_.insert(node);
    if (action == Action::kRemove) {
      membership_.roster->leave(node);
      down_.erase(node);
      removed_.insert(node);
    }
    if (action == Action::kJoin) removed_.erase(node);
    auto error = std::make_shared<std::string>();
    const auto done = [this, one, node, action](const std::string& failed) {
      --open_;
      changing_.erase(node);
      if (action == Action::kJoin && failed.empty()) membership_.roster->enter(node);
      if (action == Action::kLeave && failed.empty()) membership_.roster->leave(node);
      Value more;
      if (!failed.empty()) {
        failures_.push_back(fmt::format("{}: {}", to_text(one), failed));
        note_(failures_.back());
        more.set("error", failed);
      }
      record(one, true, more);
      begin_waiting_changes();
    };
    hosts_.run(
        [commands = membership_.commands[node], node, action, error](Hosts& hosts) {
          nemesis::FaultTarget::Status status;
          if (action == Action::kRemove) status = hosts.kill(node);
          for (const auto& [process, argv] : commands) {
            if (action == Action::kJoin && status) status = hosts.start(process, argv);
          }
          if (!status) *error = status.error();
        },
        [this, node, action, error, done] {
          if (!error->empty()) return done(*error);
          const auto wanted = action == Action::kJoin    ? Members::Wanted::kMember
                              : action == Action::kLeave ? Members::Wanted::kLeft
                                                         : Members::Wanted::kRemoved;
          membership_.members->see_to(wanted, node, done);
        });
  }
}

void Faults::execute(FaultEvent fault, const Value& about) {
  if (fault.action == Action::kRestart && membership_.roster != nullptr) {  // who was removed stays away
    std::erase_if(fault.nodes, [this](const std::string& node) {
      const bool joins = changing_.count(node) > 0 && removed_.count(node) == 0;
      return !membership_.roster->has(node) && !joins;
    });
    if (fault.nodes.empty()) return;
  }
  fault.at = std::chrono::duration_cast<nemesis::Millis>(loop_.now() - start_);
  note_(to_text(fault));
  record(fault, false, about);
  ++open_;
  remember(fault);
  auto effect = std::make_shared<Effect>();
  hosts_.run([fault, effect](Hosts& hosts) { *effect = carry_out(hosts, fault); },
             [this, fault, effect, about] {
               --open_;
               Value more = about;
               const auto count = [&](const char* name, uint64_t& before) {
                 more.set(name, static_cast<int64_t>(effect->dropped - before));
                 before = effect->dropped;
               };
               if (fault.action == Action::kHeal && effect->error.empty()) count("dropped_packets", dropped_before_);
               if (fault.action == Action::kPassAcks && effect->error.empty()) count("lost_replies", lost_before_);
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
    case Action::kLoseDisk:
      down_.insert(fault.nodes.begin(), fault.nodes.end());
      break;
    case Action::kDropAcks:
      silenced_.insert(fault.nodes.begin(), fault.nodes.end());
      break;
    case Action::kPassAcks:
      silenced_.clear();
      break;
    case Action::kKillStorage:
    case Action::kLoseStorage:
      without_storage_.insert(fault.nodes.begin(), fault.nodes.end());
      break;
    case Action::kRestartStorage:
      for (const std::string& node : fault.nodes) without_storage_.erase(node);
      break;
    case Action::kBadNetwork:
      network_is_bad_ = true;
      break;
    case Action::kGoodNetwork:
      network_is_bad_ = false;
      break;
    case Action::kSlowLinks:
      links_are_slow_ = true;
      slowest_link_ = std::max(slowest_link_, std::chrono::milliseconds(fault.count));
      break;
    case Action::kFastLinks:
      links_are_slow_ = false;
      links_drained_ = loop_.now() + 2 * slowest_link_;  // with the answers
      break;
    case Action::kSkewClock:
    case Action::kDriftClock:
      wrong_clocks_.insert(fault.nodes.begin(), fault.nodes.end());
      break;
    case Action::kTrueClock:
      for (const std::string& node : fault.nodes) wrong_clocks_.erase(node);
      break;
    case Action::kSlowDisk:
    case Action::kHangDisk:
    case Action::kFailDisk:
    case Action::kTearDisk:
      bad_disks_.insert(fault.nodes.begin(), fault.nodes.end());
      break;
    case Action::kGoodDisk:
      for (const std::string& node : fault.nodes) bad_disks_.erase(node);
      break;
    case Action::kKillAckers:
    case Action::kRestartAckers:
    case Action::kJoin:
    case Action::kLeave:
    case Action::kRemove:
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
  ackers_wanted_ = 0;
  if (membership_.members != nullptr) membership_.members->set_limit();
  if (!shape_.empty()) {
    FaultEvent heal;
    heal.action = Action::kHeal;
    execute(heal);
  }
  if (!silenced_.empty()) {
    FaultEvent pass;
    pass.action = Action::kPassAcks;
    execute(pass);
  }
  const auto undo_if = [this](bool in_force, Action action) {
    FaultEvent event;
    event.action = action;
    if (in_force) execute(event);
  };
  undo_if(network_is_bad_, Action::kGoodNetwork);
  undo_if(links_are_slow_, Action::kFastLinks);
  const auto undo = [this](Action action, const std::set<std::string>& nodes) {
    if (nodes.empty()) return;
    FaultEvent event;
    event.action = action;
    event.nodes.assign(nodes.begin(), nodes.end());
    execute(event);
  };
  undo(Action::kTrueClock, wrong_clocks_);
  undo(Action::kGoodDisk, bad_disks_);
  undo(Action::kResume, paused_);
  undo(Action::kRestartStorage, without_storage_);
  undo(Action::kRestart, down_);
}

std::string Faults::current() const {
  std::vector<std::string> words;
  if (!shape_.empty()) words.push_back("partition " + shape_);
  if (!down_.empty()) words.push_back(fmt::format("{} down", fmt::join(down_, " ")));
  if (!paused_.empty()) words.push_back(fmt::format("{} paused", fmt::join(paused_, " ")));
  if (!without_storage_.empty()) words.push_back(fmt::format("{} without storage", fmt::join(without_storage_, " ")));
  if (!changing_.empty()) words.push_back(fmt::format("{} coming or going", fmt::join(changing_, " ")));
  if (!silenced_.empty()) words.push_back(fmt::format("replies of {} get lost", fmt::join(silenced_, " ")));
  if (network_is_bad_) words.emplace_back("bad network");
  if (links_are_slow_) words.emplace_back("slow links");
  if (!wrong_clocks_.empty()) words.push_back(fmt::format("clocks of {} wrong", fmt::join(wrong_clocks_, " ")));
  if (!bad_disks_.empty()) words.push_back(fmt::format("disks of {} bad", fmt::join(bad_disks_, " ")));
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
    case Action::kPassAcks:
      return "replies get through again";
    default: {
      const std::string line = nemesis::to_line(fault);
      return line.substr(line.find(' ') + 1);
    }
  }
}

}  // namespace harness
