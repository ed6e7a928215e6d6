#include "checkers/history_builder.h"

#include <fmt/format.h>

namespace checkers {

std::optional<EventType> event_type(std::string_view name) {
  if (name == "invoke") return EventType::kInvoke;
  if (name == "ok") return EventType::kOk;
  if (name == "fail") return EventType::kFail;
  if (name == "info") return EventType::kInfo;
  return std::nullopt;
}

std::optional<std::string> HistoryBuilder::add(Event event, bool has_index, bool has_time) {
  const Event* last = history.events.empty() ? nullptr : &history.events.back();
  if (!has_index) event.index = last != nullptr ? last->index + 1 : 0;
  if (!has_time) event.time = last != nullptr ? last->time : Nanos{0};
  if (last != nullptr && event.index <= last->index) {
    return fmt::format("index {} does not follow index {}", event.index, last->index);
  }
  if (clock_ == Clock::kOne && last != nullptr && event.time < last->time) {
    return fmt::format("time runs backwards: {} ns after {} ns", event.time.count(), last->time.count());
  }
  if (event.process != kNemesisProcess) {
    if (auto reason = pair_up(event)) return reason;
  }
  history.events.push_back(std::move(event));
  return std::nullopt;
}

std::optional<std::string> HistoryBuilder::pair_up(Event& event) {
  const auto open = open_.find(event.process);
  if (event.type == EventType::kInvoke) {
    if (open != open_.end()) {
      const Event& before = history.events[open->second];
      return fmt::format("process {} invokes {} while its {} of index {} is still open", event.process, event.f,
                         before.f, before.index);
    }
    open_.emplace(event.process, history.events.size());
    return std::nullopt;
  }
  if (open == open_.end()) {
    return fmt::format("process {} completes {} without an invocation", event.process, event.f);
  }
  const Event& invocation = history.events[open->second];
  if (event.f != invocation.f) {
    return fmt::format("process {} completes {}, but its open operation of index {} is {}", event.process, event.f,
                       invocation.index, invocation.f);
  }
  if (event.key.empty()) event.key = invocation.key;
  if (event.key != invocation.key) {
    return fmt::format("process {} completes {} of key {}, but its open operation of index {} is of key {}",
                       event.process, event.f, event.key, invocation.index, invocation.key);
  }
  open_.erase(open);
  return std::nullopt;
}

}  // namespace checkers
