// Counters: at the end every acknowledged increment has counted exactly once, on every replica, and each indeterminate
// one at most once. While the run lasts, no read may exceed what was attempted.
#include "checkers/counter_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "checkers/counter_interval.h"
#include "checkers/explain.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

// All sums that a subset of `optional` can add; nullopt if there are too many to list. Bounds alone would let a value
// pass that no subset reaches: with +10 and +20 open, 15 is wrong.
std::optional<std::set<int64_t>> subset_sums(const std::vector<int64_t>& optional) {
  constexpr size_t kMost = 100'000;
  std::set<int64_t> sums = {0};
  for (const int64_t delta : optional) {
    std::vector<int64_t> more;
    for (const int64_t sum : sums) more.push_back(sum + delta);
    sums.insert(more.begin(), more.end());
    if (sums.size() > kMost) return std::nullopt;
  }
  return sums;
}

// What the final value of a counter may be.
struct Final {
  int64_t definite = 0;           // sum of what must count
  int64_t low = 0, high = 0;      // with all of the optional downs, ups
  std::vector<int64_t> optional;  // deltas of what may count
  int64_t definite_adds = 0;
  std::optional<std::set<int64_t>> sums;

  bool allows(int64_t value) const {
    if (value < low || value > high) return false;
    return !sums || sums->count(value - definite) > 0;
  }
};

class CounterChecker {
 public:
  explicit CounterChecker(const Trial& trial) : trial_(trial), elsewhere_(trial.history.test.workload.empty()) {
    result_.checker = "counter";
    result_.promise = elsewhere_ ? "the counter behaves as one object" : trial.terms.counter_total.text;
    index_dumps();
  }

  Result check();

 private:
  using Sessions = std::map<std::string, std::vector<const Operation*>>;

  void index_dumps();
  void check_bounds(const CounterHistory& counter);
  void check_finals(const CounterHistory& counter, std::string_view key);
  Final final_of(const CounterHistory& counter, Nanos until) const;
  void report_final(const CounterHistory& counter, const Operation& read, const Final& final);
  const Operation* unheld(const CounterHistory& counter, const Operation& read) const;
  void check_sessions(const CounterHistory& counter, std::string_view key);
  void check_session(const std::vector<const Operation*>& adds, const Dump& dump, const Value& version);
  void summarize();

  const Trial& trial_;
  const bool elsewhere_;  // without a test record: nothing says that it promises less than one object does
  CounterReadsJudged judged_;
  Result result_;
  Findings findings_;
  std::unordered_map<std::string_view, std::vector<std::pair<const Dump*, const Record*>>> dumped_;
  int64_t acknowledged_ = 0, indeterminate_ = 0, reads_ = 0, final_reads_ = 0, numbers_ = 0, unread_keys_ = 0,
          sessions_ = 0, lost_ = 0, doubled_ = 0;
};

void CounterChecker::index_dumps() {
  for (const Dump& dump : trial_.history.dumps) {
    if (dump.stage != "before-reads" || !dump.error.empty()) continue;
    for (const Record& record : dump.records) dumped_[record.key].emplace_back(&dump, &record);
  }
}

void CounterChecker::check_bounds(const CounterHistory& counter) {
  for (const Operation* read : counter.reads()) {
    if (read->final()) continue;  // judged more sharply
    ++reads_;
    const Bounds bounds = counter.attempted(*read);
    const int64_t value = read->result().integer();
    if (value >= bounds.low && value <= bounds.high) continue;
    ++doubled_;
    findings_.add([&] {
      const bool above = value > bounds.high;
      std::vector<const Operation*> few = {read};
      for (const Operation* add : counter.adds()) {
        if (add->invoked < read->returned && few.size() < 5 && add->attempts() > 1) few.push_back(add);
      }
      return make_witness("increment counted twice", few,
                          fmt::format("Let A = {}. All increments {} 0 that any client had begun before A returned "
                                      "(event {}) add up to {}, yet A returned {}.",
                                      describe_with_end(*read), above ? "above" : "below", read->returned,
                                      above ? bounds.high : bounds.low, value));
    });
  }
}

Final CounterChecker::final_of(const CounterHistory& counter, Nanos until) const {
  Final final;
  for (const Operation* add : counter.adds()) {
    const int64_t delta = add->argument().integer();
    int64_t open = counter.most(*add);
    if (add->ok() && trial_.terms.finals_complete && !trial_.lost_disks.excuse(*add, until)) {
      final.definite += delta;
      ++final.definite_adds;
      open -= delta;
    }
    for (; open != 0; open -= delta) final.optional.push_back(delta);
  }
  final.low = final.high = final.definite;
  for (const int64_t delta : final.optional) (delta < 0 ? final.low : final.high) += delta;
  final.sums = subset_sums(final.optional);
  return final;
}

void CounterChecker::report_final(const CounterHistory& counter, const Operation& read, const Final& final) {
  const int64_t value = read.result().integer();
  const bool below = value < final.low;
  const bool above = value > final.high;
  lost_ += below;
  doubled_ += above;
  findings_.add([&] {
    std::vector<const Operation*> operations = {&read};
    const Operation* last = nullptr;
    std::string open;
    for (const Operation* add : counter.adds()) {
      if (add->ok() && (last == nullptr || add->returned > last->returned)) last = add;
      if (!add->ok() && operations.size() < 6) {
        operations.push_back(add);
        open += fmt::format("{}{:+d} (event {})", open.empty() ? "" : ", ", add->argument().integer(), add->invoked);
      }
    }
    if (last != nullptr) operations.push_back(last);
    std::string text =
        fmt::format("Let A = the {} of \"{}\" that must count (their sum is {:+d}), B = {}. ",
                    count(final.definite_adds, "increment"), read.key(), final.definite, describe_with_end(read));
    if (last != nullptr)
      text += fmt::format(
          "All of A happened before B, because the last of them returned at event {} and B began at event {}. ",
          last->returned, read.invoked);
    if (final.optional.empty()) {
      text +=
          fmt::format("No other increment may have counted, so that B must be {}, yet it is {}", final.definite, value);
    } else {
      text += fmt::format("{} may have counted or not{}, so that B must be {} {} and {}, yet it is {}",
                          count(static_cast<int64_t>(final.optional.size()), "further increment"),
                          open.empty() ? "" : ": " + open,
                          below || above ? "between" : "a sum of some of them, between", final.low, final.high, value);
    }
    text += below   ? fmt::format(": {} less.", final.low - value)
            : above ? fmt::format(": {} more.", value - final.high)
                    : ".";
    if (const Operation* missing = below ? unheld(counter, read) : nullptr) {
      if (missing != last) operations.push_back(missing);
      text +=
          fmt::format(" In the dumps before the final reads no replica had counted {}.", describe_with_end(*missing));
    }
    return make_witness(below   ? "lost increment"
                        : above ? "increment counted twice"
                                : "impossible sum",
                        operations, std::move(text));
  });
}

void CounterChecker::check_finals(const CounterHistory& counter, std::string_view key) {
  const Operation* first = nullptr;
  const Operation* differing = nullptr;
  std::set<int64_t> reported;  // one wrong value through five nodes is one violation
  std::optional<Final> final;
  for (const Operation* read : counter.reads()) {
    if (!read->final()) continue;
    ++final_reads_;
    if (!final || trial_.lost_disks.any()) final = final_of(counter, read->end());
    const int64_t value = read->result().integer();
    if (!final->allows(value) && reported.insert(value).second) report_final(counter, *read, *final);
    if (first == nullptr) first = read;
    if (first->result().integer() != value && differing == nullptr) differing = read;
  }
  if (first == nullptr && !counter.adds().empty()) ++unread_keys_;
  if (differing != nullptr && trial_.terms.mended && !trial_.starved()) {
    findings_.add([&] {
      return make_witness("final values differ", {first, differing},
                          fmt::format("Let A = {}, B = {}. Both happened after the last fault and after every "
                                      "increment of \"{}\", yet one returned {} and the other {}.",
                                      describe_with_end(*first), describe_with_end(*differing), key,
                                      first->result().integer(), differing->result().integer()));
    });
  }
}

// An acknowledged increment that no dumped replica has counted: the session's totals there end before it. Null if there
// is none, or nothing to tell it by.
const Operation* CounterChecker::unheld(const CounterHistory& counter, const Operation& read) const {
  const auto dumped = dumped_.find(read.key());
  if (!trial_.terms.identified || dumped == dumped_.end()) return nullptr;
  std::map<std::string, int64_t> held;  // session → the last seq that some replica has
  for (const auto& [dump, record] : dumped->second) {
    for (const Value& version : record->versions) {
      int64_t& seq = held[version["id"].string()];
      seq = std::max(seq, version["seq"].integer());
    }
  }
  for (const Operation* add : counter.adds()) {
    if (add->ok() && add->seq() > held[add->session()] && !trial_.lost_disks.excuse(*add, read.end())) return add;
  }
  return nullptr;
}

// One session's totals in one dump, against the increments that this session sent.
void CounterChecker::check_session(const std::vector<const Operation*>& adds, const Dump& dump, const Value& version) {
  const int64_t seq = version["seq"].integer();
  int64_t up = 0, down = 0;
  const Operation* last = nullptr;
  for (const Operation* add : adds) {
    if (add->seq() > seq) continue;
    const int64_t delta = add->argument().integer();
    (delta > 0 ? up : down) += delta;
    last = add;
  }
  ++sessions_;
  const int64_t held_up = version["plus"].integer(), held_down = std::abs(version["minus"].integer());
  if (held_up == up && held_down == -down) return;
  const bool more = held_up > up || held_down > -down;
  (more ? doubled_ : lost_) += 1;
  findings_.add([&] {
    std::vector<const Operation*> operations;
    if (last != nullptr) operations.push_back(last);
    Witness witness = make_witness(more ? "increment counted twice" : "lost increment", operations, "");
    witness.key = adds.front()->key();
    witness.replicas = {dump.node};
    const std::string sent = last != nullptr ? fmt::format("Let A = {}. ", describe_with_end(*last)) : "";
    witness.explanation = fmt::format(
        "{}Up to seq {} session {} had sent increments of \"{}\" that add up to +{} and -{}, A being the last, yet in "
        "the dump of {} at {} it stands at seq {} with +{} and -{}.",
        sent, seq, version["id"].string(), witness.key, up, -down, dump.node, seconds(dump.time), seq, held_up,
        held_down);
    return witness;
  });
}

// With identified increments each replica tells, session by session, what it counted: exact, where the final sum leaves
// room for indeterminate increments.
void CounterChecker::check_sessions(const CounterHistory& counter, std::string_view key) {
  const auto dumped = dumped_.find(key);
  if (!trial_.terms.identified || dumped == dumped_.end()) return;
  Sessions sessions;
  std::set<std::string> seen;  // replicas that agree are judged once
  for (const Operation* add : counter.adds()) {
    if (add->seq() > 0) sessions[add->session()].push_back(add);
  }
  for (const auto& [dump, record] : dumped->second) {
    for (const Value& version : record->versions) {
      const auto session = sessions.find(version["id"].string());
      if (session != sessions.end() && seen.insert(to_json(version)).second)
        check_session(session->second, *dump, version);
    }
  }
}

Result CounterChecker::check() {
  if (result_.summary = other_than("counter", trial_.history, trial_.subject); !result_.summary.empty())
    return std::move(result_);
  Headway headway(trial_.judging, "counter", trial_.operations.all().size());
  for (const KeyOperations& key : trial_.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    const CounterHistory counter(key, trial_.terms.identified);
    for (const Operation* add : counter.adds()) ++(add->ok() ? acknowledged_ : indeterminate_);
    for (const Operation* read : counter.reads()) numbers_ += read->result().is_int();
    if (elsewhere_) {
      check_counter_reads(counter, findings_, judged_);
    } else {
      check_bounds(counter);
    }
    check_finals(counter, key.key);
    check_sessions(counter, key.key);
  }
  summarize();
  return std::move(result_);
}

void CounterChecker::summarize() {
  result_.evidence = {{"acknowledged increments", acknowledged_},
                      {"indeterminate increments", indeterminate_},
                      {"final reads", final_reads_},
                      {"reads bounded", reads_},
                      {"session totals compared", sessions_}};
  result_.details.set("keys without a final read", unread_keys_);
  result_.details.set("values too low", lost_);
  result_.details.set("values too high", doubled_);
  if (elsewhere_) {
    result_.evidence = {{"acknowledged increments", acknowledged_},
                        {"indeterminate increments", indeterminate_},
                        {"reads judged by the interval", judged_.by_interval},
                        {"of which by exact sums", judged_.exactly},
                        {"of which against an earlier read", judged_.against_an_earlier_one},
                        {"final reads", final_reads_}};
    if (numbers_ > 0) result_.verdict = Verdict::kValid;
    result_.summary = numbers_ == 0 ? "no read returned a number"
                      : findings_.count() == 0
                          ? fmt::format("{} fit the increments", count(judged_.by_interval + final_reads_, "read"))
                          : fmt::format("{} in {}", count(findings_.count(), "violation"),
                                        count(judged_.by_interval + final_reads_, "read"));
    findings_.move_into(result_);
    return;
  }
  if (final_reads_ == 0) {
    result_.summary = "no final read succeeded";
  } else if (acknowledged_ == 0) {
    result_.summary = "no increment was acknowledged";
  } else {
    result_.verdict = Verdict::kValid;
    result_.summary = fmt::format(
        "{} within what {} and {} allow", findings_.count() == 0 ? "final values are" : "not all values are",
        count(acknowledged_, "acknowledged increment"), count(indeterminate_, "indeterminate one"));
  }
  findings_.move_into(result_);
  if (findings_.count() > 0) {
    result_.summary +=
        fmt::format("; {} ({} too low, {} too high)", count(findings_.count(), "violation"), lost_, doubled_);
  }
  if (unread_keys_ > 0) result_.summary += fmt::format("; {} had no final read", count(unread_keys_, "counter"));
}

}  // namespace

Result check_counter(const Trial& trial) { return CounterChecker(trial).check(); }

}  // namespace checkers
