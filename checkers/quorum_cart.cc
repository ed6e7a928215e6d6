// Carts and sets: a strict read shows every addition acknowledged before it began and not removed by then, and none
// that an acknowledged removal had named before it began. A strict removal that looks for itself is such a read, of its
// item: if it names what it found, that is judged; if not (sets), then nothing may show that it must have found.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "checkers/collections/cart_history.h"
#include "checkers/quorum_reads.h"

namespace checkers {
namespace {

class CartReads {
 public:
  CartReads(const Trial& trial, const CartHistory& cart, QuorumTally& tally)
      : trial_(trial),
        cart_(cart),
        tally_(tally),
        promised_(trial.history.test.merge != "last-write-wins"),
        removals_promised_(trial.terms.returned_items.status == Promise::Status::kPromised) {
    for (const Addition& addition : cart.additions()) {
      if (!addition.operation->ok()) continue;
      by_return_.push_back(&addition);
      if (promised_) overlapping_.add(*addition.operation);
    }
    std::sort(by_return_.begin(), by_return_.end(),
              [](const Addition* a, const Addition* b) { return a->operation->returned < b->operation->returned; });
  }

  void judge();

 private:
  void judge(const Operation& observer);
  void judge_shown(const Operation& read, std::string_view tag, Missed& missed);
  void judge_shown_item(const Operation& read, std::string_view item);
  void report(const Operation& observer, const Addition& addition, const Missed& missed);

  const Trial& trial_;
  const CartHistory& cart_;
  QuorumTally& tally_;
  const bool promised_;
  const bool removals_promised_;
  OverlappingWrites overlapping_;
  std::vector<const Addition*> by_return_;
  std::vector<const Addition*> live_;  // acknowledged by now, and by now surely not hidden
};

void CartReads::judge() {
  std::vector<const Operation*> observers = cart_.reads();
  observers.insert(observers.end(), cart_.looking_removals().begin(), cart_.looking_removals().end());
  std::sort(observers.begin(), observers.end(),
            [](const Operation* a, const Operation* b) { return a->invoked < b->invoked; });
  size_t next = 0;
  for (const Operation* observer : observers) {
    for (; next < by_return_.size() && by_return_[next]->operation->returned < observer->invoked; ++next)
      live_.push_back(by_return_[next]);
    live_.erase(std::remove_if(live_.begin(), live_.end(),
                               [&](const Addition* addition) { return addition->hidden_from < observer->invoked; }),
                live_.end());
    judge(*observer);
  }
}

void CartReads::judge(const Operation& observer) {
  const bool is_read = observer.f() == "read";
  std::unordered_set<std::string_view> shown, items;
  Missed missed;
  tally_.judged += overlapping_.before(observer, trial_.terms.replicas);
  if (is_read) {
    tally_.note_answered(observer);
    for (const Value& entry : observer.result().list()) {
      const std::string& item = item_of(entry).string();
      for_each_tag(entry, [&](std::string_view tag, int64_t /*quantity*/) {
        shown.insert(tag);
        judge_shown(observer, tag, missed);
      });
      if (cart_.collection() == Collection::kSet || entry["tags"].is_null()) items.insert(item);
      judge_shown_item(observer, item);
    }
  } else {
    for (const Value& tag : observer.result()["removed"].list()) shown.insert(tag.string());
  }
  const std::string_view item = item_of(observer.argument()).string();
  const Addition* must_show = nullptr;
  for (const Addition* addition : live_) {
    if (addition->hidden_from <= observer.returned || shown.count(addition->tag) > 0) continue;
    if (items.count(addition->item) > 0) continue;
    if (!is_read && addition->item != item) continue;
    const Operation& add = *addition->operation;
    if (trial_.lost_disks.excuse(add, observer.end())) {
      ++tally_.excused;
      continue;
    }
    const bool judged = promised_ && quorums_overlap(observer, add, trial_.terms.replicas);
    missed.add(add, judged);
    if (missed.must_show == &add) must_show = addition;
  }
  if (is_read && missed.versions > 0) tally_.note_stale(observer, missed);
  if (must_show != nullptr) report(observer, *must_show, missed);
}

void CartReads::report(const Operation& observer, const Addition& addition, const Missed& missed) {
  tally_.findings.add([&] {
    const Operation& add = *addition.operation;
    const std::string more =
        missed.versions > 1
            ? fmt::format(" ({} acknowledged additions and removals are missed in all)", missed.versions)
            : "";
    return make_witness(
        "stale read", {&add, &observer},
        fmt::format("Let A = {}, B = {}. Then A happened before B, because {}, no removal that could have hidden {} "
                    "had begun before B returned, and B had to {} it, because {}; yet B does not {} it{}.",
                    describe_with_end(add), describe_with_end(observer), before("A", add, "B", observer), addition.tag,
                    observer.f() == "read" ? "show" : "find", why_they_meet(observer, add, trial_.terms.replicas),
                    observer.f() == "read" ? "show" : "name", more));
  });
}

// A tag that should have been gone.
void CartReads::judge_shown(const Operation& read, std::string_view tag, Missed& missed) {
  const Addition* addition = cart_.find(tag);
  if (addition == nullptr || addition->removed_by == nullptr) return;
  const Operation& removal = *addition->removed_by;
  if (removal.returned >= read.invoked || trial_.lost_disks.excuse(removal, read.end())) return;
  missed.add(removal, false);
  if (!removals_promised_ || !quorums_overlap(read, removal, trial_.terms.replicas)) return;
  tally_.findings.add([&] {
    return make_witness(
        "stale read", {addition->operation, &removal, &read},
        fmt::format("Let A = {}, B = {}, C = {}. B named A's tag {} as removed, B happened before C, because {}, and C "
                    "had to reflect it, because {}; yet C shows {}.",
                    describe_with_end(*addition->operation), describe_with_end(removal), describe_with_end(read), tag,
                    before("B", removal, "C", read), why_they_meet(read, removal, trial_.terms.replicas), tag));
  });
}

// An item all of whose additions were over when a strict removal that must have found them began.
void CartReads::judge_shown_item(const Operation& read, std::string_view item) {
  if (!removals_promised_) return;
  for (const Operation* removal : cart_.silent_removals()) {
    if (item_of(removal->argument()).string() != item || removal->returned >= read.invoked) continue;
    if (!quorums_overlap(read, *removal, trial_.terms.replicas) || cart_.beside_another(*removal)) continue;
    const Operation* last = nullptr;  // to be over, of those that began before the read was over
    bool all_found = true;
    for (const Addition& addition : cart_.additions()) {
      const Operation& add = *addition.operation;
      if (addition.item != item || add.failed() || add.invoked > read.returned) continue;
      all_found = all_found && add.returned < removal->invoked &&
                  quorums_overlap(*removal, add, trial_.terms.replicas) &&
                  !trial_.lost_disks.excuse(add, removal->end());
      if (last == nullptr || add.returned > last->returned) last = &add;
    }
    if (!all_found || last == nullptr || trial_.lost_disks.excuse(*removal, read.end())) continue;
    tally_.findings.add([&] {
      return make_witness(
          "stale read", {last, removal, &read},
          fmt::format("Let A = {}, B = {}, C = {}. A is the last addition of {}, and all of them happened before B, "
                      "because {}; B removed all that it found and happened before C, because {}; and the quorums of "
                      "all three had to meet, because {}; yet C shows {}.",
                      describe_with_end(*last), describe_with_end(*removal), describe_with_end(read), item,
                      before("A", *last, "B", *removal), before("B", *removal, "C", read),
                      why_they_meet(read, *removal, trial_.terms.replicas), item));
    });
    return;
  }
}

}  // namespace

void judge_cart_reads(const Trial& trial, QuorumTally& tally) {
  Headway headway(trial.judging, "quorum-reads", trial.operations.all().size());
  for (const KeyOperations& key : trial.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    const CartHistory cart(key, collection_of(trial.history.test));
    CartReads(trial, cart, tally).judge();
  }
}

}  // namespace checkers
