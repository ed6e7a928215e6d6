#include "node/coordinator/request.h"

#include <algorithm>

#include "node/base/contains.h"

namespace node {

bool Request::asked_node(NodeIndex node) const { return contains(asked, node); }

bool Request::answered_by(NodeIndex node) const {
  return std::any_of(answers.begin(), answers.end(), [&](const Answer& answer) { return answer.node == node; });
}

bool Request::has_copy_for(NodeIndex home) const {
  return std::any_of(copies.begin(), copies.end(), [&](const Copy& copy) { return copy.home == home; });
}

bool Request::has_acknowledged(NodeIndex home) const {
  return std::any_of(copies.begin(), copies.end(),
                     [&](const Copy& copy) { return copy.home == home && copy.acknowledged; });
}

std::vector<NodeIndex> Request::unacknowledged_homes() const {
  std::vector<NodeIndex> homes;
  for (const Copy& copy : copies) {
    bool listed = std::find(homes.begin(), homes.end(), copy.home) != homes.end();
    if (!listed && !has_acknowledged(copy.home)) homes.push_back(copy.home);
  }
  return homes;
}

bool Request::holds_copy(NodeIndex node) const {
  return std::any_of(copies.begin(), copies.end(), [&](const Copy& copy) { return copy.holder == node; });
}

bool Request::all_acknowledged() const {
  return std::all_of(copies.begin(), copies.end(), [](const Copy& copy) { return copy.acknowledged; });
}

template <typename Counts>
size_t Request::holders(Counts for_home) const {
  const auto counts = [&](const Copy& copy) {
    return copy.acknowledged && (quorum.mode == Mode::kSloppy || copy.holder == copy.home) && for_home(copy.home);
  };
  size_t holders = 0;
  for (auto copy = copies.begin(); copy != copies.end(); ++copy) {
    // A node that keeps two hints is still one node, and loses both together.
    const auto same = [&](const Copy& before) { return before.holder == copy->holder && counts(before); };
    holders += counts(*copy) && std::none_of(copies.begin(), copy, same);
  }
  return holders;
}

size_t Request::acknowledgements() const {
  return holders([](NodeIndex) { return true; });
}

bool Request::enough_answers(const Placement& placement) const {
  return std::all_of(placement.owners.begin(), placement.owners.end(), [&](const std::vector<NodeIndex>& owners) {
    auto count = std::count_if(answers.begin(), answers.end(), [&](const Answer& answer) {
      return contains(owners, answer.node) || !placement.is_home(answer.node);
    });
    return static_cast<size_t>(count) >= std::min(quorum.r, owners.size());
  });
}

bool Request::enough_acknowledgements(const Placement& placement, size_t needed) const {
  return std::all_of(placement.owners.begin(), placement.owners.end(), [&](const std::vector<NodeIndex>& owners) {
    return holders([&](NodeIndex home) { return contains(owners, home); }) >= std::min(needed, owners.size());
  });
}

bool Request::take(NodeIndex node, std::string record) {
  // Nearly always all homes hold the same: then one answer is decoded.
  const bool known = !answers.empty() && answers.front().record == record;
  if (!known && !record.empty()) {
    Record decoded;
    if (!Record::decode(record, decoded)) return false;
    merged.merge(decoded);
  }
  agreed = agreed && (known || answers.empty());
  answers.push_back({node, std::move(record)});
  return true;
}

}  // namespace node
