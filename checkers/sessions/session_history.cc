#include "checkers/sessions/session_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checkers/explain.h"
#include "checkers/value_ids.h"

namespace checkers {
namespace {

// What a key was written, or read to hold: a number for each key and value.
class Contents {
 public:
  // The next one is size().
  uint32_t number(uint32_t key, const Value& value) {
    const uint32_t id = values_.id(value);
    if (id == first_.size()) {
      first_.push_back({key, size_});
      return size_++;
    }
    if (first_[id].key == key) return first_[id].number;
    const uint32_t number = others_.number(static_cast<int64_t>(uint64_t{key} << 32 | id), size_);
    size_ += number == size_;
    return number;
  }
  uint32_t size() const { return size_; }

 private:
  // Most values are on one key only.
  struct First {
    uint32_t key = 0;
    uint32_t number = 0;
  };
  ValueIds values_;
  std::vector<First> first_;  // by value
  IntegerTable others_;
  uint32_t size_ = 0;
};

class SessionLoader {
 public:
  SessionLoader(const Trial& trial, SessionHistory& out) : trial_(trial), out_(out) {}

  void load() {
    const size_t most = trial_.operations.all().size();
    contents_.reserve(most);
    reads_.reserve(most);
    shown_.reserve(most);
    for (const std::string_view name : trial_.operations.names()) {
      kinds_.push_back(name == "read"    ? Kind::kRead
                       : name == "write" ? Kind::kWrite
                       : name == "cas"   ? Kind::kCas
                                         : Kind::kOther);
    }
    Headway headway(trial_.judging, "sessions: operations", most);
    for (const Operation& operation : trial_.operations.all()) {
      if (!headway.advance()) out_.unfit = "interrupted before all operations were looked at";
      const Kind kind = kind_of(operation);
      if (kind == Kind::kRead) {
        note_read(operation, operation.result());
      } else if (kind == Kind::kWrite) {
        note_write(operation, operation.argument());
      } else if (kind == Kind::kCas) {
        note_read(operation, operation.argument().list()[0]);
        note_write(operation, operation.argument().list()[1]);
      } else {
        out_.unfit = fmt::format("operation \"{}\": only registers are judged (read, write, cas)", operation.f());
      }
      if (!out_.unfit.empty()) return;
    }
    out_.keys = static_cast<uint32_t>(trial_.operations.by_key().size());
    settle_reads();
    arrange();
  }

 private:
  enum class Kind : uint8_t { kRead, kWrite, kCas, kOther };
  struct Content {
    const Value* value = nullptr;
    const Operation* written_by = nullptr;  // null: nobody
    int64_t happened = kNever;              // kNever: its write does not count
    uint32_t write = kInitialWrite;
  };
  struct Read {
    const Operation* operation = nullptr;
    uint32_t shown = 0;  // first of what it showed, in shown_ …
    uint32_t count = 0;  // … and how many; none: the initial value
  };
  // Where a step stands: its event, and what it is.
  struct Place {
    int64_t event = 0;
    uint32_t number = 0;  // of the content or the read
    bool is_write = false;
  };

  uint32_t content(const Operation& operation, const Value& value);
  Kind kind_of(const Operation& operation) const {
    const Kind kind = kinds_[operation.name_number];
    return kind != Kind::kCas || operation.argument().list().size() == 2 ? kind : Kind::kOther;
  }
  bool is_cas(const Operation& operation) const { return kinds_[operation.name_number] == Kind::kCas; }
  void note_write(const Operation& operation, const Value& value);
  void note_read(const Operation& operation, const Value& result);
  void settle_reads();
  bool settle(const Read& read, uint32_t shown);
  void arrange();
  void add_read(const Read& read, SessionStep& step);
  void add_write(Content& content, SessionStep& step);
  uint32_t session_of(const Operation& operation);
  static void sort_by_event(std::vector<Place>& places);

  const Trial& trial_;
  SessionHistory& out_;
  std::vector<Kind> kinds_;  // by name of operations
  Contents numbers_;
  std::vector<Content> contents_;
  std::vector<Read> reads_;
  std::vector<uint32_t> shown_;    // contents
  std::vector<uint32_t> written_;  // by session: how many writes so far
  std::vector<uint32_t> session_;  // by client
};

uint32_t SessionLoader::content(const Operation& operation, const Value& value) {
  const uint32_t number = numbers_.number(operation.key_number, value);
  if (number == contents_.size()) contents_.push_back({&value, nullptr, kNever, kInitialWrite});
  return number;
}

void SessionLoader::note_write(const Operation& operation, const Value& value) {
  Content& written = contents_[content(operation, value)];
  if (written.written_by == nullptr || written.written_by->failed()) {
    written.written_by = &operation;
    if (operation.ok()) written.happened = std::min(written.happened, operation.returned);
  } else if (!operation.failed()) {
    out_.unfit = fmt::format("{} was written twice to \"{}\": a value must name one write", excerpt(to_json(value)),
                             operation.key());
  }
}

void SessionLoader::note_read(const Operation& operation, const Value& result) {
  if (!operation.ok()) return;
  if (result.is_null() && trial_.history.null_reads_tell_nothing) return;
  Read read{&operation, static_cast<uint32_t>(shown_.size()), 1};
  if (result.is_list()) {
    for (const Value& value : result.list()) shown_.push_back(content(operation, value));
    read.count = static_cast<uint32_t>(shown_.size()) - read.shown;
  } else {
    shown_.push_back(content(operation, result));
  }
  reads_.push_back(read);
}

// Now that all writes are known: which reads show what no write can have left there, and which the initial value?
void SessionLoader::settle_reads() {
  size_t kept = 0;
  for (Read read : reads_) {
    bool sound = true;
    uint32_t count = 0;
    for (uint32_t k = 0; k < read.count; ++k) {
      const uint32_t shown = shown_[read.shown + k];
      sound = settle(read, shown) && sound;
      if (contents_[shown].written_by != nullptr) shown_[read.shown + count++] = shown;
    }
    read.count = count;
    if (sound) reads_[kept++] = read;
  }
  reads_.resize(kept);
}

bool SessionLoader::settle(const Read& read, uint32_t shown) {
  Content& content = contents_[shown];
  const Operation* written_by = content.written_by;
  if (written_by == nullptr || written_by->failed()) {
    const std::optional<Value>& initial = trial_.judging.initial;
    if (written_by == nullptr && (content.value->is_null() || (initial && *content.value == *initial))) return true;
    out_.thin_air.push_back({read.operation, written_by, excerpt(to_json(*content.value))});
    return false;
  }
  content.happened = std::min(content.happened, read.operation->returned);
  return true;
}

uint32_t SessionLoader::session_of(const Operation& operation) {
  uint32_t& session = session_[operation.client];
  if (session == kNoNumber) {
    session = out_.sessions++;
    written_.push_back(0);
  }
  return session;
}

// Least significant digits first; equal ones stay in their order.
void SessionLoader::sort_by_event(std::vector<Place>& places) {
  constexpr uint32_t kBits = 11;
  constexpr size_t kDigits = size_t{1} << kBits;
  uint64_t all = 0;
  for (const Place& place : places) all |= static_cast<uint64_t>(place.event);
  std::vector<Place> sorted(places.size());
  for (uint32_t shift = 0; shift < 64 && all >> shift != 0; shift += kBits) {
    std::array<size_t, kDigits + 1> next{};
    const auto digit = [shift](const Place& place) {
      return static_cast<uint64_t>(place.event) >> shift & (kDigits - 1);
    };
    for (const Place& place : places) ++next[digit(place) + 1];
    for (size_t d = 1; d < kDigits; ++d) next[d] += next[d - 1];
    for (const Place& place : places) sorted[next[digit(place)]++] = place;
    places.swap(sorted);
  }
}

void SessionLoader::arrange() {
  session_.assign(trial_.operations.clients(), kNoNumber);
  std::vector<Place> places;
  places.reserve(contents_.size() + reads_.size());
  // A cas is over at once, its read first.
  for (uint32_t i = 0; i < reads_.size(); ++i) {
    const Operation& read = *reads_[i].operation;
    places.push_back({is_cas(read) ? read.invoked : read.returned, i, false});
  }
  for (uint32_t i = 0; i < contents_.size(); ++i) {
    if (contents_[i].happened != kNever) places.push_back({contents_[i].written_by->invoked, i, true});
  }
  sort_by_event(places);
  out_.steps.resize(places.size());
  out_.writes.reserve(contents_.size());
  // Writes first: a read may show a later one.
  for (size_t i = 0; i < places.size(); ++i) {
    SessionStep& step = out_.steps[i];
    step.operation = places[i].is_write ? contents_[places[i].number].written_by : reads_[places[i].number].operation;
    step.key = step.operation->key_number;
    step.session = session_of(*step.operation);
    if (places[i].is_write) add_write(contents_[places[i].number], step);
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (!places[i].is_write) add_read(reads_[places[i].number], out_.steps[i]);
  }
}

void SessionLoader::add_write(Content& content, SessionStep& step) {
  step.is_write = true;
  step.write = content.write = static_cast<uint32_t>(out_.writes.size());
  SessionWrite& write = out_.writes.emplace_back();
  write.operation = step.operation;
  write.session = step.session;
  write.key = step.key;
  write.place = ++written_[step.session];
  write.began = step.operation->invoked;
  // Not before it began, whatever a read from the future says.
  write.happened = std::max(content.happened, write.began);
}

void SessionLoader::add_read(const Read& read, SessionStep& step) {
  if (read.count == 0) return;
  step.write = contents_[shown_[read.shown]].write;
  step.more = static_cast<uint32_t>(out_.siblings.size());
  step.more_count = read.count - 1;
  for (uint32_t k = 1; k < read.count; ++k) out_.siblings.push_back(contents_[shown_[read.shown + k]].write);
}

}  // namespace

SessionHistory::SessionHistory(const Trial& trial) { SessionLoader(trial, *this).load(); }

}  // namespace checkers
