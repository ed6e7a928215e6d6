#include "checkers/formats/history_builder.h"

#include <fmt/format.h>

#include <unordered_map>

#include "checkers/formats/edn.h"

namespace checkers {
namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();

}  // namespace

std::optional<EventType> event_type(std::string_view name) {
  if (name == "invoke") return EventType::kInvoke;
  if (name == "ok") return EventType::kOk;
  if (name == "fail") return EventType::kFail;
  if (name == "info") return EventType::kInfo;
  return std::nullopt;
}

std::string key_of(History& history, const Value& written) {
  std::string text = written.string();
  if (!written.is_string()) text = canonical_text(written);
  for (;; text += '\'') {  // 5 and "5" are two keys
    const auto known = history.keys.find(text);
    if (known == history.keys.end()) {
      history.keys.emplace(text, written);
      return text;
    }
    if (known->second == written) return text;
  }
}

std::optional<std::string> HistoryBuilder::add(Event event, int64_t line) {
  const Event* last = history.events.empty() ? nullptr : &history.events.back();
  if (event.index == kMissing && last != nullptr && last->index == std::numeric_limits<int64_t>::max())
    return fmt::format("no index follows index {}", last->index);
  if (event.index == kMissing) event.index = last != nullptr ? last->index + 1 : 0;
  if (event.time.count() == kMissing) event.time = last != nullptr ? last->time : Nanos{0};
  if (last != nullptr && event.index <= last->index) {
    return fmt::format("index {} does not follow index {}", event.index, last->index);
  }
  if (last != nullptr && event.time < last->time) {
    if (clock_ == Clock::kOne) {
      return fmt::format("time runs backwards: {} ns after {} ns", event.time.count(), last->time.count());
    }
    if (backwards_++ == 0) first_backwards_ = line;
    int64_t by = 0;
    if (__builtin_sub_overflow(last->time.count(), event.time.count(), &by)) by = std::numeric_limits<int64_t>::max();
    most_backwards_ = std::max(most_backwards_, Nanos(by));
  }
  if (event.process != kNemesisProcess) {
    if (keyed_) {
      if (auto reason = split(event)) return reason;
    }
    if (auto reason = pair_up(event)) return reason;
  }
  history.events.push_back(std::move(event));
  return std::nullopt;
}

const Event* HistoryBuilder::open_of(int64_t process) const {
  const uint32_t number = processes_.find(process);
  return number != kNoNumber && open_[number] != kNone ? &history.events[open_[number]] : nullptr;
}

std::optional<std::string> HistoryBuilder::split(Event& event) {
  if (!event.key.empty()) return std::nullopt;
  if (event.value.list().size() == 2) {
    event.key = key_of(history, event.value.list()[0]);
    event.value = Value(event.value.list()[1]);
    return std::nullopt;
  }
  // What failed often has the reason in the place of its value.
  const bool told_nothing = event.type == EventType::kFail || event.type == EventType::kInfo;
  if (told_nothing && open_of(event.process) != nullptr) return std::nullopt;
  return fmt::format("expected a value [key value], found {}", to_json(event.value));
}

std::optional<std::string> HistoryBuilder::pair_up(Event& event) {
  const uint32_t number = processes_.number(event.process, static_cast<uint32_t>(open_.size()));
  if (number == open_.size()) open_.push_back(kNone);
  size_t& open = open_[number];
  const Event* invocation = open != kNone ? &history.events[open] : nullptr;
  if (event.type == EventType::kInvoke) {
    if (invocation != nullptr) {
      return fmt::format("process {} invokes {} while its {} of index {} is still open", event.process, event.f,
                         invocation->f, invocation->index);
    }
    open = history.events.size();
    return std::nullopt;
  }
  if (invocation == nullptr) {
    return fmt::format("process {} completes {} without an invocation", event.process, event.f);
  }
  if (event.f != invocation->f) {
    return fmt::format("process {} completes {}, but its open operation of index {} is {}", event.process, event.f,
                       invocation->index, invocation->f);
  }
  if (event.key.empty()) event.key = invocation->key;
  if (event.key != invocation->key) {
    return fmt::format("process {} completes {} of key {}, but its open operation of index {} is of key {}",
                       event.process, event.f, event.key, invocation->index, invocation->key);
  }
  open = kNone;
  return std::nullopt;
}

tl::expected<History, ReadError> HistoryBuilder::finish() {
  if (backwards_ > 0) {
    history.notes.push_back(fmt::format(
        "time runs backwards at {} line{}, first at line {}, by {} ns at most: the order of the file counts",
        backwards_, backwards_ == 1 ? "" : "s", first_backwards_, most_backwards_.count()));
  }
  return std::move(history);
}

void split_keys(History& history) {
  const auto is_pair = [](const Value& value) {
    return value.list().size() == 2 && !value.list()[0].is_list() && !value.list()[0].is_map() &&
           !value.list()[0].is_null();
  };
  std::unordered_map<int64_t, const Value*> open;  // process → the key of its invocation
  for (const Event& event : history.events) {
    if (event.process == kNemesisProcess) continue;
    const bool pair = is_pair(event.value) && (event.f != "cas" || event.value.list()[1].list().size() == 2);
    if (event.type == EventType::kInvoke) {
      if (!pair || !event.key.empty()) return;
      open[event.process] = &event.value.list()[0];
    } else if (event.type == EventType::kOk) {  // what failed often has the reason in the place of its value
      if (!pair || event.value.list()[0] != *open[event.process]) return;
    }
  }
  std::unordered_map<int64_t, std::string> keys;
  for (Event& event : history.events) {
    if (event.process == kNemesisProcess) continue;
    std::string& key = keys[event.process];
    if (event.type == EventType::kInvoke) key = key_of(history, event.value.list()[0]);
    event.key = key;
    if (is_pair(event.value) && key_of(history, event.value.list()[0]) == key)
      event.value = Value(event.value.list()[1]);
  }
}

}  // namespace checkers
