#include "harness/fuzz/shrink.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>
#include <variant>

#include "harness/run/signals.h"

namespace harness {

namespace {

using Clock = std::chrono::steady_clock;
using nemesis::FaultEvent;
using nemesis::OperationEvent;
using nemesis::Schedule;
using Line = std::variant<OperationEvent, FaultEvent>;
using Lines = std::vector<Line>;
using Action = FaultEvent::Action;

Millis at(const Line& line) {
  return std::visit([](const auto& event) { return event.at; }, line);
}

Lines lines_in(const Schedule& schedule) {
  Lines lines(schedule.faults.begin(), schedule.faults.end());
  lines.insert(lines.end(), schedule.operations.begin(), schedule.operations.end());
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return at(a) < at(b); });
  return lines;
}

Schedule schedule_of(const Lines& lines) {
  Schedule schedule;
  for (const Line& line : lines) {
    if (const auto* operation = std::get_if<OperationEvent>(&line)) {
      schedule.operations.push_back(*operation);
    } else {
      schedule.faults.push_back(std::get<FaultEvent>(line));
    }
  }
  const auto earlier = [](const auto& a, const auto& b) { return a.at < b.at; };
  std::stable_sort(schedule.faults.begin(), schedule.faults.end(), earlier);
  std::stable_sort(schedule.operations.begin(), schedule.operations.end(), earlier);
  return schedule;
}

class Shrinker {
 public:
  Shrinker(const RunSettings& failing, const StillFails& still_fails, const ShrinkOptions& options,
           const std::function<void(const Shrunk&)>& progress)
      : still_fails_(still_fails), options_(options), progress_(progress), settings_(failing) {
    lines_ = lines_in(*failing.schedule);
    settings_.schedule = schedule_of(lines_);
    so_far_.lines_before = lines_.size();
  }

  Shrunk shrink() {
    const RunSettings failing = settings_;
    const Lines all = lines_;
    const bool sooner = judge_sooner();
    make_small();
    if (!sooner) return result();
    RunSettings patient = settings_;
    patient.convergence_limit = failing.convergence_limit;
    ++so_far_.runs;
    if (still_fails_(patient)) {
      settings_ = std::move(patient);
      return result();
    }
    // Replicas that took long, not ones that stay apart: then with all the patience that it takes.
    settings_ = failing;
    lines_ = all;
    make_small();
    return result();
  }

 private:
  static constexpr size_t kFew = 6;  // lines that nobody minds

  // Replicas that differ for good do so after a few seconds, and the rest of the time that they have to become equal is
  // most of what a failing run takes.
  bool judge_sooner() {
    constexpr Millis kSoon{5'000};
    if (settings_.convergence_limit <= kSoon) return false;
    RunSettings settings = settings_;
    settings.convergence_limit = kSoon;
    return attempt(std::move(settings));
  }

  void make_small() {
    const RunSettings failing = settings_;
    const Lines all = lines_;
    make_short();
    if (lines_.size() > kFew && hangs_on_luck()) {
      // Luck that fits all the lines rarely fits a few of them, and what was kept for its sake hides what matters: once
      // more from the beginning, where most of what could fail is still there.
      RunSettings short_settings = std::exchange(settings_, failing);
      Lines short_lines = std::exchange(lines_, all);
      luck_ = Luck::kOnTrial;
      make_short();
      luck_ = Luck::kDrawn;
      if (lines_.size() >= short_lines.size()) {
        settings_ = std::move(short_settings);
        lines_ = std::move(short_lines);
      }
    }
    size_t before = 0;
    do {  // what has become simpler may leave lines without a purpose
      before = weight();
      simplify_settings();
      simplify_lines();
      take_lines_away();
    } while (weight() < before && !over());
  }

  void make_short() {
    keep_one_key();
    take_chunks_away(std::max<size_t>(2, (lines_.size() + 1) / 4));  // while a run is long, few candidates
    leave_out_kinds();
    take_lines_away();
  }

  size_t weight() const {
    size_t words = nemesis::to_text(*settings_.schedule).size();
    return lines_.size() * 1000 + words + schedule_header(settings_).size();
  }

  Shrunk result() const {
    Shrunk shrunk = so_far_;
    shrunk.settings = settings_;
    shrunk.lines_after = lines_.size();
    shrunk.time = Clock::now() - began_;
    return shrunk;
  }

  bool over() const {
    return luck_ == Luck::kNoHelp || so_far_.runs >= options_.most_runs || Clock::now() - began_ > options_.most_time ||
           Signals::interrupted();
  }

  // Takes the candidate if it still fails.
  bool attempt(RunSettings settings, Lines lines) {
    if (over()) return false;
    settings.schedule = schedule_of(lines);
    settings.cluster.spares = spares_needed(settings);  // as who plays the file will count them
    const std::string text = schedule_header(settings) + "\n" + nemesis::to_text(*settings.schedule);
    if (!tried_.insert(text).second) return false;  // then it did not fail, or it is what we have
    ++so_far_.runs;
    if (!still_fails_(settings)) return false;
    settings_ = std::move(settings);
    lines_ = std::move(lines);
    if (progress_) progress_(result());
    return true;
  }
  bool attempt(Lines lines) { return attempt(settings_, std::move(lines)); }
  bool attempt(RunSettings settings) { return attempt(std::move(settings), lines_); }

  // Keys do not know each other: mostly one alone is to blame.
  void keep_one_key() {
    std::map<std::string, size_t> uses;
    for (const OperationEvent& operation : settings_.schedule->operations) ++uses[operation.operation.key];
    std::vector<std::pair<size_t, std::string>> rarest;
    for (const auto& [key, count] : uses) rarest.emplace_back(key == options_.suspect ? 0 : count, key);
    std::sort(rarest.begin(), rarest.end());
    std::vector<Lines> alone;
    for (const auto& [count, key] : rarest) {
      Lines& lines = alone.emplace_back();
      for (const Line& line : lines_) {
        const auto* operation = std::get_if<OperationEvent>(&line);
        if (operation == nullptr || operation->operation.key == key) lines.push_back(line);
      }
      if (attempt(lines)) return;
    }
    if (alone.size() < 2) return;
    if (!options_.suspect.empty() && try_other_luck({alone.front()})) return;
    try_other_luck(alone);
  }

  template <typename Unwanted>
  bool leave_out(Unwanted unwanted) {
    Lines lines;
    for (const Line& line : lines_) {
      if (!unwanted(line)) lines.push_back(line);
    }
    return lines.size() < lines_.size() && attempt(std::move(lines));
  }

  // All faults of a kind, or all ends of such.
  void leave_out_kinds() {
    std::set<Action> kinds;
    for (const FaultEvent& fault : settings_.schedule->faults) kinds.insert(fault.action);
    for (const Action kind : kinds) {
      leave_out([&](const Line& line) {
        const auto* fault = std::get_if<FaultEvent>(&line);
        return fault != nullptr && fault->action == kind;
      });
    }
  }

  // Delta debugging: halves, quarters, … single lines.
  void take_lines_away() {
    take_chunks_away(1);
    take_pairs_away();
  }

  // From the end, for what comes after a failure cannot have caused it.
  void take_chunks_away(size_t smallest) {
    size_t chunk = (lines_.size() + 1) / 2;
    while (chunk >= smallest && !lines_.empty() && !over()) {
      chunk = std::min(chunk, lines_.size());
      bool less = false;
      for (size_t end = lines_.size(); end > 0;) {
        const size_t begin = end > chunk ? end - chunk : 0;
        less = attempt(without(begin, end)) || less;
        end = begin;
      }
      if (less) continue;
      if (take_away_under_other_luck(chunk)) {
        chunk = (lines_.size() + 1) / 2;
      } else {
        chunk /= 2;
      }
    }
  }

  bool take_away_under_other_luck(size_t chunk) {
    if (lines_.size() <= kFew || chunk == lines_.size()) return false;
    std::vector<Lines> candidates;
    for (size_t end = lines_.size(); end > 0; end -= std::min(end, chunk)) {
      candidates.push_back(without(end > chunk ? end - chunk : 0, end));
    }
    return try_other_luck(candidates);
  }

  // How long a message takes and which rare path a node goes is drawn, and a run that hangs on such luck loses it with
  // every line: what is left seems to be needed. With luck of its own, less may be.
  bool try_other_luck(const std::vector<Lines>& candidates) {
    constexpr size_t kRuns = 40;
    if (luck_ == Luck::kOwn) return false;
    for (size_t runs = 0; runs < kRuns && !over(); runs += candidates.size()) {
      const RunSettings settings = under_other_luck();
      for (const Lines& lines : candidates) {
        if (!attempt(settings, lines)) continue;
        luck_ = Luck::kDrawn;
        return true;
      }
    }
    if (luck_ == Luck::kOnTrial && --trials_ == 0) luck_ = Luck::kNoHelp;
    return false;
  }

  // A schedule that fails whatever the luck needs the lines that it seems to need.
  bool hangs_on_luck() {
    constexpr int kDraws = 4;
    if (!settings_.sim) return false;
    for (int i = 0; i < kDraws && !over(); ++i) {
      ++so_far_.runs;
      if (!still_fails_(under_other_luck())) return true;
    }
    return false;
  }

  RunSettings under_other_luck() {
    RunSettings settings = settings_;
    settings.cluster.seed = ++lucks_;
    if (settings.cluster.rare_paths != 0) settings.cluster.rare_paths = lucks_;
    return settings;
  }

  Lines without(size_t begin, size_t end) const {
    Lines lines(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(begin));
    lines.insert(lines.end(), lines_.begin() + static_cast<std::ptrdiff_t>(end), lines_.end());
    return lines;
  }

  // A fault and its end: each alone may be needed by the other.
  void take_pairs_away() {
    for (size_t i = lines_.size(); i-- > 0;) {
      for (size_t j = i; j-- > 0;) {
        if (i >= lines_.size() || std::holds_alternative<OperationEvent>(lines_[i]) ||
            std::holds_alternative<OperationEvent>(lines_[j])) {
          continue;
        }
        Lines lines = lines_;
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(j));
        attempt(std::move(lines));
      }
    }
  }

  template <typename Change>
  bool try_settings(Change change) {
    RunSettings settings = settings_;
    change(settings);
    return attempt(std::move(settings));
  }

  void simplify_settings() {
    // A main phase no longer than its lines, in whole seconds.
    const Millis last = lines_.empty() ? Millis(0) : at(lines_.back());
    const auto seconds = [](Millis time) { return std::chrono::ceil<std::chrono::seconds>(time + Millis(1)); };
    if (seconds(last) < settings_.time_limit) {
      try_settings([&](RunSettings& s) { s.time_limit = seconds(last); });
    }
    const RunSettings usual;
    const ClusterSettings& usual_cluster = usual.cluster;
    fewer_nemeses();
    try_settings([&](RunSettings& s) { s.cluster.rare_paths = 0; });
    try_settings([&](RunSettings& s) { s.coordination = usual.coordination; });
    try_settings([&](RunSettings& s) { s.cluster.hints = true; });
    try_settings([&](RunSettings& s) { s.cluster.anti_entropy = true; });
    try_settings([&](RunSettings& s) { s.cluster.merge = usual_cluster.merge; });
    try_settings([&](RunSettings& s) { s.cluster.storage = usual_cluster.storage; });
    try_settings([&](RunSettings& s) { s.cluster.request_timeout = usual_cluster.request_timeout; });
    try_settings([&](RunSettings& s) { s.world = usual.world; });
    fewer_nodes();
    fewer_clients();
    fewer_drawn_times();
  }

  // Messages and syncs that have a latency of their own: all others take the shortest.
  void fewer_drawn_times() {
    constexpr uint32_t kMostParts = 4096;
    try_settings([](RunSettings& s) { s.world.longest_latency = s.world.shortest_latency; });
    try_settings([](RunSettings& s) { s.world.longest_sync = s.world.shortest_sync; });
    const auto leave = [this](uint32_t part, uint32_t of) {
      return try_settings([&](RunSettings& s) { s.world.drawn = {part, of}; });
    };
    for (uint32_t half = settings_.world.drawn.of; 2 * half <= kMostParts; half *= 2) {  // of which it is a part
      const uint32_t part = settings_.world.drawn.part;
      if (!leave(part, 2 * half) && !leave(part + half, 2 * half)) return;
    }
  }

  // The schedule says what goes wrong; the names of nemeses only tell what is promised.
  void fewer_nemeses() {
    for (size_t i = settings_.nemeses.size(); i-- > 0;) {
      try_settings([&](RunSettings& s) {
        s.nemeses.erase(s.nemeses.begin() + static_cast<std::ptrdiff_t>(i));
        if (s.nemeses.empty()) s.nemeses = {"none"};
        s.kill_targets.clear();
        s.partition_shape.clear();
      });
    }
  }

  // Nodes that no line names any more.
  void fewer_nodes() {
    while (settings_.nodes > settings_.cluster.replicas && settings_.nodes > 2) {
      const std::string last = "n" + std::to_string(settings_.nodes);
      RunSettings settings = settings_;
      --settings.nodes;
      Lines lines;
      for (Line line : lines_) {
        if (auto* fault = std::get_if<FaultEvent>(&line)) {
          drop_node(*fault, last);
          if (fault->action == Action::kPartition && fault->cuts.empty()) continue;
        } else if (auto& operation = std::get<OperationEvent>(line); operation.node == last) {
          operation.node = "n1";
        }
        lines.push_back(std::move(line));
      }
      if (!attempt(std::move(settings), std::move(lines))) return;
    }
  }

  static void drop_node(FaultEvent& fault, const std::string& node) {
    std::erase(fault.nodes, node);
    std::erase_if(fault.cuts, [&](const nemesis::Cut& cut) { return cut.from == node || cut.to == node; });
    for (auto& side : fault.sides) std::erase(side, node);
    std::erase_if(fault.sides, [](const auto& side) { return side.empty(); });
  }

  void fewer_clients() {
    std::map<int, int> numbers;
    Lines lines = lines_;
    for (Line& line : lines) {
      auto* operation = std::get_if<OperationEvent>(&line);
      if (operation == nullptr) continue;
      const int client = operation->client % settings_.concurrency;
      operation->client = numbers.try_emplace(client, static_cast<int>(numbers.size())).first->second;
    }
    RunSettings settings = settings_;
    settings.concurrency = std::max<int>(1, static_cast<int>(numbers.size()));
    attempt(std::move(settings), std::move(lines));
  }

  void simplify_lines() {
    for (size_t i = 0; i < lines_.size() && !over(); ++i) {
      if (auto* fault = std::get_if<FaultEvent>(&lines_[i])) {
        simplify_fault(i, *fault);
      } else {
        simplify_operation(i, std::get<OperationEvent>(lines_[i]));
      }
    }
    round_times();
  }

  bool replace(size_t i, Line line) {
    Lines lines = lines_;
    lines[i] = std::move(line);
    return attempt(std::move(lines));
  }

  // Fewer nodes, cuts in fewer directions.
  void simplify_fault(size_t i, FaultEvent fault) {
    for (size_t n = fault.nodes.size(); n-- > 0 && fault.nodes.size() > 1;) {
      FaultEvent fewer = fault;
      fewer.nodes.erase(fewer.nodes.begin() + static_cast<std::ptrdiff_t>(n));
      if (replace(i, fewer)) fault = fewer;
    }
    if (fault.action != Action::kPartition) return;
    for (size_t n = fault.cuts.size(); n-- > 0 && fault.cuts.size() > 1;) {
      FaultEvent fewer = fault;
      fewer.cuts.erase(fewer.cuts.begin() + static_cast<std::ptrdiff_t>(n));
      fewer.sides.clear();  // they no longer are what talks among itself
      fewer.shape = "some";
      if (replace(i, fewer)) fault = fewer;
    }
  }

  void simplify_operation(size_t i, OperationEvent operation) {
    const checkers::Value value = operation.operation.value;
    const auto with = [&](checkers::Value simpler) {
      OperationEvent changed = operation;
      changed.operation.value = std::move(simpler);
      if (replace(i, changed)) operation = changed;
    };
    if (value.is_int() && value.integer() != 1) with(1);
    if (value["quantity"].is_int() && value["quantity"].integer() != 1) {
      checkers::Value one = value;
      one.set("quantity", 1);
      with(std::move(one));
    }
  }

  // Times that a person can read: whole seconds, tenths, hundredths.
  void round_times() {
    for (const Millis unit : {Millis(1000), Millis(100), Millis(10)}) {
      for (size_t i = 0; i < lines_.size() && !over(); ++i) {
        const Millis rounded = at(lines_[i]) / unit * unit;
        if (rounded == at(lines_[i])) continue;
        Lines lines = lines_;
        std::visit([&](auto& event) { event.at = rounded; }, lines[i]);
        std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return at(a) < at(b); });
        attempt(std::move(lines));
      }
    }
  }

  const StillFails& still_fails_;
  const ShrinkOptions options_;
  const std::function<void(const Shrunk&)>& progress_;
  const Clock::time_point began_ = Clock::now();
  RunSettings settings_;
  Lines lines_;
  std::unordered_set<std::string> tried_;
  enum class Luck {
    kOwn,      // that of the failing run
    kOnTrial,  // another is drawn where that does not help, but no other has helped yet
    kDrawn,
    kNoHelp,  // none has in some trials
  };
  Luck luck_ = Luck::kOwn;
  int trials_ = 2;
  uint64_t lucks_ = 0;  // that were drawn
  Shrunk so_far_;
};

}  // namespace

size_t lines_of(const Schedule& schedule) { return schedule.operations.size() + schedule.faults.size(); }

Shrunk shrink(const RunSettings& failing, const StillFails& still_fails, const ShrinkOptions& options,
              const std::function<void(const Shrunk&)>& progress) {
  return Shrinker(failing, still_fails, options, progress).shrink();
}

}  // namespace harness
