#include "tests/node/soak/register_clients.h"

#include <algorithm>

namespace node::sim {

void RegisterLedger::expect_reflected(const std::string& key, size_t count, const std::vector<std::string>& values,
                                      Complaints& complaints) const {
  const Register& one = registers.at(key);
  for (size_t i = 0; i < count; ++i) {
    const std::string& write = one.acknowledged[i];
    bool reflected = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      auto shown = one.writes.find(value);
      return value == write || (shown != one.writes.end() && shown->second.ancestors.count(write) > 0);
    });
    complaints.expect(reflected, key + ": " + write + " was acknowledged; no sibling is it or comes after it");
  }
}

void RegisterLedger::judge(Cluster& t, Complaints& complaints) const {
  for (const auto& [key, one] : registers) {
    Cluster::Versions read = t.vget(0, key, {"R", "3", "MODE", "strict"});
    for (const std::string& value : read.values) {
      auto write = one.writes.find(value);
      complaints.expect(write != one.writes.end(), key + " holds " + value + ", which nobody wrote");
      complaints.expect(write == one.writes.end() || !write->second.refused,
                        key + ": " + value + " was refused, and happened");
    }
    expect_reflected(key, one.acknowledged.size(), read.values, complaints);
  }
}

Words Author::request(Random& random) {
  if (context_.empty() || random.chance(20)) {
    writing_.reset();
    context_.clear();
    key_ = keys_[random.below(keys_.size())];
    acknowledged_before_ = ledger_.registers[key_].acknowledged.size();
    return {"VGET", key_};
  }
  writing_ = name_ + "." + std::to_string(++written_);
  RegisterLedger::Register& one = ledger_.registers[key_];
  std::set<std::string> ancestors;
  for (const std::string& value : values_) {
    ancestors.insert(value);
    const std::set<std::string>& theirs = one.writes.at(value).ancestors;
    ancestors.insert(theirs.begin(), theirs.end());
  }
  one.writes[*writing_] = {std::move(ancestors), false};
  Words words{"VPUT", key_, *writing_, "CTX", context_};
  context_.clear();
  return words;
}

void Author::told(const Answer& answer, Random&) {
  RegisterLedger::Register& one = ledger_.registers[key_];
  if (writing_) {
    if (answer.ok()) one.acknowledged.push_back(*writing_);
    if (answer.is("UNAVAIL")) one.writes[*writing_].refused = true;
  } else if (answer.ok()) {
    context_ = answer.elements.at(0).text;
    values_ = answer.texts(1);
    if (ledger_.strict) ledger_.expect_reflected(key_, acknowledged_before_, values_, complaints_);
  }
}

}  // namespace node::sim
