#include "checkers/sessions/session_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "checkers/collections/value_ids.h"
#include "checkers/explain.h"

namespace checkers {
namespace {

bool is_cas(const Operation& operation) { return operation.f() == "cas" && operation.argument().list().size() == 2; }

class Loader {
 public:
  Loader(const Trial& trial, SessionHistory& out) : trial_(trial), out_(out) {}

  void load() {
    uint32_t key = 0;
    for (const KeyOperations& of_key : trial_.operations.by_key()) {
      for (const Operation* operation : of_key.operations) note_write(*operation, key);
      for (const Operation* operation : of_key.operations) note_read(*operation, key);
      if (!out_.unfit.empty()) return;
      ++key;
    }
    out_.keys = key;
    arrange();
  }

 private:
  struct Candidate {  // a write that may have happened
    const Operation* operation = nullptr;
    uint32_t key = 0;
    int64_t happened = kNever;  // kNever: it does not count
    uint32_t write = kInitialWrite;
  };
  struct Read {
    const Operation* operation = nullptr;
    uint32_t key = 0;
    uint32_t shown = 0;  // first of what it showed, in shown_ …
    uint32_t count = 0;  // … and how many; none: the initial value
  };

  void note_write(const Operation& operation, uint32_t key);
  void note_read(const Operation& operation, uint32_t key);
  bool show(Read& read, const Value& value);
  void arrange();
  uint32_t session_of(const Operation& operation);

  static uint64_t name(uint32_t key, size_t value) { return uint64_t{key} << 32 | static_cast<uint32_t>(value); }

  const Trial& trial_;
  SessionHistory& out_;
  ValueIds values_;
  std::unordered_map<uint64_t, uint32_t> by_name_;  // (key, value) → candidate
  std::vector<Candidate> candidates_;
  std::vector<Read> reads_;
  std::vector<uint32_t> shown_;  // candidates
  std::unordered_map<int64_t, uint32_t> sessions_;
};

void Loader::note_write(const Operation& operation, uint32_t key) {
  if (operation.f() == "read") return;
  if (operation.f() != "write" && !is_cas(operation)) {
    out_.unfit = fmt::format("operation \"{}\": only registers are judged (read, write, cas)", operation.f());
    return;
  }
  const Value& value = is_cas(operation) ? operation.argument().list()[1] : operation.argument();
  const Candidate candidate{&operation, key, operation.ok() ? operation.returned : kNever};
  const auto [found, fresh] = by_name_.emplace(name(key, values_.id(value)), static_cast<uint32_t>(candidates_.size()));
  if (fresh) {
    candidates_.push_back(candidate);
  } else if (candidates_[found->second].operation->failed()) {
    candidates_[found->second] = candidate;
  } else if (!operation.failed()) {
    out_.unfit = fmt::format("{} was written twice to \"{}\": a value must name one write", excerpt(to_json(value)),
                             operation.key());
  }
}

// False if no write can have left the value there.
bool Loader::show(Read& read, const Value& value) {
  std::optional<uint32_t> candidate;
  if (const std::optional<size_t> id = values_.find(value)) {
    const auto found = by_name_.find(name(read.key, *id));
    if (found != by_name_.end()) candidate = found->second;
  }
  const bool initial = value.is_null() || (trial_.judging.initial && value == *trial_.judging.initial);
  if (!candidate && initial) return true;
  if (!candidate || candidates_[*candidate].operation->failed()) {
    out_.thin_air.push_back(
        {read.operation, candidate ? candidates_[*candidate].operation : nullptr, excerpt(to_json(value))});
    return false;
  }
  Candidate& write = candidates_[*candidate];
  write.happened = std::min(write.happened, read.operation->returned);
  shown_.push_back(*candidate);
  ++read.count;
  return true;
}

void Loader::note_read(const Operation& operation, uint32_t key) {
  if (!operation.ok() || (operation.f() != "read" && !is_cas(operation))) return;
  const Value& result = operation.f() == "read" ? operation.result() : operation.argument().list()[0];
  if (result.is_null() && trial_.history.null_reads_tell_nothing) return;
  Read read{&operation, key, static_cast<uint32_t>(shown_.size()), 0};
  bool sound = true;
  if (result.is_list()) {
    for (const Value& value : result.list()) sound = show(read, value) && sound;
  } else {
    sound = show(read, result);
  }
  if (sound) reads_.push_back(read);
}

uint32_t Loader::session_of(const Operation& operation) {
  return sessions_.emplace(operation.invocation->process, static_cast<uint32_t>(sessions_.size())).first->second;
}

void Loader::arrange() {
  // Where each stands: its event, and whether it is a read. A cas is over at once, its read first.
  struct Place {
    int64_t event = 0;
    bool is_write = false;
    uint32_t number = 0;  // of the candidate or the read
  };
  std::vector<Place> places;
  places.reserve(candidates_.size() + reads_.size());
  for (uint32_t i = 0; i < candidates_.size(); ++i) {
    if (candidates_[i].happened != kNever) places.push_back({candidates_[i].operation->invoked, true, i});
  }
  for (uint32_t i = 0; i < reads_.size(); ++i) {
    const Operation& read = *reads_[i].operation;
    places.push_back({is_cas(read) ? read.invoked : read.returned, false, i});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.event != b.event ? a.event < b.event : a.is_write < b.is_write;
  });
  std::vector<uint32_t> written;  // by session
  out_.steps.reserve(places.size());
  for (const Place& place : places) {
    SessionStep& step = out_.steps.emplace_back();
    step.is_write = place.is_write;
    if (!place.is_write) {
      step.operation = reads_[place.number].operation;
      step.key = reads_[place.number].key;
      step.session = session_of(*step.operation);
      continue;
    }
    Candidate& candidate = candidates_[place.number];
    step.operation = candidate.operation;
    step.key = candidate.key;
    step.session = session_of(*step.operation);
    step.write = candidate.write = static_cast<uint32_t>(out_.writes.size());
    if (step.session >= written.size()) written.resize(step.session + 1);
    // Not before it began, whatever a read from the future says.
    const int64_t happened = std::max(candidate.happened, candidate.operation->invoked);
    out_.writes.push_back({candidate.operation, step.session, candidate.key, ++written[step.session], happened});
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i].is_write) continue;
    const Read& read = reads_[places[i].number];
    SessionStep& step = out_.steps[i];
    if (read.count == 0) continue;
    step.write = candidates_[shown_[read.shown]].write;
    step.more = static_cast<uint32_t>(out_.siblings.size());
    step.more_count = read.count - 1;
    for (uint32_t k = 1; k < read.count; ++k) out_.siblings.push_back(candidates_[shown_[read.shown + k]].write);
  }
  out_.sessions = static_cast<uint32_t>(sessions_.size());
}

}  // namespace

SessionHistory::SessionHistory(const Trial& trial) { Loader(trial, *this).load(); }

}  // namespace checkers
