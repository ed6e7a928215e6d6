// Shopping carts and sets: what clients put in must be there at the end, what they took out must not, and nothing else
// may ever show.
//
// An addition is known by its tag. Removals hide additions: those that they name for certain, others perhaps. In a set
// an addition is there as long as its member is, whoever added it.
#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <unordered_set>

#include "checkers/collections/cart_history.h"
#include "checkers/explain.h"
#include "checkers/replicas.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

class CartChecker {
 public:
  CartChecker(const Trial& trial, std::string name)
      : trial_(trial),
        collection_(collection_of(trial.history.test)),
        result_(result_of(std::move(name), trial.terms.lost_additions.text)) {}

  Result check();

 private:
  void check_contents(const CartHistory& cart, const Operation& read);
  void check_finals(const CartHistory& cart);
  void check_lost(const CartHistory& cart, const Addition& addition);
  void check_returned(const Addition& addition);
  std::string expected_of(std::string_view merge) const;
  void summarize();
  // "2 x milk"; of a set, the member.
  std::string goods(std::string_view item, int64_t quantity) const {
    return collection_ == Collection::kSet ? std::string(item) : fmt::format("{} x {}", quantity, item);
  }

  const Trial& trial_;
  const Collection collection_;
  Result result_;
  Findings violations_;
  Findings dishonest_;  // what no merge mode excuses: from nowhere, doubled, wrong quantity
  int64_t reads_ = 0, final_reads_ = 0, acknowledged_ = 0, judged_ = 0, removals_ = 0, lost_ = 0, returned_ = 0;
  struct FinalRead {
    const Operation* read = nullptr;
    std::unordered_set<std::string_view> tags, items;

    bool shows(const Addition& addition, Collection collection) const {
      return tags.count(addition.tag) > 0 ||
             ((collection == Collection::kSet || tags.empty()) && items.count(addition.item) > 0);
    }
  };
  std::vector<FinalRead> finals_;  // of the cart at hand
};

// Every read, whenever: only additions that were attempted, each once, of the right item and quantity.
void CartChecker::check_contents(const CartHistory& cart, const Operation& read) {
  const auto violation = [&](std::string anomaly, const Addition* addition, const std::string& why) {
    dishonest_.add([&] {
      std::vector<const Operation*> operations = {&read};
      std::string text;
      if (addition != nullptr) {
        operations.push_back(addition->operation);
        text = fmt::format("Let A = {}, B = {}. {}", describe_with_end(*addition->operation), describe_with_end(read),
                           why);
      } else {
        text = fmt::format("Let A = {}. {}", describe_with_end(read), why);
      }
      return make_witness(std::move(anomaly), operations, std::move(text));
    });
  };
  std::unordered_set<std::string_view> items, tags;
  for (const Value& entry : read.result().list()) {
    const std::string& item = item_of(entry).string();
    if (!items.insert(item).second) violation("doubled item", nullptr, fmt::format("A lists {} twice.", item));
    if (entry["tags"].is_null()) {  // a target that shows no tags
      if (cart.first_attempt(item) > read.returned)
        violation("item from nowhere", nullptr,
                  fmt::format("A shows {}, yet nobody had begun to add it before A returned.", item));
      continue;
    }
    int64_t sum = 0;
    for_each_tag(entry, [&](std::string_view tag, int64_t quantity) {
      sum += quantity;
      if (!tags.insert(tag).second)
        violation("doubled addition", nullptr, fmt::format("A shows the addition {} twice.", tag));
      const Addition* addition = cart.find(tag);
      if (addition == nullptr) {
        if (cart.has_untagged(item, quantity)) return;
        violation(
            "item from nowhere", nullptr,
            fmt::format("A shows {} with tag {}, yet no client ever added that tag.", goods(item, quantity), tag));
      } else if (addition->operation->failed()) {
        violation("failed addition", addition,
                  fmt::format("A failed, so that it never took effect, yet B shows its tag {}.", tag));
      } else if (read.returned < addition->operation->invoked) {
        violation("item from the future", addition,
                  fmt::format("B returned at event {} and A began at event {}, yet B shows A's tag {}.", read.returned,
                              addition->operation->invoked, tag));
      } else if (addition->item != item || addition->quantity != quantity) {
        violation(addition->item != item ? "wrong item" : "wrong quantity", addition,
                  fmt::format("A added {} under tag {}, yet B shows that tag with {}.",
                              goods(addition->item, addition->quantity), tag, goods(item, quantity)));
      }
    });
    const int64_t shown = entry["quantity"].integer();
    if (collection_ == Collection::kCart && shown != std::max<int64_t>(0, sum)) {
      violation("wrong quantity", nullptr,
                fmt::format("A's additions of {} add up to {}, yet A shows the quantity {}.", item, sum, shown));
    }
  }
}

void CartChecker::check_lost(const CartHistory& cart, const Addition& addition) {
  const Operation& add = *addition.operation;
  if (!add.ok() || addition.may_be_hidden()) return;
  const Operation* missed = nullptr;
  std::vector<std::string> without;
  bool judged = false;
  for (const FinalRead& final : finals_) {
    if (trial_.lost_disks.excuse(add, final.read->end())) continue;
    judged = true;
    if (final.shows(addition, collection_)) continue;
    if (missed == nullptr) missed = final.read;
    without.push_back(final.read->node());
  }
  judged_ += judged;
  if (missed == nullptr) return;
  // A starved harness may have read too early through some node.
  if (without.size() < finals_.size() && trial_.starved()) return;
  ++lost_;
  if (trial_.terms.lost_additions.status != Promise::Status::kPromised) return;
  violations_.add([&] {
    const std::string everywhere = without.size() == finals_.size()
                                       ? "neither B nor any other final read shows it"
                                       : fmt::format("the final reads through {} do not show it", join(without));
    const std::string hidden =
        cart.removals_of(addition.item) == 0
            ? fmt::format("no client ever tried to remove {}", addition.item)
            : fmt::format("no removal of {} named {} or could have hidden it", addition.item, addition.tag);
    return make_witness("lost addition", {&add, missed},
                        fmt::format("Let A = {}, B = {}. Then A happened before B, because {}, and {}; yet {}.{}",
                                    describe_with_end(add), describe_with_end(*missed), before("A", add, "B", *missed),
                                    hidden, everywhere, where_held(trial_.history, add.key(), addition.tag)));
  });
}

void CartChecker::check_returned(const Addition& addition) {
  const Operation* removal = addition.removed_by;
  if (removal == nullptr) return;
  for (const FinalRead& final : finals_) {
    if (final.tags.count(addition.tag) == 0 || trial_.lost_disks.excuse(*removal, final.read->end())) continue;
    ++returned_;
    if (trial_.terms.returned_items.status != Promise::Status::kPromised) return;
    const Operation& shows = *final.read;
    violations_.add([&] {
      return make_witness(
          "returned item", {addition.operation, removal, &shows},
          fmt::format("Let A = {}, B = {}, C = {}. B named A's tag {} as removed, and B happened before C, because {}; "
                      "yet C shows {}.",
                      describe_with_end(*addition.operation), describe_with_end(*removal), describe_with_end(shows),
                      addition.tag, before("B", *removal, "C", shows), addition.tag));
    });
    return;
  }
}

void CartChecker::check_finals(const CartHistory& cart) {
  finals_.clear();
  for (const Operation* read : cart.reads()) {
    if (!read->final()) continue;
    FinalRead& final = finals_.emplace_back();
    final.read = read;
    for (const Value& entry : read->result().list()) {
      final.items.insert(item_of(entry).string());
      for_each_tag(entry, [&final](std::string_view tag, int64_t /*quantity*/) { final.tags.insert(tag); });
    }
  }
  final_reads_ += static_cast<int64_t>(finals_.size());
  for (const Addition& addition : cart.additions()) {
    acknowledged_ += addition.operation->ok();
    if (finals_.empty()) continue;
    check_lost(cart, addition);
    check_returned(addition);
  }
}

Result CartChecker::check() {
  Headway headway(trial_.judging, result_.checker, trial_.operations.all().size());
  for (const KeyOperations& key : trial_.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    const CartHistory cart(key, collection_);
    for (const Operation* read : cart.reads()) check_contents(cart, *read);
    reads_ += static_cast<int64_t>(cart.reads().size());
    removals_ += cart.acknowledged_removals();
    check_finals(cart);
  }
  summarize();
  return std::move(result_);
}

// Why it need not be: how carts are merged, or else how replicas are not mended.
std::string CartChecker::expected_of(std::string_view merge) const {
  const std::string& used = trial_.history.test.merge;
  return used == merge || used == "last-write-wins" ? used : "replicas that stay behind";
}

void CartChecker::summarize() {
  result_.evidence = {{"acknowledged additions", acknowledged_},
                      {"additions that must be there at the end", judged_},
                      {"acknowledged removals", removals_},
                      {"final reads", final_reads_},
                      {"reads looked at", reads_}};
  result_.details.set("lost additions", lost_);
  result_.details.set("returned items", returned_);
  const bool lost_judged = trial_.terms.lost_additions.status == Promise::Status::kPromised;
  const bool returned_judged = trial_.terms.returned_items.status == Promise::Status::kPromised;
  violations_.move_into(result_);
  dishonest_.move_into(result_);
  if (result_.verdict != Verdict::kInvalid) {
    if (judged_ > 0) result_.verdict = lost_judged ? Verdict::kValid : Verdict::kReported;
  }
  if (final_reads_ == 0) {
    result_.summary = "no final read succeeded";
  } else if (judged_ == 0) {
    result_.summary = "no acknowledged addition had to be there at the end";
  } else {
    result_.summary = lost_of(lost_, judged_, "addition");
    if (!lost_judged) {
      result_.summary += fmt::format(" ({}, expected of {})", percent(lost_, judged_), expected_of("last-write-wins"));
    }
  }
  if (returned_ > 0 || !returned_judged) {
    result_.summary += fmt::format("; {} came back{}", count(returned_, "removed addition"),
                                   returned_judged ? "" : fmt::format(" (expected of {})", expected_of("union")));
  }
  if (dishonest_.count() > 0)
    result_.summary += fmt::format("; {} {} from nowhere, doubled or of wrong quantity", dishonest_.count(),
                                   dishonest_.count() == 1 ? "entry" : "entries");
}

}  // namespace

Result check_cart(const Trial& trial) { return CartChecker(trial, "cart").check(); }
Result check_set(const Trial& trial) { return CartChecker(trial, "set").check(); }

}  // namespace checkers
