#include "checkers/formats/history_builder.h"

#include <fmt/format.h>

#include "checkers/formats/edn.h"

namespace checkers {
namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();

bool is_pair(const Value& value) {
  const List& list = value.list();
  return list.size() == 2 && !list[0].is_list() && !list[0].is_map() && !list[0].is_null();
}

}  // namespace

std::optional<EventType> event_type(std::string_view name) {
  if (name == "invoke") return EventType::kInvoke;
  if (name == "ok") return EventType::kOk;
  if (name == "fail") return EventType::kFail;
  if (name == "info") return EventType::kInfo;
  return std::nullopt;
}

uint32_t KeyTexts::number(const Value& written) {
  if (const uint32_t known = numbers_.find(written); known != kNoNumber) return known;
  std::string text = written.string();
  if (!written.is_string()) text = canonical_text(written);
  for (;; text += '\'') {  // 5 and "5" are two keys
    const auto [entry, fresh] = history_.keys.emplace(text, written);
    if (!fresh) continue;
    texts_.push_back(&entry->first);
    return numbers_.id(entry->second);
  }
}

std::optional<std::string> HistoryBuilder::add(Event&& event, int64_t line) {
  if (event.f.empty()) return "an operation without a name: its f is empty";
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
    event.key = key_of(event.value.list()[0]);
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
    if (all_pairs_) note_pair(event, nullptr);
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
  if (all_pairs_) note_pair(event, invocation);
  open = kNone;
  return std::nullopt;
}

void HistoryBuilder::expect_more(size_t done, size_t all) {
  constexpr double kSpare = 1.05;
  if (done == 0 || all <= done) return;
  const double whole = static_cast<double>(all) / static_cast<double>(done) * kSpare;
  history.events.reserve(static_cast<size_t>(static_cast<double>(history.events.size()) * whole));
}

tl::expected<History, ReadError> HistoryBuilder::finish() {
  if (backwards_ > 0) {
    history.notes.push_back(fmt::format(
        "time runs backwards at {} line{}, first at line {}, by {} ns at most: the order of the file counts",
        backwards_, backwards_ == 1 ? "" : "s", first_backwards_, most_backwards_.count()));
  }
  return std::move(history);
}

void HistoryBuilder::note_pair(const Event& event, const Event* invocation) {
  const bool pair = is_pair(event.value) && (event.f != "cas" || event.value.list()[1].list().size() == 2);
  if (invocation == nullptr) {
    all_pairs_ = pair && event.key.empty();
  } else if (event.type == EventType::kOk) {  // what failed often has the reason in the place of its value
    all_pairs_ = pair && event.value.list()[0] == invocation->value.list()[0];
  }
}

void HistoryBuilder::split_keys() {
  if (!all_pairs_) return;
  std::vector<uint32_t> keys(open_.size());  // by number of the process: of its last operation
  for (Event& event : history.events) {
    if (event.process == kNemesisProcess) continue;
    uint32_t& key = keys[processes_.find(event.process)];
    if (event.type == EventType::kInvoke) key = keys_.number(event.value.list()[0]);
    event.key = keys_.text(key);
    if (is_pair(event.value) && keys_.find(event.value.list()[0]) == key) event.value = Value(event.value.list()[1]);
  }
}

}  // namespace checkers
