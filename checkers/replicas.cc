#include "checkers/replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "checkers/collections/entries.h"
#include "checkers/operations.h"
#include "checkers/verdict.h"

namespace checkers {
namespace {

// The operations that one version stands for: a plain union or last-write-wins cart carries many in one version.
template <typename Visit>
void for_each_update(const Value& version, Visit visit) {
  const Value& entries = version["entries"];
  if (!entries.is_list()) {
    visit(version);
    return;
  }
  for (const Value& entry : entries.list()) visit(entry);
}

bool is_live(const Value& version) {
  if (version["entries"].is_list()) return !version["entries"].list().empty();
  const bool deleted_register = version.is_map() && version["id"].is_string() && version["value"].is_null() &&
                                item_of(version).is_null() && version["seq"].is_null();
  return !deleted_register;
}

// Does `held` (one of the agreed holders' updates) include `update`?
bool includes(const Value& held, const Value& update) {
  if (update["seq"].is_int()) return held["id"] == update["id"] && held["seq"].integer() >= update["seq"].integer();
  if (!update["tag"].is_null()) return held["tag"] == update["tag"];
  return held["id"] == update["id"];
}

// The first live update of `record` that `agreed` lacks and that is not rightly gone; null if there is none.
const Value* missing_update(std::string_view key, const Record& record, const Record* agreed, RightlyGone& gone) {
  const Value* missing = nullptr;
  for (const Value& version : record.versions) {
    if (missing != nullptr || !is_live(version)) continue;
    for_each_update(version, [&](const Value& update) {
      if (missing != nullptr) return;
      bool held = false;
      if (agreed != nullptr) {
        for (const Value& agreed_version : agreed->versions) {
          for_each_update(agreed_version, [&](const Value& other) { held = held || includes(other, update); });
        }
      }
      if (!held && !gone(key, update)) missing = &update;
    });
  }
  return missing;
}

}  // namespace

bool RightlyGone::operator()(std::string_view key, const Value& update) {
  // Last-write-wins drops updates by the wall clocks of nodes, which the history does not show.
  const std::string& workload = history_.test.workload;
  if ((workload == "cart" || workload == "set") && history_.test.merge == "last-write-wins") return true;
  if (!built_) build();
  const auto has = [&](Gone::Kind kind, std::string_view what) {
    return std::binary_search(gone_.begin(), gone_.end(), Gone{key, kind, what});
  };
  const Value& tag = update["tag"].is_null() ? update["id"] : update["tag"];
  return has(Gone::Kind::kTag, tag.string()) || has(Gone::Kind::kItem, item_of(update).string()) ||
         has(Gone::Kind::kValue, update["value"].string()) ||
         (update["value"].is_string() && has(Gone::Kind::kAnything, ""));
}

void RightlyGone::build() {
  built_ = true;
  std::set<std::pair<std::string_view, std::string_view>> members;  // that a set was asked to add
  for (const Event& event : history_.events) {
    if (event.process == kNemesisProcess) continue;
    if (event.f == "write" && event.type == EventType::kInvoke) {
      const Value& parents = event.fields["parents"];
      if (!parents.is_list()) gone_.push_back({event.key, Gone::Kind::kAnything, ""});
      for (const Value& parent : parents.list()) gone_.push_back({event.key, Gone::Kind::kValue, parent.string()});
    } else if (event.f == "add" && event.type == EventType::kInvoke && event.value["member"].is_string()) {
      // A second addition of a member supersedes the first.
      const std::string_view member = event.value["member"].string();
      if (!members.emplace(event.key, member).second) gone_.push_back({event.key, Gone::Kind::kItem, member});
    } else if (event.f == "remove" && event.type == EventType::kOk) {
      for (const Value& tag : event.value["removed"].list())
        gone_.push_back({event.key, Gone::Kind::kTag, tag.string()});
    } else if (event.f == "remove" && event.type == EventType::kInvoke) {
      const Value& observed = event.fields["observed"];
      if (!observed.is_list()) gone_.push_back({event.key, Gone::Kind::kItem, item_of(event.value).string()});
      for (const Value& tag : observed.list()) gone_.push_back({event.key, Gone::Kind::kTag, tag.string()});
    }
  }
  std::sort(gone_.begin(), gone_.end());
}

bool is_live(const Record& record) {
  return std::any_of(record.versions.begin(), record.versions.end(),
                     [](const Value& version) { return is_live(version); });
}

bool same_versions(const Record& a, const Record& b) {
  if (a.versions == b.versions) return true;
  if (a.versions.size() != b.versions.size()) return false;
  const auto sorted = [](const Record& record) {
    std::vector<std::string> texts;
    for (const Value& version : record.versions) texts.push_back(to_json(version));
    std::sort(texts.begin(), texts.end());
    return texts;
  };
  return sorted(a) == sorted(b);
}

std::vector<KeyCopies> by_key(const std::vector<const Dump*>& dumps) {
  std::vector<KeyCopies> keys;
  std::unordered_map<std::string_view, size_t> places;
  const auto place = [&](std::string_view key) -> KeyCopies& {
    const auto [found, fresh] = places.emplace(key, keys.size());
    if (fresh) keys.push_back({key, {}, {}});
    return keys[found->second];
  };
  for (const Dump* dump : dumps) {
    for (const Record& record : dump->records) place(record.key).copies.push_back({dump, &record});
    for (const Record& hint : dump->hints) place(hint.key).hints.push_back({dump, &hint});
  }
  return keys;
}

KeyAgreement agreement(const KeyCopies& key, int needed, RightlyGone& gone) {
  KeyAgreement result;
  const auto live = [](const Copy& copy) { return is_live(*copy.record); };
  const bool anything_live =
      std::any_of(key.copies.begin(), key.copies.end(), live) || std::any_of(key.hints.begin(), key.hints.end(), live);

  for (size_t i = 0; i < key.copies.size(); ++i) {
    const Record& candidate = *key.copies[i].record;
    int equal = 0;
    for (const Copy& copy : key.copies) equal += copy.record == &candidate || same_versions(*copy.record, candidate);
    if (equal > result.holders || (equal == result.holders && !is_live(*result.agreed) && is_live(candidate))) {
      result.agreed = &candidate;
      result.holders = equal;
    }
    if (result.holders * 2 > static_cast<int>(key.copies.size())) break;  // no other group can be larger
  }
  if (!anything_live) return result;  // absent and deleted are the same to every reader

  if (result.agreed != nullptr && result.holders < needed) {
    result.state = KeyState::kTooFew;
    return result;
  }
  const auto holds_more = [&](const Copy& copy) {
    if (result.agreed != nullptr && same_versions(*copy.record, *result.agreed)) return false;
    result.update = missing_update(key.key, *copy.record, result.agreed, gone);
    return result.update != nullptr;
  };
  for (const auto* aside : {&key.copies, &key.hints}) {
    for (const Copy& copy : *aside) {
      if (!holds_more(copy)) continue;
      result.state = KeyState::kHeldAside;
      result.aside = copy;
      return result;
    }
  }
  return result;
}

std::vector<std::string> differing_keys(const History& history, const std::vector<Dump>& dumps) {
  std::vector<const Dump*> pointers;
  for (const Dump& dump : dumps) pointers.push_back(&dump);
  const auto nodes = static_cast<int>(history.test.nodes.empty() ? dumps.size() : history.test.nodes.size());
  // A node that is not among the dumps is a holder that is not equal: the runner goes on waiting for it.
  const int needed = std::min(history.test.replicas, nodes);
  RightlyGone gone(history);
  std::vector<std::string> differing;
  for (const KeyCopies& key : by_key(pointers)) {
    if (agreement(key, needed, gone).state != KeyState::kEqual) differing.emplace_back(key.key);
  }
  return differing;
}

std::string describe_version(const Value& version) {
  if (version["entries"].is_list()) {
    std::string text = "{";
    for (const Value& entry : version["entries"].list()) {
      if (text.size() > 1) text += ", ";
      text += describe_version(entry);
    }
    return text + "}";
  }
  if (const Value& item = item_of(version); item.is_string()) {
    const Value& tag = version["tag"].is_null() ? version["id"] : version["tag"];
    if (!version["quantity"].is_int()) return fmt::format("{} ({})", item.string(), tag.string());
    return fmt::format("{} x {} ({})", version["quantity"].integer(), item.string(), tag.string());
  }
  if (version["seq"].is_int()) {
    return fmt::format("session {} at seq {}: +{} -{}", version["id"].string(), version["seq"].integer(),
                       version["plus"].integer(), version["minus"].integer());
  }
  if (!version["value"].is_null()) return to_json(version["value"]);
  return to_json(version);
}

std::string describe_versions(const Record& record) {
  constexpr size_t kShown = 8;
  if (record.versions.empty()) return "a tombstone";
  std::string text = "[";
  for (size_t i = 0; i < record.versions.size() && i < kShown; ++i) {
    if (i > 0) text += ", ";
    text += describe_version(record.versions[i]);
  }
  if (record.versions.size() > kShown) text += fmt::format(", and {} more", record.versions.size() - kShown);
  return text + "]";
}

std::string where_held(const History& history, std::string_view key, std::string_view name) {
  std::string holders;
  bool dumped = false;
  for (const Dump& dump : history.dumps) {
    if (dump.stage != "before-reads" || !dump.error.empty()) continue;
    dumped = true;
    bool holds = false;
    for (const Record& record : dump.records) {
      if (record.key != key) continue;
      for (const Value& version : record.versions) {
        for_each_update(version, [&](const Value& update) {
          holds = holds || update["value"].string() == name || update["tag"].string() == name ||
                  update["id"].string() == name;
        });
      }
    }
    if (holds) holders += (holders.empty() ? "" : ", ") + dump.node;
  }
  if (!dumped) return "";
  return fmt::format(" In the dumps before the final reads {} held it.", holders.empty() ? "no replica" : holders);
}

}  // namespace checkers
