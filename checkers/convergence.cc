// Do all replicas hold the same once faults are over? Judged on dumps taken before anything reads, because reads
// repair: looking through whichever node answers would miss a replica that stays behind for ever.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "checkers/collections/entries.h"
#include "checkers/convergence_times.h"
#include "checkers/explain.h"
#include "checkers/members.h"
#include "checkers/replicas.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

constexpr std::string_view kBeforeReads = "before-reads", kAfterReads = "after-reads",
                           kAfterPowerCycle = "after-power-cycle";

// The dumps of one stage, the last of each node, and the nodes that have none.
struct Stage {
  std::vector<const Dump*> dumps;
  std::vector<std::string> missing;  // "n3: connection refused"
  Nanos time{0};                     // of the first of them …
  Nanos last{0};                     // … and of the last
};

Stage stage_of(const History& history, std::string_view name) {
  Stage stage;
  for (const std::string& node : members_at_end(history)) {
    const Dump* dump = history.dump(node, name);
    if (dump == nullptr || !dump->error.empty()) {
      stage.missing.push_back(fmt::format("{}: {}", node, dump == nullptr ? "no dump" : dump->error));
      continue;
    }
    if (stage.dumps.empty() || dump->time < stage.time) stage.time = dump->time;
    stage.last = std::max(stage.last, dump->time);
    stage.dumps.push_back(dump);
  }
  return stage;
}

// What the clients did, as far as convergence asks.
struct KeyUse {
  const Operation* acknowledged = nullptr;  // the last acknowledged write
  bool read_before_dump = false;
};

class Convergence {
 public:
  explicit Convergence(const Trial& trial) : trial_(trial), history_(trial.history), gone_(trial.history) {
    result_.checker = "convergence";
    result_.promise = trial.terms.convergence.text;
  }

  Result check();

 private:
  void check_black_box();
  void note_uses(const Stage& stage);
  void compare(const Stage& stage);
  void find_phantoms(const Stage& stage);
  void compare_power_cycle();
  void judge(const Stage& stage);
  void describe_time(const Stage& stage);
  Witness differing_witness(const KeyCopies& key, const KeyAgreement& found, int needed, const Stage& stage) const;
  Nanos healed(const Stage& stage) const;

  const Trial& trial_;
  const History& history_;
  RightlyGone gone_;
  std::unordered_map<std::string_view, KeyUse> uses_;
  Result result_;
  Findings differing_;
  Findings broken_;  // what no late replica explains: phantoms, changes across the power cycle
  int64_t compared_ = 0;
};

// When the last fault had ended; where the run did not say, when clients stopped.
Nanos Convergence::healed(const Stage& stage) const {
  if (const auto heal = history_.phase_time("heal")) return *heal;
  Nanos last{0};
  for (const Operation& operation : trial_.operations.all()) {
    if (operation.end() < stage.time) last = std::max(last, operation.end());
  }
  return last;
}

void Convergence::note_uses(const Stage& stage) {
  for (const Operation& operation : trial_.operations.all()) {
    if (!operation.ok()) continue;
    KeyUse& use = uses_[operation.key()];
    if (operation.f() != "read") {
      use.acknowledged = &operation;
    } else if (operation.start() < stage.time) {
      use.read_before_dump = true;
    }
  }
}

// Which nodes hold what: `n1, n2 hold [..]; n3 holds nothing`.
std::string who_holds_what(const KeyCopies& key, const std::vector<const Dump*>& dumps) {
  std::vector<std::pair<const Record*, std::vector<std::string>>> groups;
  std::vector<std::string> nothing;
  for (const Dump* dump : dumps) {
    const auto copy = std::find_if(key.copies.begin(), key.copies.end(), [&](const Copy& c) { return c.dump == dump; });
    if (copy == key.copies.end()) {
      nothing.push_back(dump->node);
      continue;
    }
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& g) { return same_versions(*g.first, *copy->record); });
    if (group == groups.end()) {
      groups.push_back({copy->record, {dump->node}});
    } else {
      group->second.push_back(dump->node);
    }
  }
  std::vector<std::string> parts;
  for (const auto& [record, nodes] : groups) {
    parts.push_back(fmt::format("{} hold{} {}", join(nodes), nodes.size() == 1 ? "s" : "", describe_versions(*record)));
  }
  if (!nothing.empty())
    parts.push_back(fmt::format("{} hold{} nothing of it", join(nothing), nothing.size() == 1 ? "s" : ""));
  for (const Copy& hint : key.hints) {
    parts.push_back(fmt::format("{} keeps a hint for {} with {}", hint.dump->node, hint.record->home,
                                describe_versions(*hint.record)));
  }
  return join(parts, "; ");
}

Witness Convergence::differing_witness(const KeyCopies& key, const KeyAgreement& found, int needed,
                                       const Stage& stage) const {
  const auto use = uses_.find(key.key);
  const Operation* write = use != uses_.end() ? use->second.acknowledged : nullptr;
  Witness witness;
  std::string explanation;
  if (write != nullptr) {
    witness = make_witness("", {write}, "");
    explanation = fmt::format("Let A = {}, the last write of this key to be acknowledged. ", describe_with_end(*write));
  }
  witness.key = key.key;
  for (const Copy& copy : key.copies) {
    if (found.agreed == nullptr || !same_versions(*copy.record, *found.agreed))
      witness.replicas.push_back(copy.dump->node);
  }
  if (found.state == KeyState::kTooFew) {
    witness.anomaly = "replicas differ";
    for (const Dump* dump : stage.dumps) {
      const bool has =
          std::any_of(key.copies.begin(), key.copies.end(), [&](const Copy& copy) { return copy.dump == dump; });
      if (!has) witness.replicas.push_back(dump->node);
    }
    explanation += fmt::format(
        "The last fault was over at {}, and the replicas were looked at from {} on, before anything read them. By then "
        "{} nodes "
        "should have held the same of \"{}\", yet at most {} did: {}.",
        seconds(healed(stage)), seconds(stage.time), needed, key.key, found.holders, who_holds_what(key, stage.dumps));
  } else {
    witness.anomaly = "update held aside";
    witness.replicas = {found.aside.dump->node};
    explanation += fmt::format(
        "The last fault was over at {}, and the replicas were looked at from {} on. Then {} nodes held the same of "
        "\"{}\", yet {} {} holds {}, "
        "which they lack and which no client removed or superseded: {}.",
        seconds(healed(stage)), seconds(stage.time), found.holders, key.key,
        found.aside.record->home.empty() ? "a further copy on" : "a hint on", found.aside.dump->node,
        describe_version(*found.update), who_holds_what(key, stage.dumps));
  }
  witness.explanation = std::move(explanation);
  return witness;
}

void Convergence::compare(const Stage& stage) {
  const int nodes = static_cast<int>(members_at_end(history_).size());
  const int needed = std::min(history_.test.replicas, nodes);
  // A node that could not be looked at may hold one of the equal copies.
  const int visible = std::max(1, needed - static_cast<int>(stage.missing.size()));
  int64_t unacknowledged = 0;
  const std::vector<KeyCopies> keys = by_key(stage.dumps);
  Headway headway(trial_.judging, "convergence", keys.size());
  for (const KeyCopies& key : keys) {
    if (!headway.advance()) break;
    const auto use = uses_.find(key.key);
    if (use == uses_.end() || use->second.acknowledged == nullptr) {
      ++unacknowledged;
      continue;
    }
    ++compared_;
    const KeyAgreement found = agreement(key, visible, gone_);
    if (found.state == KeyState::kEqual) continue;
    differing_.add([&] { return differing_witness(key, found, visible, stage); });
  }
  int64_t cold = 0, acknowledged = 0;
  for (const auto& [key, use] : uses_) {
    acknowledged += use.acknowledged != nullptr;
    cold += use.acknowledged != nullptr && !use.read_before_dump;
  }
  result_.evidence = {
      {"acknowledged keys", acknowledged}, {"keys compared", compared_}, {"cold keys (never read before)", cold}};
  result_.details.set("unacknowledged keys, not judged", unacknowledged);
}

// Versions that nobody wrote. Clients name every register value and cart tag, so a damaged copy shows even where
// replicas may stay behind.
void Convergence::find_phantoms(const Stage& stage) {
  std::unordered_map<std::string_view, std::unordered_set<std::string>> attempted;
  for (const Operation& operation : trial_.operations.all()) {
    if (operation.f() == "read" || operation.f() == "remove" || operation.failed()) continue;
    auto& of_key = attempted[operation.key()];
    if (operation.argument().is_string()) of_key.insert(operation.argument().string());
    for (const Value* value : {&operation.argument(), &operation.result()}) {
      if ((*value)["tag"].is_string())
        of_key.insert(to_json(item_of(*value)) + to_json((*value)["quantity"]) + (*value)["tag"].string());
    }
  }
  const auto check = [&](const Dump& dump, const Record& record, const Value& update) {
    const auto of_key = attempted.find(record.key);
    if (of_key == attempted.end()) return;  // not a key of this workload
    const Value& tag = update["tag"].is_null() ? update["id"] : update["tag"];
    std::string name;
    if (item_of(update).is_string()) {
      name = to_json(item_of(update)) + to_json(update["quantity"]) + tag.string();
    } else if (update["value"].is_string()) {
      name = update["value"].string();
    } else {
      return;  // a counter's totals are the counter checker's business
    }
    if (of_key->second.count(name) > 0) return;
    broken_.add([&] {
      Witness witness;
      witness.anomaly = "phantom version";
      witness.key = record.key;
      witness.replicas = {dump.node};
      witness.explanation = fmt::format(
          "In the dump of {} at {}, \"{}\" holds {}, yet no client wrote that, or only one whose write failed.",
          dump.node, seconds(dump.time), record.key, describe_version(update));
      return witness;
    });
  };
  size_t records_of_all = 0;
  for (const Dump* dump : stage.dumps) records_of_all += dump->records.size() + dump->hints.size();
  Headway headway(trial_.judging, "convergence: versions", records_of_all);
  for (const Dump* dump : stage.dumps) {
    for (const auto* records : {&dump->records, &dump->hints}) {
      for (const Record& record : *records) {
        if (!headway.advance()) return;
        for (const Value& version : record.versions) {
          if (!version["entries"].is_list()) check(*dump, record, version);
          for (const Value& entry : version["entries"].list()) check(*dump, record, entry);
        }
      }
    }
  }
}

void Convergence::compare_power_cycle() {
  if (trial_.terms.power_cycle.status != Promise::Status::kPromised) return;
  const Stage second = stage_of(history_, kAfterReads), third = stage_of(history_, kAfterPowerCycle);
  if (third.dumps.empty() || second.dumps.empty()) return;
  if (!second.missing.empty() || !third.missing.empty()) {
    result_.details.set("power cycle not judged, not dumped",
                        join(third.missing.empty() ? second.missing : third.missing, "; "));
    return;
  }
  std::unordered_map<std::string_view, KeyCopies> after;
  for (KeyCopies& key : by_key(third.dumps)) after.emplace(key.key, std::move(key));
  const int needed = std::min(history_.test.replicas, static_cast<int>(members_at_end(history_).size()));
  int64_t survived = 0;
  const std::vector<KeyCopies> keys = by_key(second.dumps);
  Headway headway(trial_.judging, "convergence: power cycle", keys.size());
  for (const KeyCopies& before : keys) {
    if (!headway.advance()) break;
    const KeyAgreement was = agreement(before, needed, gone_);
    if (was.state != KeyState::kEqual || was.agreed == nullptr || !is_live(*was.agreed))
      continue;  // nothing to keep, or judged above
    // A hint that is still kept may be handed over meanwhile, with what a later write has superseded.
    const auto under_way = [&](const Copy& hint) { return !same_versions(*hint.record, *was.agreed); };
    if (std::any_of(before.hints.begin(), before.hints.end(), under_way)) continue;
    const auto found = after.find(before.key);
    const KeyCopies none{before.key, {}, {}};
    const KeyCopies& now = found != after.end() ? found->second : none;
    const KeyAgreement is = agreement(now, needed, gone_);
    if (is.agreed != nullptr && is.holders >= needed && same_versions(*is.agreed, *was.agreed)) {
      ++survived;
      continue;
    }
    broken_.add([&] {
      Witness witness;
      witness.anomaly = "changed by a power cycle";
      witness.key = before.key;
      for (const Dump* dump : third.dumps) {
        const auto kept =
            std::find_if(now.copies.begin(), now.copies.end(), [&](const Copy& copy) { return copy.dump == dump; });
        if (kept == now.copies.end() || !same_versions(*kept->record, *was.agreed))
          witness.replicas.push_back(dump->node);
      }
      witness.explanation = fmt::format(
          "At {}, after the final reads, of \"{}\": {}. Then every node was killed with SIGKILL and started again, and "
          "nothing was "
          "written, yet at {}: {}.",
          seconds(second.time), before.key, who_holds_what(before, second.dumps), seconds(third.time),
          who_holds_what(now, third.dumps));
      return witness;
    });
  }
  result_.evidence.push_back({"keys that survived the power cycle", survived});
}

// From heal to convergence, as the polls saw it: the first moment since which nothing differed any more.
void Convergence::describe_time(const Stage& stage) {
  const Nanos heal = healed(stage);
  const Poll* first = nullptr;
  const Poll* equal_since = nullptr;
  for (const Poll& poll : history_.polls) {
    if (poll.time < heal || poll.time > stage.time) continue;
    if (first == nullptr) first = &poll;
    if (poll.differing > 0) {
      equal_since = nullptr;
    } else if (equal_since == nullptr) {
      equal_since = &poll;
    }
  }
  if (first != nullptr) result_.evidence.push_back({"keys that differed at the heal", first->differing});
  result_.details.set("time_to_converge_ns", to_value(convergence_times(trial_, heal, stage.time)));
  if (equal_since != nullptr && differing_.count() == 0) {
    const Nanos took = equal_since->time - heal;
    result_.details.set("converged_after_ns", static_cast<int64_t>(took.count()));
    result_.summary += fmt::format(", converged {} after the heal", duration(took));
    if (first->differing > 0) result_.summary += fmt::format(" ({} differed then)", count(first->differing, "key"));
  }
}

// Without dumps only the final reads tell anything, and each may hide a replica that did not answer.
void Convergence::check_black_box() {
  result_.verdict = Verdict::kReported;
  int64_t compared = 0;
  Headway headway(trial_.judging, "convergence", trial_.operations.all().size());
  for (const KeyOperations& key : trial_.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    const Operation* first = nullptr;
    for (const Operation* read : key.operations) {
      if (!read->ok() || !read->final() || read->f() != "read") continue;
      if (first == nullptr) {
        first = read;
        continue;
      }
      if (read->node() == first->node()) continue;
      ++compared;
      const auto as_set = [](const Value& value) {
        List sorted = value.list();
        std::sort(sorted.begin(), sorted.end(), [](const Value& a, const Value& b) { return to_json(a) < to_json(b); });
        return sorted;
      };
      const Value &a = first->result(), &b = read->result();
      if (a == b || (a.is_list() && b.is_list() && as_set(a) == as_set(b))) continue;
      broken_.add([&] {
        return make_witness("final reads differ", {first, read},
                            fmt::format("Let A = {}, B = {}. Both happened after the last fault and after the last "
                                        "write, yet they returned different values.",
                                        describe_with_end(*first), describe_with_end(*read)));
      });
    }
  }
  result_.evidence = {{"pairs of final reads compared", compared}};
  if (const auto heal = history_.phase_time("heal"))
    result_.details.set("time_to_converge_ns", to_value(convergence_times(trial_, *heal, Nanos::max())));
  result_.summary = compared == 0
                        ? trial_.terms.convergence.text
                        : fmt::format("{} of final reads compared; replicas were not seen: the target cannot dump them",
                                      count(compared, "pair"));
  broken_.move_into(result_);
  if (broken_.count() > 0)
    result_.summary = fmt::format("{} of final reads through different nodes differ", count(broken_.count(), "pair"));
}

Result Convergence::check() {
  if (!trial_.terms.dumps) {
    check_black_box();
    return std::move(result_);
  }
  const Stage stage = stage_of(history_, kBeforeReads);
  if (stage.dumps.empty()) {
    result_.summary = "no replica was dumped before the final reads";
    return std::move(result_);
  }
  note_uses(stage);
  compare(stage);
  find_phantoms(stage);
  compare_power_cycle();

  judge(stage);
  describe_time(stage);
  return std::move(result_);
}

// What the comparison means: a difference is a violation only if replicas had the time that they were promised to need,
// and the harness was awake to see it.
void Convergence::judge(const Stage& stage) {
  const Nanos waited = stage.last - healed(stage);
  const std::string differ = fmt::format("replicas of {} differ", count(differing_.count(), "key"));
  result_.details.set("differing keys", differing_.count());
  result_.summary = fmt::format("{} compared on {}", count(compared_, "key"),
                                count(static_cast<int64_t>(stage.dumps.size()), "node"));
  if (differing_.count() == 0) {
    result_.verdict = Verdict::kValid;
    if (compared_ == 0) {
      result_.verdict = Verdict::kUnknown;
      result_.summary = "no acknowledged key was found on any replica";
    }
    if (!stage.missing.empty()) {
      result_.verdict = Verdict::kUnknown;
      result_.summary += "; not every node could be dumped: " + join(stage.missing, "; ");
    }
  } else if (trial_.terms.convergence.status == Promise::Status::kExpected) {
    result_.verdict = Verdict::kReported;
    result_.summary += fmt::format("; {}, as may be: anti-entropy is off", differ);
  } else if (trial_.starved()) {
    result_.verdict = Verdict::kUnknown;
    result_.summary +=
        fmt::format("; {}, but the harness was starved: its timers were {} late", differ, duration(history_.lateness));
  } else if (waited < history_.test.convergence_limit) {
    result_.verdict = Verdict::kUnknown;
    result_.summary += fmt::format("; {}, but that was {} after the heal, and they have {}", differ, duration(waited),
                                   duration(history_.test.convergence_limit));
  } else {
    differing_.move_into(result_);
    result_.summary += fmt::format("; {}, {} after the heal", differ, duration(waited));
  }
  if (broken_.count() > 0) {
    broken_.move_into(result_);
    result_.summary +=
        fmt::format("; {} that nobody wrote or that a power cycle changed", count(broken_.count(), "version"));
  }
}

}  // namespace

Result check_convergence(const Trial& trial) { return Convergence(trial).check(); }

}  // namespace checkers
