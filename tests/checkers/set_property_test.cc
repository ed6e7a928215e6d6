// Sets against brute force: what must be there at the end, by the rule as it is written down; and histories of replicas
// that merge as they should, of which none may be condemned.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "checkers/operations.h"
#include "tests/checkers/draws.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

const std::vector<std::string> kMembers = {"ann", "bob", "eve"};

Value added(const std::string& member, const std::string& tag) { return Map{{"member", member}, {"tag", tag}}; }

// Replicas of an observed-remove set, whose state is the tags that they know of each member and which of them live.
class Replicas {
 public:
  // `own`: of an identified addition, which may be made at several replicas, the tags of its session, which are all
  // that it supersedes; else two such could supersede each other. Null: it supersedes what the replica holds.
  void add(size_t replica, const std::string& member, const std::string& tag, const std::set<std::string>* own) {
    State& state = states_[replica];
    if (state.known.count(tag) > 0) return;  // a retry
    std::set<std::string> superseded = state.live[member];
    if (own != nullptr) std::erase_if(superseded, [own](const std::string& held) { return own->count(held) == 0; });
    for (State* to : reached(replica)) {
      to->known.insert(tag);
      to->live[member].insert(tag);
      drop(*to, member, superseded);
    }
  }
  void remove(size_t replica, const std::string& member, const std::set<std::string>& tags) {
    for (State* to : reached(replica)) drop(*to, member, tags);
  }
  std::set<std::string> tags(size_t replica, const std::string& member) { return states_[replica].live[member]; }
  Value read(size_t replica) {
    List lines;
    for (const auto& [member, tags] : states_[replica].live) {
      if (!tags.empty()) lines.push_back(Map{{"member", member}, {"tags", List(tags.begin(), tags.end())}});
    }
    return lines;
  }
  void merge(size_t from, size_t into) {
    const State source = states_[from];
    State& target = states_[into];
    for (const auto& [member, tags] : source.live) {
      for (const std::string& tag : tags) {
        if (target.known.insert(tag).second) target.live[member].insert(tag);
      }
    }
    for (auto& [member, tags] : target.live) {
      const auto alive = source.live.find(member);
      std::erase_if(tags, [&](const std::string& tag) {
        return source.known.count(tag) > 0 && (alive == source.live.end() || alive->second.count(tag) == 0);
      });
    }
    target.known.insert(source.known.begin(), source.known.end());
  }
  void merge_all() {
    for (int twice = 0; twice < 2; ++twice) {
      for (size_t i = 0; i < kCount; ++i) merge(i, (i + 1) % kCount);
    }
  }

  static constexpr size_t kCount = 3;

 private:
  struct State {
    std::set<std::string> known;
    std::map<std::string, std::set<std::string>> live;
  };
  std::vector<State*> reached(size_t replica) { return {&states_[replica]}; }
  static void drop(State& state, const std::string& member, const std::set<std::string>& tags) {
    for (const std::string& tag : tags) {
      state.known.insert(tag);
      state.live[member].erase(tag);
    }
  }

  std::vector<State> states_ = std::vector<State>(kCount);
};

// Clients of such replicas; every operation takes effect, perhaps at two replicas, at some moment while it is open.
Scenario honest_history(Choices& choices) {
  Scenario s("set");
  Replicas replicas;
  std::map<int64_t, int> effects;                    // of open operations
  std::map<int64_t, bool> identified;                // the same
  std::map<int64_t, std::set<std::string>> tags_of;  // by process
  int64_t fresh = 10;
  std::vector<int64_t> processes = {0, 1, 2, 3};
  const auto act = [&](int64_t process) {
    const Event& open = s.open(process);
    const size_t replica = choices.below(Replicas::kCount);
    const std::string member = open.value["member"].string();
    if (open.f == "add")
      replicas.add(replica, member, open.value["tag"].string(), identified[process] ? &tags_of[process] : nullptr);
    if (open.f == "remove") {
      std::set<std::string> tags;
      const Value& observed = open.fields["observed"];
      for (const Value& tag : observed.list()) tags.insert(tag.string());
      replicas.remove(replica, member, observed.is_list() ? tags : replicas.tags(replica, member));
    }
    ++effects[process];
  };
  for (int number = 0; choices.more(); ++number) {
    int64_t& process = processes[choices.below(4)];
    replicas.merge(choices.below(3), choices.below(3));
    if (!s.is_open(process)) {
      const std::string member = kMembers[choices.below(3)];
      effects[process] = 0;
      identified[process] = true;
      const uint32_t what = choices.below(5);
      if (what == 0) {
        s.invoke(process, "read", "k");
      } else if (what <= 2) {
        const std::string tag = "t" + std::to_string(number);
        identified[process] = choices.below(2) == 0;
        tags_of[process].insert(tag);
        s.invoke(process, "add", "k", added(member, tag));
      } else if (what == 3) {
        s.invoke(process, "remove", "k", Map{{"member", member}});
      } else {
        const std::set<std::string> tags = replicas.tags(choices.below(3), member);
        s.invoke(process, "remove", "k", Map{{"member", member}}, Map{{"observed", List(tags.begin(), tags.end())}});
      }
      continue;
    }
    const Event open = s.open(process);
    if (open.f == "read") {
      s.ok(process, replicas.read(choices.below(3)));
    } else if (effects[process] == 0 || (identified[process] && choices.below(4) == 0)) {
      act(process);
    } else if (choices.below(6) == 0) {
      s.info(process);
      process = fresh++;
    } else {
      Value value = open.value;
      if (open.fields["observed"].is_list()) value.set("removed", open.fields["observed"]);
      s.ok(process, value);
    }
  }
  replicas.merge_all();
  s.final_read(1'000, "k", "n1", replicas.read(0));
  return s;
}

RC_GTEST_PROP(Sets, ThatMergeAsTheyShouldAreNeverCondemned, ()) {
  Choices choices(*draws());
  const Scenario s = honest_history(choices);
  const Result result = check(s.history, "set");
  if (result.verdict == Verdict::kInvalid) RC_LOG() << result.witnesses.front().explanation;
  RC_ASSERT(result.verdict != Verdict::kInvalid);
}

// Which additions may be gone: those that a removal may have taken, and those that may have been superseded by one that
// may be gone.
std::set<const Operation*> may_be_gone(const Operations& operations) {
  std::set<const Operation*> gone;
  const auto named = [](const Value& list, const Value& tag) {
    return std::find(list.list().begin(), list.list().end(), tag) != list.list().end();
  };
  for (bool more = true; more;) {
    more = false;
    for (const Operation& add : operations.all()) {
      if (add.f() != "add" || add.failed() || gone.count(&add) > 0) continue;
      bool is_gone = false;
      for (const Operation& other : operations.all()) {
        if (other.argument()["member"] != add.argument()["member"] || other.failed()) continue;
        if (other.f() == "add") is_gone = is_gone || (gone.count(&other) > 0 && add.invoked < other.returned);
        if (other.f() != "remove") continue;
        const Value& observed = other.field("observed");
        is_gone =
            is_gone || (observed.is_list() ? named(observed, add.argument()["tag"]) : add.invoked < other.returned);
      }
      if (is_gone) gone.insert(&add);
      more = more || is_gone;
    }
  }
  return gone;
}

RC_GTEST_PROP(Sets, LoseExactlyTheAcknowledgedAdditionsThatMustNotBeGone, ()) {
  Choices choices(*draws());
  Scenario s = honest_history(choices);
  s.history.events.resize(s.history.events.size() - 2);
  const std::string shown = kMembers[choices.below(3)];
  List entries;
  if (choices.below(2) == 0) entries.push_back(Map{{"member", shown}, {"tags", List{}}});
  s.final_read(1'001, "k", "n1", entries);
  const Operations operations(s.history);
  const std::set<const Operation*> gone = may_be_gone(operations);
  int64_t lost = 0;
  for (const Operation& add : operations.all()) {
    const bool there = !entries.empty() && add.argument()["member"].string() == shown;
    lost += add.f() == "add" && add.ok() && gone.count(&add) == 0 && !there;
  }
  RC_ASSERT(check(s.history, "set").details["lost additions"].integer() == lost);
}

}  // namespace
}  // namespace checkers
