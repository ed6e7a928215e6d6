// Carts and sets, live: every read shows only additions that were attempted and did not fail; and a strict one every
// addition that was acknowledged before it began and that no removal may have hidden, and none whose removal was
// acknowledged before.
//
// Additions are known by their tags, session:number, numbered from 1 without gaps. Of a key it remembers the additions
// that may still be shown, and of each session the last number and those that failed; an addition whose removal was
// acknowledged before every open read began is forgotten. While a removal that looks for itself is open, nobody knows
// what it hides: it hides everything of its item until it says.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_map>

#include "checkers/collections/entries.h"
#include "checkers/explain.h"
#include "checkers/live/live.h"

namespace checkers {
namespace {

// "s4:17" → (s4, 17); number 0: it has another form.
std::pair<std::string, int64_t> parse_tag(const std::string& tag) {
  const size_t colon = tag.rfind(':');
  int64_t number = 0;
  if (colon != std::string::npos) std::from_chars(tag.data() + colon + 1, tag.data() + tag.size(), number);
  return {tag.substr(0, colon), number};
}

class LiveCart : public LiveChecker {
 public:
  explicit LiveCart(const TestInfo& test)
      : LiveChecker(test.workload == "set" ? "set" : "cart"),
        collection_(collection_of(test)),
        replicas_(Terms(test).replicas),
        strict_(Terms(test).quorum_reads.status == Promise::Status::kPromised),
        lossless_(test.merge != "last-write-wins"),
        removals_promised_(Terms(test).returned_items.status == Promise::Status::kPromised) {}

  void begin(const Operation& operation) override;
  void end(const Operation& operation) override;
  void disk_lost() override { lost_ = true; }
  size_t remembered() const override;

 private:
  struct Added {
    std::string item;
    int64_t invoked = 0;
    int64_t acknowledged = kNever;
    int w = 0;
    bool strict = false;
    int64_t hidden_from = kNever;   // a removal began that may have hidden it
    int64_t removed_by = kNever;    // a removal was acknowledged that named it …
    int removed_w = 0;              // … with this W …
    bool removed_strictly = false;  // … and strict
  };
  struct Session {
    int64_t last = 0;
    std::set<int64_t> failed;
  };
  struct Key {
    std::map<std::string, Added> additions;  // by tag
    std::map<std::string, Session> sessions;
    std::map<int64_t, int64_t> open_reads;                       // process → when it began
    std::map<int64_t, std::pair<std::string, int64_t>> looking;  // removals under way: process → (item, when)
    std::map<std::string, int64_t> hidden_for_good;              // by item: since when, by outcomes unknown
    std::map<std::string, int64_t> gone_until;  // sets: by member, the last return of an addition that may be gone
  };

  static void hide(Key& key, Added& added, int64_t from);
  void begin_removal(Key& key, const Operation& removal);
  void end_removal(Key& key, const Operation& removal);
  void judge(const Operation& read, Key& key);
  void judge_missing(const Operation& read, const Key& key, const std::set<std::string>& tags,
                     const std::set<std::string>& items);
  bool may_be_hidden(const Key& key, const Added& added, int64_t until) const;
  void forget(Key& key);
  bool meet(const Operation& read, bool strict, int w) const { return read.strict && strict && read.r + w > replicas_; }

  const Collection collection_;
  const int replicas_;
  const bool strict_;
  const bool lossless_;
  const bool removals_promised_;
  bool lost_ = false;
  std::unordered_map<std::string, Key> keys_;
};

void LiveCart::hide(Key& key, Added& added, int64_t from) {
  added.hidden_from = std::min(added.hidden_from, from);
  int64_t& until = key.gone_until.emplace(added.item, -1).first->second;
  until = std::max(until, added.acknowledged);
}

void LiveCart::begin(const Operation& operation) {
  Key& key = keys_[operation.key()];
  if (operation.f() == "read") {
    key.open_reads[operation.invocation->process] = operation.invoked;
  } else if (operation.f() == "remove") {
    begin_removal(key, operation);
  } else {
    const std::string& tag = operation.argument()["tag"].string();
    Added added;
    added.item = item_of(operation.argument()).string();
    added.invoked = operation.invoked;
    if (const auto hidden = key.hidden_for_good.find(added.item); hidden != key.hidden_for_good.end())
      hide(key, added, hidden->second);
    key.additions[tag] = std::move(added);
    const auto [session, number] = parse_tag(tag);
    Session& known = key.sessions[session];
    known.last = std::max(known.last, number);
  }
}

void LiveCart::begin_removal(Key& key, const Operation& removal) {
  const Value& observed = removal.field("observed");
  if (!observed.is_list()) {
    key.looking[removal.invocation->process] = {item_of(removal.argument()).string(), removal.invoked};
    return;
  }
  for (const Value& tag : observed.list()) {
    if (const auto found = key.additions.find(tag.string()); found != key.additions.end())
      hide(key, found->second, removal.invoked);
  }
}

void LiveCart::end_removal(Key& key, const Operation& removal) {
  const Value& removed = removal.result()["removed"];
  for (const Value& tag : removed.list()) {
    const auto found = key.additions.find(tag.string());
    if (found == key.additions.end()) continue;
    hide(key, found->second, removal.invoked);
    if (removal.returned >= found->second.removed_by) continue;
    found->second.removed_by = removal.returned;
    found->second.removed_w = removal.w;
    found->second.removed_strictly = removal.strict;
  }
  const auto looking = key.looking.find(removal.invocation->process);
  if (looking == key.looking.end()) return;
  const std::string item = looking->second.first;
  key.looking.erase(looking);
  if (removal.failed() || (removal.ok() && removed.is_list() && removal.attempts() <= 1)) return;
  for (auto& [tag, added] : key.additions) {
    if (added.item == item) hide(key, added, removal.invoked);
  }
  if (!removal.ok()) {
    int64_t& since = key.hidden_for_good.emplace(item, removal.invoked).first->second;
    since = std::min(since, removal.invoked);
  }
}

void LiveCart::end(const Operation& operation) {
  Key& key = keys_[operation.key()];
  if (operation.f() == "read") {
    if (operation.ok()) judge(operation, key);
    key.open_reads.erase(operation.invocation->process);
  } else if (operation.f() == "remove") {
    end_removal(key, operation);
  } else if (const auto found = key.additions.find(operation.argument()["tag"].string());
             found != key.additions.end()) {
    Added& added = found->second;
    if (operation.failed()) {
      const auto [session, number] = parse_tag(found->first);
      key.sessions[session].failed.insert(number);
      key.additions.erase(found);
      return;
    }
    if (operation.ok()) added.acknowledged = operation.returned;
    added.w = operation.w;
    added.strict = operation.strict;
    if (added.hidden_from != kNever) hide(key, added, added.hidden_from);
  }
  forget(key);
}

// A set's addition may also be gone with another of its member that was not over before it began, and that may be gone.
bool LiveCart::may_be_hidden(const Key& key, const Added& added, int64_t until) const {
  if (added.hidden_from <= until) return true;
  const auto looks = [&](const std::string& item) {
    return std::any_of(key.looking.begin(), key.looking.end(),
                       [&](const auto& open) { return open.second.first == item; });
  };
  if (looks(added.item)) return true;
  const auto gone = key.gone_until.find(added.item);
  if (collection_ == Collection::kCart || gone == key.gone_until.end()) return false;
  std::vector<const Added*> same;  // in order of invocation
  for (const auto& [tag, other] : key.additions) {
    if (other.item == added.item) same.push_back(&other);
  }
  std::sort(same.begin(), same.end(), [](const Added* a, const Added* b) { return a->invoked < b->invoked; });
  int64_t gone_until = gone->second;
  for (const Added* other : same) {
    if (other->invoked > gone_until) return false;  // and so are all that began later
    if (other == &added) return true;
    gone_until = std::max(gone_until, other->acknowledged);
  }
  return false;
}

void LiveCart::judge(const Operation& read, Key& key) {
  count_judged();
  std::set<std::string> tags, items;
  const auto dishonest = [&](const char* anomaly, std::string_view tag, const std::string& why) {
    violated([&] {
      return make_witness(anomaly, {&read},
                          fmt::format("Let A = {}. A shows {}, {}.", describe_with_end(read), tag, why));
    });
  };
  for (const Value& entry : read.result().list()) {
    const std::string& item = item_of(entry).string();
    items.insert(item);
    for_each_tag(entry, [&](const std::string& tag, int64_t /*quantity*/) {
      if (!tags.insert(tag).second) dishonest("doubled addition", tag, "twice");
      const auto found = key.additions.find(tag);
      if (found == key.additions.end()) {
        const auto [session, number] = parse_tag(tag);
        const auto known = key.sessions.find(session);
        if (number == 0 || known == key.sessions.end() || number > known->second.last)
          return dishonest("item from nowhere", tag, "which nobody had begun to add");
        if (known->second.failed.count(number) > 0)
          return dishonest("failed addition", tag, "whose addition had failed");
        if (removals_promised_ && strict_ && !lost_ && read.strict)  // forgotten: removed before this read began
          dishonest("stale read", tag, "whose removal was acknowledged before A began");
        return;
      }
      const Added& added = found->second;
      if (added.item != item)
        return dishonest("wrong item", tag, fmt::format("under {}, yet it was added as {}", item, added.item));
      if (removals_promised_ && !lost_ && added.removed_by < read.invoked &&
          meet(read, added.removed_strictly, added.removed_w))
        dishonest("stale read", tag, fmt::format("whose removal was acknowledged at event {}", added.removed_by));
    });
  }
  if (lossless_ && !lost_ && read.strict) judge_missing(read, key, tags, items);
}

void LiveCart::judge_missing(const Operation& read, const Key& key, const std::set<std::string>& tags,
                             const std::set<std::string>& items) {
  for (const auto& addition : key.additions) {
    const std::string& tag = addition.first;
    const Added& added = addition.second;
    if (added.acknowledged >= read.invoked || !meet(read, added.strict, added.w) || tags.count(tag) > 0) continue;
    if (collection_ == Collection::kSet && items.count(added.item) > 0) continue;
    if (may_be_hidden(key, added, read.returned)) continue;
    return violated([&] {
      return make_witness(
          "stale read", {&read},
          fmt::format(
              "Let A = {}. The addition {} of {} was acknowledged at event {}, before A began at event {}, and no "
              "removal that could have hidden it had begun before A returned; yet A does not show it.",
              describe_with_end(read), tag, added.item, added.acknowledged, read.invoked));
    });
  }
}

void LiveCart::forget(Key& key) {
  int64_t first_read = kNever;  // to begin, of those under way
  for (const auto& [process, began] : key.open_reads) first_read = std::min(first_read, began);
  std::erase_if(key.additions, [&](const auto& addition) {
    const Added& added = addition.second;
    return added.removed_by < first_read && added.acknowledged != kNever;
  });
}

size_t LiveCart::remembered() const {
  size_t all = keys_.size();
  for (const auto& [name, key] : keys_) {
    all += key.additions.size() + key.sessions.size() + key.open_reads.size() + key.looking.size() +
           key.hidden_for_good.size() + key.gone_until.size();
    for (const auto& [session, known] : key.sessions) all += known.failed.size();
  }
  return all;
}

}  // namespace

std::unique_ptr<LiveChecker> live_cart(const TestInfo& test) {
  const bool judged = (test.workload == "cart" || test.workload == "set") && test.has("operation-ids");
  return judged ? std::make_unique<LiveCart>(test) : nullptr;
}

}  // namespace checkers
