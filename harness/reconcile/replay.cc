#include "harness/reconcile/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace harness {

namespace {

using Shown = Reconciler::Shown;
using State = Reconciler::State;
using Do = Step::Do;

constexpr std::array<const char*, 3> kItems = {"milk", "tea", "soap"};

// One update, and what it supersedes: by their numbers, other updates.
struct Update {
  std::string name;  // a value, or the tag of an addition; empty: a removal
  std::string item;
  int64_t amount = 0;
  std::set<size_t> supersedes;
};
using Updates = std::set<size_t>;

std::string to_text(Kind kind, const Shown& shown) {
  if (kind == Kind::kCounter) return std::to_string(shown.total);
  if (kind == Kind::kValues) return fmt::format("{{{}}}", fmt::join(shown.values, ", "));
  std::vector<std::string> items;
  for (const auto& [item, tags] : shown.cart) items.push_back(fmt::format("{} ({})", item, fmt::join(tags, " ")));
  return fmt::format("{{{}}}", fmt::join(items, ", "));
}

class Replay {
 public:
  Replay(Reconciler& reconciler, const ReplayOptions& options)
      : reconciler_(reconciler), kind_(options.kind), replicas_(static_cast<size_t>(options.replicas)) {
    for (size_t i = 0; i < replicas_.size(); ++i) name(replicas_[i], i);
  }

  std::string run(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      if (!take(step)) return story();
    }
    if (!check_laws()) return story();
    return "";
  }

 private:
  struct Replica {
    std::string actor;
    int lives = 0;
    State state = "null";
    Updates known;
    State disk = "null";
    Updates disk_known;
    // What a client was last shown here.
    Shown shown;
    Updates shown_updates;
  };

  void name(Replica& replica, size_t index) {
    replica.actor = fmt::format("r{}{}", index + 1, replica.lives == 0 ? "" : fmt::format(".{}", replica.lives));
    ++actors_;
  }

  std::string story() const { return fmt::format("{}\n", fmt::join(told_, "\n")); }
  bool fail(const std::string& why) {
    told_.push_back(why);
    return false;
  }

  bool take(const Step& step) {
    const size_t index = static_cast<size_t>(step.replica) % replicas_.size();
    const size_t other_index = static_cast<size_t>(step.other) % replicas_.size();
    Replica& replica = replicas_[index];
    Replica& other = replicas_[other_index];
    switch (step.what) {
      case Do::kLook:
        return look(other);
      case Do::kHear:
        return hear(replica, other);
      case Do::kPersist:
        replica.disk = replica.state;
        replica.disk_known = replica.known;
        told_.push_back(replica.actor + " persists what it holds");
        return true;
      case Do::kCrash:
        replica.state = replica.disk;
        replica.known = replica.disk_known;
        ++replica.lives;
        told_.push_back(replica.actor + " crashes, and comes back with what it had persisted");
        name(replica, index);
        return check(replica);
      case Do::kRemove:
        return kind_ == Kind::kCart ? remove(replica, other, step) : update(replica, other, step);
      case Do::kUpdate:
        return update(replica, other, step);
    }
    return true;
  }

  bool look(Replica& replica) {
    auto shown = reconciler_.read(kind_, replica.state);
    if (!shown) return fail(shown.error());
    replica.shown = std::move(*shown);
    replica.shown_updates = replica.known;
    told_.push_back(fmt::format("a client is shown by {}: {}", replica.actor, to_text(kind_, replica.shown)));
    return true;
  }

  bool hear(Replica& replica, const Replica& other) {
    if (&replica == &other) return true;
    told_.push_back(fmt::format("{} merges what {} holds", replica.actor, other.actor));
    auto merged = reconciler_.merge(kind_, replica.state, other.state);
    if (!merged) return fail(merged.error());
    replica.state = std::move(*merged);
    replica.known.insert(other.known.begin(), other.known.end());
    return check(replica);
  }

  bool update(Replica& replica, const Replica& other, const Step& step) {
    Update update;
    Reconciler::Result<State> after;
    const size_t number = updates_.size();
    if (kind_ == Kind::kValues) {
      update.name = fmt::format("v{}", number + 1);
      update.supersedes = past_of(other.shown_updates);
      told_.push_back(
          fmt::format("{} is written at {} over what {} last showed", update.name, replica.actor, other.actor));
      after = reconciler_.write(replica.state, replica.actor, other.shown.context, update.name);
    } else if (kind_ == Kind::kCart) {
      update.name = fmt::format("c{}:1", number + 1);
      update.item = kItems[static_cast<size_t>(step.choice) % kItems.size()];
      told_.push_back(fmt::format("{} is added at {} with tag {}", update.item, replica.actor, update.name));
      after = reconciler_.add(replica.state, replica.actor, update.item, update.name);
    } else {
      update.amount = step.choice % 4 == 0 ? -1 - step.choice : 1 + step.choice;
      told_.push_back(fmt::format("{} is added at {}", update.amount, replica.actor));
      after = reconciler_.increment(replica.state, replica.actor, update.amount);
    }
    return done(replica, std::move(update), std::move(after));
  }

  // Of one item, what `other` last showed of it.
  bool remove(Replica& replica, const Replica& other, const Step& step) {
    if (other.shown.cart.empty()) return true;
    const auto item = std::next(other.shown.cart.begin(), static_cast<std::ptrdiff_t>(static_cast<size_t>(step.choice) %
                                                                                      other.shown.cart.size()));
    Update removal;
    for (size_t i = 0; i < updates_.size(); ++i) {
      if (item->second.count(updates_[i].name) > 0) removal.supersedes.insert(i);
    }
    told_.push_back(
        fmt::format("{} with tags {} is removed at {}", item->first, fmt::join(item->second, " "), replica.actor));
    return done(replica, removal, reconciler_.remove(replica.state, replica.actor, item->first, item->second));
  }

  bool done(Replica& replica, Update update, Reconciler::Result<State> after) {
    if (!after) return fail(after.error());
    replica.state = std::move(*after);
    replica.known.insert(updates_.size());
    updates_.push_back(std::move(update));
    return check(replica);
  }

  // These updates and what they supersede, which is closed already: who has seen an update has seen its past.
  Updates past_of(const Updates& seen) const {
    Updates past = seen;
    for (const size_t i : seen) past.insert(updates_[i].supersedes.begin(), updates_[i].supersedes.end());
    return past;
  }

  // What somebody who knows these updates is to be shown: those that none of them supersedes.
  Shown expected(const Updates& known) const {
    Shown shown;
    std::set<size_t> superseded;
    for (const size_t i : known) superseded.insert(updates_[i].supersedes.begin(), updates_[i].supersedes.end());
    for (const size_t i : known) {
      const Update& update = updates_[i];
      shown.total += update.amount;
      if (update.name.empty() || superseded.count(i) > 0) continue;
      if (kind_ == Kind::kValues) shown.values.insert(update.name);
      if (kind_ == Kind::kCart) shown.cart[update.item].insert(update.name);
    }
    return shown;
  }

  bool check(const Replica& replica) { return shows(replica.state, expected(replica.known), replica.actor); }

  bool shows(const State& state, const Shown& wanted, const std::string& who) {
    const auto shown = reconciler_.read(kind_, state);
    if (!shown) return fail(shown.error());
    if (!(*shown == wanted)) {
      return fail(
          fmt::format("then {} must show {}, and it shows {}", who, to_text(kind_, wanted), to_text(kind_, *shown)));
    }
    if (shown->context_size > actors_) {
      return fail(fmt::format("then the context of {} has {} entries, and there were {} actors", who,
                              shown->context_size, actors_));
    }
    return true;
  }

  // Merging commutes, associates and is idempotent: whatever the replicas hold now.
  bool check_laws() {
    const auto merge = [this](const State& a, const State& b) { return reconciler_.merge(kind_, a, b); };
    Updates all;
    for (const Replica& replica : replicas_) all.insert(replica.known.begin(), replica.known.end());
    const Shown wanted = expected(all);
    const size_t n = replicas_.size();
    for (size_t first = 0; first < n; ++first) {
      // From the left and from the right, beginning with each replica.
      State left = replicas_[first].state;
      State right = replicas_[first].state;
      for (size_t i = 1; i < n; ++i) {
        auto l = merge(left, replicas_[(first + i) % n].state);
        auto r = merge(replicas_[(first + i) % n].state, right);
        if (!l || !r) return fail(l ? r.error() : l.error());
        left = std::move(*l);
        right = std::move(*r);
      }
      const std::string of = fmt::format("beginning with {}", replicas_[first].actor);
      if (!shows(left, wanted, "the merge of all from the left, " + of)) return false;
      if (!shows(right, wanted, "the merge of all from the right, " + of)) return false;
      auto again = merge(left, left);
      if (again) again = merge(*again, replicas_[first].state);
      if (!again) return fail(again.error());
      if (!shows(*again, wanted, "the merge of all with what it contains")) return false;
    }
    // a + (b + c)
    if (n < 3) return true;
    auto inner = merge(replicas_[1].state, replicas_[2].state);
    auto outer = inner ? merge(replicas_[0].state, *inner) : inner;
    if (!outer) return fail(outer.error());
    Updates three;
    for (size_t i = 0; i < 3; ++i) three.insert(replicas_[i].known.begin(), replicas_[i].known.end());
    return shows(*outer, expected(three), "the merge of the first with the merge of the second and third");
  }

  Reconciler& reconciler_;
  const Kind kind_;
  std::vector<Replica> replicas_;
  std::vector<Update> updates_;
  size_t actors_ = 0;
  std::vector<std::string> told_;
};

}  // namespace

std::string_view name_of(Kind kind) {
  return kind == Kind::kValues ? "values" : kind == Kind::kCart ? "cart" : "counter";
}

std::string replay(Reconciler& reconciler, const ReplayOptions& options, const std::vector<Step>& steps) {
  return Replay(reconciler, options).run(steps);
}

}  // namespace harness
