#include "checkers/live/live.h"

#include <algorithm>

namespace checkers {

LiveJudge::LiveJudge(const TestInfo& test) : defaults_(test), terms_(test) {
  for (const auto make :
       {live_counter, live_cart, live_register, live_siblings, live_context_reads, live_sessions, live_linearizable}) {
    if (std::unique_ptr<LiveChecker> checker = make(test)) checkers_.push_back(std::move(checker));
  }
}

void LiveJudge::lost_disk() {
  for (const auto& checker : checkers_) checker->disk_lost();
}

void LiveJudge::add(const Event& event) {
  if (event.process == kNemesisProcess) {
    if (event.f == "lose-disk" || event.f == "lose-storage" || (event.f == "kill" && terms_.kill_loses_disk))
      lost_disk();
    return;
  }
  if (event.type == EventType::kInvoke) {
    auto open = std::make_unique<Open>();
    open->invocation = event;
    open->operation.invocation = &open->invocation;
    settle(open->operation, defaults_);
    const Operation& operation = open->operation;
    open_[event.process] = std::move(open);
    for (const auto& checker : checkers_) checker->begin(operation);
    return;
  }
  const auto found = open_.find(event.process);
  if (found == open_.end()) return;
  Operation& operation = found->second->operation;
  operation.completion = &event;
  settle(operation, defaults_);
  for (const auto& checker : checkers_) {
    checker->end(operation);
    if (guilty_ == nullptr && checker->violation()) guilty_ = checker.get();
  }
  open_.erase(found);
}

void LiveJudge::add(const NodeExit& /*exit*/) {
  if (terms_.kill_loses_disk) lost_disk();
}

std::vector<std::string> LiveJudge::names() const {
  std::vector<std::string> names;
  for (const auto& checker : checkers_) names.push_back(checker->name());
  return names;
}

int64_t LiveJudge::judged() const {
  int64_t judged = 0;
  for (const auto& checker : checkers_) judged += checker->judged();
  return judged;
}

size_t LiveJudge::remembered() const {
  size_t remembered = open_.size();
  for (const auto& checker : checkers_) remembered += checker->remembered();
  return remembered;
}

}  // namespace checkers
