// Carts against brute force: every read, every addition, every removal, by the rule as it is written down.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "checkers/operations.h"
#include "tests/checkers/draws.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

constexpr uint32_t kProcesses = 4;
const char* const kItems[] = {"bread", "milk"};

Scenario random_cart(Choices choices) {
  Scenario s("cart", "strict");
  std::vector<int64_t> processes = {0, 1, 2, 3};
  int64_t fresh = kProcesses;
  std::vector<std::pair<std::string, std::string>> added;  // tag, item
  const auto some_tags = [&](const std::string& item) {
    std::vector<std::string> tags;
    for (const auto& [tag, of] : added) {
      if (of == item && choices.below(3) == 0) tags.push_back(tag);
    }
    return tags;
  };
  const auto shown = [&] {
    std::vector<Line> lines;
    for (const char* item : kItems) {
      Line line{item, {}};
      for (const auto& [tag, of] : added) {
        if (of == item && choices.below(5) != 0) line.tags.emplace_back(tag, 1);
      }
      if (!line.tags.empty()) lines.push_back(line);
    }
    return cart(lines);
  };
  while (choices.more()) {
    int64_t& process = processes[choices.below(kProcesses)];
    if (!s.is_open(process)) {
      const uint32_t what = choices.below(5);
      const std::string item = kItems[choices.below(2)];
      if (what < 2) {
        added.emplace_back("s" + std::to_string(process) + ":" + std::to_string(added.size()), item);
        s.invoke(process, "add", "k", addition(item, 1, added.back().first));
      } else if (what == 2) {
        Value fields;
        if (choices.below(2) == 0) fields.set("observed", texts(some_tags(item)));
        s.invoke(process, "remove", "k", Value(Map{{"item", item}}), fields);
      } else {
        s.invoke(process, "read", "k");
      }
      continue;
    }
    const Event open = s.open(process);
    const uint32_t end = choices.below(8);
    if (open.f == "read") {
      s.ok(process, shown());
    } else if (s.ends_badly(process, end, fresh)) {
      continue;
    } else if (open.f == "remove") {
      const Value& observed = open.fields["observed"];
      Value fields;
      if (choices.below(3) == 0) {  // the first of its two attempts may have hidden what it does not name
        fields.set("attempts", List{Value(Map{{"outcome", "info"}}), Value(Map{{"outcome", "ok"}})});
      }
      s.ok(process,
           Value(Map{{"item", open.value["item"]},
                     {"removed", observed.is_list() ? observed : texts(some_tags(open.value["item"].string()))}}),
           fields);
    } else {
      s.ok(process);
    }
  }
  return s;
}

bool lists(const Value& list, const std::string& tag) {
  for (const Value& element : list.list()) {
    if (element.string() == tag) return true;
  }
  return false;
}

bool may_hide(const Operation& removal, const Operation& add) {
  if (removal.f() != "remove" || removal.failed()) return false;
  const std::string& tag = add.argument()["tag"].string();
  if (removal.ok() && lists(removal.result()["removed"], tag)) return true;
  const Value& observed = removal.field("observed");
  if (observed.is_list()) return lists(observed, tag);
  const bool blind = !removal.ok() || removal.attempts() > 1;
  return blind && removal.argument()["item"] == add.argument()["item"] && add.invoked < removal.returned;
}

std::set<std::string> tags_in(const Operation& read) {
  std::set<std::string> tags;
  for (const Value& entry : read.result().list()) {
    for (const auto& tag : entry["tags"].map()) tags.insert(tag.first);
  }
  return tags;
}

// Violations as the checker counts them: one for each read (or looking removal) that misses additions, one for each tag
// that should be gone.
int64_t brute_violations(const Operations& operations) {
  int64_t violations = 0;
  for (const Operation& observer : operations.all()) {
    if (!observer.ok() || observer.f() == "add") continue;
    const bool is_read = observer.f() == "read";
    if (!is_read && (observer.field("observed").is_list() || observer.attempts() > 1)) continue;
    const std::set<std::string> shown = is_read ? tags_in(observer) : std::set<std::string>();
    bool misses = false;
    for (const Operation& add : operations.all()) {
      if (add.f() != "add") continue;
      const std::string& tag = add.argument()["tag"].string();
      if (is_read && shown.count(tag) > 0) {
        // The first acknowledged removal that named it counts.
        for (const Operation& removal : operations.all()) {
          if (removal.f() == "remove" && removal.ok() && removal.returned < observer.invoked &&
              lists(removal.result()["removed"], tag)) {
            ++violations;
            break;
          }
        }
      }
      if (!add.ok() || add.returned > observer.invoked) continue;
      if (!is_read && add.argument()["item"] != observer.argument()["item"]) continue;
      bool hidden = false;
      for (const Operation& removal : operations.all())
        hidden = hidden || (removal.invoked <= observer.returned && may_hide(removal, add));
      const bool visible = is_read ? shown.count(tag) > 0 : lists(observer.result()["removed"], tag);
      misses = misses || (!hidden && !visible);
    }
    violations += misses;
  }
  return violations;
}

RC_GTEST_PROP(CartReads, MatchTheRuleAdditionByAddition, ()) {
  const Scenario s = random_cart(Choices(*draws()));
  RC_ASSERT(check(s.history, "quorum-reads").violations == brute_violations(Operations(s.history)));
}

RC_GTEST_PROP(CartFinals, LoseExactlyWhatWasAcknowledgedAndNoRemovalMayHaveHidden, ()) {
  Choices choices(*draws());
  Scenario s = random_cart(choices);
  // A final read that shows nothing: lost is whatever may not be hidden.
  s.final_read(1'000, "k", "n1", List{});
  const Operations operations(s.history);
  int64_t lost = 0;
  for (const Operation& add : operations.all()) {
    if (add.f() != "add" || !add.ok()) continue;
    bool hidden = false;
    for (const Operation& removal : operations.all()) hidden = hidden || may_hide(removal, add);
    lost += !hidden;
  }
  RC_ASSERT(check(s.history, "cart").details["lost additions"].integer() == lost);
}

}  // namespace
}  // namespace checkers
