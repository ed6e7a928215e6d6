// Sets to which unique elements are added and from which none is removed, read as a whole, as in Jepsen's set-full.
// Two promises: that elements once known stay (set-full), and that reads are linearizable (strong-set).
#include <fmt/format.h>

#include <algorithm>

#include "checkers/collections/growing_set.h"
#include "checkers/explain.h"
#include "checkers/trial.h"
#include "checkers/value_ids.h"

namespace checkers {
namespace {

class GrowingSets {
 public:
  GrowingSets(const Trial& trial, std::string name, bool strong)
      : trial_(trial), strong_(strong), result_(result_of(std::move(name), "")) {
    result_.promise = strong ? "sets are linearizable: each read shows what was added before some instant of its own"
                             : "an element once known is in every later read, and no read shows what nobody added";
  }

  Result check();

 private:
  struct Element {
    const Value* value = nullptr;
    const Operation* add = nullptr;  // the first that may have taken effect, else the first that failed
    int64_t acknowledged = kNever;
  };

  bool fits(const KeyOperations& key);
  void load(const KeyOperations& key);
  void load_read(const Operation& read);
  void judge_fates();
  void judge_strength();
  void report(const NotStrong& found);
  void report_lost(const Element& element, const Fate& fate);
  void summarize();
  void name(std::string_view list, const Value& value);
  std::string named(size_t e) const { return excerpt(to_json(*elements_[e].value)); }

  const Trial& trial_;
  const bool strong_;
  Result result_;
  Findings findings_;

  // Of the key at hand.
  ValueIds ids_;
  std::vector<size_t> places_;  // id → position
  std::vector<Element> elements_;
  std::vector<const Operation*> reads_;
  GrowingSet set_;

  std::string unfit_;
  int64_t attempted_ = 0, acknowledged_ = 0, all_reads_ = 0, stable_ = 0, lost_ = 0, never_read_ = 0, stale_ = 0,
          flickered_ = 0, recovered_ = 0, unexpected_ = 0, duplicates_ = 0;
  std::vector<int64_t> stable_after_, lost_after_;
  std::vector<std::pair<std::string, List>> named_;
};

// Lists of elements, as far as there is room.
void GrowingSets::name(std::string_view list, const Value& value) {
  auto found = std::find_if(named_.begin(), named_.end(), [&](const auto& entry) { return entry.first == list; });
  if (found == named_.end()) found = named_.insert(found, {std::string(list), {}});
  if (found->second.size() < kListed) found->second.push_back(value);
}

bool GrowingSets::fits(const KeyOperations& key) {
  for (const Operation* operation : key.operations) {
    if (operation->f() != "add" && operation->f() != "read") {
      unfit_ = fmt::format("operations \"{}\": only add and read are judged", operation->f());
    } else if (operation->f() == "add" && operation->argument().is_map()) {
      unfit_ = "additions have tags: the checker set judges these";
    } else if (operation->f() == "read" && operation->ok() && !operation->result().is_list() &&
               !operation->result().is_null()) {
      unfit_ = "a read did not return a list";
    }
  }
  return unfit_.empty();
}

void GrowingSets::load(const KeyOperations& key) {
  ids_ = {};
  elements_.clear();
  reads_.clear();
  set_ = {};
  std::vector<Element> found;  // by id
  for (const Operation* operation : key.operations) {
    if (operation->f() != "add") continue;
    const size_t id = ids_.id(operation->argument());
    if (id == found.size()) found.push_back({&operation->argument(), operation, kNever});
    Element& element = found[id];
    if (element.add->failed() && !operation->failed()) element.add = operation;
    if (operation->ok()) element.acknowledged = std::min(element.acknowledged, operation->returned);
  }
  std::vector<size_t> order(found.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  // An element whose every addition failed is behind all others, and outside of the set.
  const auto begun = [&](size_t id) { return found[id].add->failed() ? kNever : found[id].add->invoked; };
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::pair(begun(a), a) < std::pair(begun(b), b); });
  places_.resize(found.size());
  for (size_t place = 0; place < order.size(); ++place) {
    places_[order[place]] = place;
    const Element& element = elements_.emplace_back(found[order[place]]);
    ++attempted_;
    acknowledged_ += element.acknowledged != kNever;
    if (!element.add->failed()) set_.adds.push_back({element.add->invoked, element.acknowledged});
  }
  for (const Operation* operation : key.operations) {
    if (operation->f() == "read" && operation->ok()) load_read(*operation);
  }
}

void GrowingSets::load_read(const Operation& read) {
  ++all_reads_;
  reads_.push_back(&read);
  GrowingSet::Read& loaded = set_.reads.emplace_back();
  loaded.invoked = read.invoked;
  loaded.returned = read.returned;
  loaded.shown = Bitmap(set_.adds.size());
  Bitmap twice(set_.adds.size());
  for (const Value& value : read.result().list()) {
    const uint32_t id = ids_.find(value);
    const size_t place = id != kNoNumber ? places_[id] : elements_.size();
    const bool in_set = place < set_.adds.size();
    if (in_set && set_.adds[place].invoked < read.returned) {
      if (loaded.shown.test(place) && !twice.test(place)) {
        twice.set(place);
        ++duplicates_;
        name("duplicated", value);
        findings_.add([&] {
          return make_witness("duplicate element", {&read},
                              fmt::format("Let A = {}. A lists {} twice.", describe_with_end(read), to_json(value)));
        });
      }
      loaded.shown.set(place);
      continue;
    }
    ++unexpected_;
    name("unexpected", value);
    findings_.add([&] {
      const std::string shows = fmt::format("shows {}", excerpt(to_json(value)));
      if (id == kNoNumber)
        return make_witness(
            "element from nowhere", {&read},
            fmt::format("Let A = {}. A {}, which no client ever added.", describe_with_end(read), shows));
      const Operation& add = *elements_[place].add;
      if (!in_set)
        return make_witness("failed addition", {&add, &read},
                            fmt::format("Let A = {}, B = {}. A failed, so that it never took effect, yet B {}.",
                                        describe_with_end(add), describe_with_end(read), shows));
      return make_witness(
          "element from the future", {&add, &read},
          fmt::format("Let A = {}, B = {}. B returned at event {} and A began at event {}, yet B {}.",
                      describe_with_end(add), describe_with_end(read), read.returned, add.invoked, shows));
    });
  }
}

// One nanosecond after the read that last showed the other thing began, as far as that is after it was known.
int64_t since_known(Nanos from, Nanos known) { return std::max<int64_t>(0, (from - known).count() + 1); }

void GrowingSets::judge_fates() {
  const std::vector<Fate> all = fates(set_);
  std::vector<std::pair<int64_t, Nanos>> times;  // of the completions that make elements known
  for (const Operation* read : reads_) times.emplace_back(read->returned, read->end());
  std::sort(times.begin(), times.end());
  for (size_t e = 0; e < all.size(); ++e) {
    const Fate& fate = all[e];
    const Element& element = elements_[e];
    flickered_ += fate.flickered;
    recovered_ += fate.last_present != Fate::kNone && element.acknowledged == kNever;
    Nanos known = element.add->end();
    if (fate.known != element.acknowledged) {
      const auto read = std::lower_bound(times.begin(), times.end(), std::pair(fate.known, Nanos::min()));
      if (read != times.end()) known = read->second;
    }
    if (fate.outcome == Fate::Outcome::kStable) {
      ++stable_;
      const int64_t after = fate.last_absent == Fate::kNone ? 0 : since_known(reads_[fate.last_absent]->start(), known);
      stable_after_.push_back(after);
      if (after == 0) continue;
      ++stale_;
      name("stale", *element.value);
    } else if (fate.outcome == Fate::Outcome::kLost) {
      ++lost_;
      lost_after_.push_back(fate.last_present == Fate::kNone ? 0
                                                             : since_known(reads_[fate.last_present]->start(), known));
      name("lost", *element.value);
      if (!strong_) report_lost(element, fate);
    } else {
      ++never_read_;
      name("never read", *element.value);
    }
  }
}

void GrowingSets::report_lost(const Element& element, const Fate& fate) {
  findings_.add([&] {
    const Operation& add = *element.add;
    const Operation& misses = *reads_[fate.last_absent];
    std::vector<const Operation*> operations = {&add, &misses};
    std::string text = fmt::format("Let A = {}, B = {}", describe_with_end(add), describe_with_end(misses));
    if (fate.last_present != Fate::kNone) {
      const Operation& shows = *reads_[fate.last_present];
      operations.push_back(&shows);
      text += fmt::format(", C = {}. C is the last read that shows A's element", describe_with_end(shows));
    } else {
      text += ". No read shows A's element";
    }
    text += fmt::format(
        "; it was known from event {} on, and B began at event {}, yet neither B nor any later read "
        "shows it.",
        fate.known, misses.invoked);
    return make_witness("lost element", operations, std::move(text));
  });
}

void GrowingSets::judge_strength() {
  for (const NotStrong& found : not_strong(set_)) report(found);
}

void GrowingSets::report(const NotStrong& found) {
  findings_.add([&] {
    const Operation& add = *elements_[found.element].add;
    const Operation& read = *reads_[found.read];
    switch (found.reason) {
      case NotStrong::Reason::kMissesKnown:
        return make_witness("stale read", {&add, &read},
                            fmt::format("Let A = {}, B = {}. A happened before B, because {}; yet B does not show {}.",
                                        describe_with_end(add), describe_with_end(read), before("A", add, "B", read),
                                        named(found.element)));
      case NotStrong::Reason::kGoesBack: {
        const Operation& shows = *reads_[found.other];
        return make_witness("stale read", {&shows, &read},
                            fmt::format("Let A = {}, B = {}. A happened before B, because {}; A shows {}, yet B does "
                                        "not.",
                                        describe_with_end(shows), describe_with_end(read),
                                        before("A", shows, "B", read), named(found.element)));
      }
      case NotStrong::Reason::kIncomparable: {
        const Operation& other = *reads_[found.other];
        return make_witness(
            "reads in no order", {&read, &other},
            fmt::format("Let A = {}, B = {}. A shows {}, which B does not, and B shows {}, which A does not: neither "
                        "can have come first.",
                        describe_with_end(read), describe_with_end(other), named(found.element),
                        named(found.other_element)));
      }
      case NotStrong::Reason::kOutOfOrder:
        break;
    }
    const Operation& later = *elements_[found.other_element].add;
    return make_witness("additions out of order", {&add, &later, &read},
                        fmt::format("Let A = {}, B = {}, C = {}. A happened before B, because {}; yet C shows B's {} "
                                    "and not A's {}.",
                                    describe_with_end(add), describe_with_end(later), describe_with_end(read),
                                    before("A", add, "B", later), named(found.other_element), named(found.element)));
  });
}

Result GrowingSets::check() {
  Headway headway(trial_.judging, result_.checker, trial_.operations.all().size());
  for (const KeyOperations& key : trial_.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    if (!fits(key)) break;
    load(key);
    judge_fates();
    if (strong_) judge_strength();
  }
  if (!unfit_.empty()) {
    result_.summary = unfit_;
    return std::move(result_);
  }
  summarize();
  return std::move(result_);
}

void GrowingSets::summarize() {
  result_.evidence = {{"additions attempted", attempted_}, {"acknowledged", acknowledged_}, {"reads", all_reads_}};
  for (const auto& [what, number] :
       {std::pair("stable", stable_), std::pair("lost", lost_), std::pair("never read", never_read_),
        std::pair("stale for a while", stale_), std::pair("shown, not shown, shown", flickered_),
        std::pair("shown without an acknowledgement", recovered_), std::pair("unexpected", unexpected_),
        std::pair("duplicated", duplicates_)}) {
    result_.details.set(what, number);
  }
  for (auto& [list, values] : named_) result_.details.set(list + " elements", std::move(values));
  result_.details.set("stable_after_ns", quantiles(stable_after_));
  result_.details.set("lost_after_ns", quantiles(lost_after_));
  if (stable_ > 0) result_.verdict = Verdict::kValid;
  findings_.move_into(result_);
  result_.summary =
      all_reads_ == 0 ? "no read succeeded"
                      : fmt::format("{} stable, {} lost, {} never read", count(stable_, "element"), lost_, never_read_);
  if (unexpected_ + duplicates_ > 0)
    result_.summary += fmt::format("; {} unexpected, {} duplicated", unexpected_, duplicates_);
  if (strong_ && all_reads_ > 0)
    result_.summary += findings_.count() > 0
                           ? fmt::format("; not linearizable: {}", count(findings_.count(), "violation"))
                           : "; linearizable";
}

}  // namespace

Result check_set_full(const Trial& trial) { return GrowingSets(trial, "set-full", false).check(); }
Result check_strong_set(const Trial& trial) { return GrowingSets(trial, "strong-set", true).check(); }

}  // namespace checkers
