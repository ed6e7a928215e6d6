#include "checkers/counter_interval.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <unordered_map>

#include "checkers/counter_sums.h"

namespace checkers {
namespace {

constexpr size_t kMostOpen = 24;   // adds whose subsets are listed
constexpr int64_t kWidest = 4096;  // of the interval in which they are listed

// A sweep over the moments at which operations begin and end.
class Sweep {
 public:
  Sweep(const CounterHistory& counter, Findings& findings, CounterReadsJudged& judged)
      : counter_(counter), findings_(findings), judged_(judged) {}

  void run();

 private:
  // A read under way: what is known from its beginning.
  struct Under {
    CounterSums must;                    // acknowledged before it began
    std::vector<const Operation*> open;  // adds that were open then, if they are few
    bool few = true;
    size_t begun = 0;                    // adds begun before it
    const Operation* earlier = nullptr;  // a read over before it began …
    int64_t at_least = 0;                // … and what follows from it
  };

  void begin(const Operation& operation);
  void end(const Operation& operation);
  void judge(const Operation& read, const Under& under);
  bool reachable(int64_t rest, const CounterInterval& interval, const Under& under) const;
  void report(const Operation& read, const Under& under, const CounterInterval& interval);
  static bool is_add(const Operation& operation) { return operation.f() == "add"; }

  const CounterHistory& counter_;
  Findings& findings_;
  CounterReadsJudged& judged_;

  CounterSums acknowledged_, attempted_;
  std::vector<const Operation*> begun_;  // adds, in order of invocation
  std::vector<const Operation*> open_;   // adds that will be acknowledged
  std::vector<const Operation*> never_;  // and those that will not
  std::unordered_map<const Operation*, Under> under_way_;
  // Answered reads by which others may be measured, the earlier ones first: those that come later show more, unless
  // increments that are open are added to the earlier ones alone. No more than there are clients, and one.
  struct Earlier {
    const Operation* read = nullptr;
    int64_t at_least = 0;  // its value, and the increments wholly after it
  };
  void measure_by(const Operation& read);
  std::vector<Earlier> earlier_;
};

void Sweep::run() {
  std::vector<const Operation*> begins;
  begins.reserve(counter_.adds().size() + counter_.reads().size());
  std::merge(counter_.adds().begin(), counter_.adds().end(), counter_.reads().begin(), counter_.reads().end(),
             std::back_inserter(begins), [](const auto* a, const auto* b) { return a->invoked < b->invoked; });
  std::vector<const Operation*> ends = begins;
  ends.erase(std::remove_if(ends.begin(), ends.end(), [](const auto* o) { return o->returned == kNever; }), ends.end());
  std::sort(ends.begin(), ends.end(), [](const auto* a, const auto* b) { return a->returned < b->returned; });
  auto next = begins.begin();
  for (const Operation* operation : ends) {
    for (; next != begins.end() && (*next)->invoked < operation->returned; ++next) begin(**next);
    end(*operation);
  }
}

void Sweep::begin(const Operation& operation) {
  if (is_add(operation)) {
    attempted_.add(counter_.most(operation));
    begun_.push_back(&operation);
    (operation.returned == kNever ? never_ : open_).push_back(&operation);
    return;
  }
  Under& under = under_way_[&operation];
  under.must = acknowledged_;
  under.few = open_.size() + never_.size() <= kMostOpen;
  if (under.few) {
    under.open = open_;
    under.open.insert(under.open.end(), never_.begin(), never_.end());
  }
  under.begun = begun_.size();
  for (const Earlier& earlier : earlier_) {
    if (under.earlier != nullptr && earlier.at_least <= under.at_least) continue;
    under.earlier = earlier.read;
    under.at_least = earlier.at_least;
  }
}

void Sweep::end(const Operation& operation) {
  if (is_add(operation)) {
    const int64_t delta = operation.argument().integer();
    acknowledged_.add(delta);
    open_.erase(std::find(open_.begin(), open_.end(), &operation));
    for (Earlier& earlier : earlier_) earlier.at_least += operation.invoked > earlier.read->returned ? delta : 0;
    return;
  }
  const auto under = under_way_.find(&operation);
  if (!operation.final()) judge(operation, under->second);
  under_way_.erase(under);
  measure_by(operation);
}

void Sweep::measure_by(const Operation& read) {
  earlier_.push_back({&read, read.result().integer()});
  std::vector<Earlier> kept;
  for (const Earlier& next : earlier_) {
    // What is added to the one before alone, from now on.
    const auto still_to_come = [&] {
      int64_t sum = 0;
      for (const Operation* add : open_) {
        if (add->invoked > kept.back().read->returned && add->invoked < next.read->returned)
          sum += std::max<int64_t>(0, add->argument().integer());
      }
      return sum;
    };
    while (!kept.empty() && kept.back().at_least + still_to_come() <= next.at_least) kept.pop_back();
    if (kept.empty() || kept.back().at_least < next.at_least) kept.push_back(next);
  }
  earlier_ = std::move(kept);
}

void Sweep::judge(const Operation& read, const Under& under) {
  const int64_t value = read.result().integer();
  const CounterInterval interval = interval_of(under.must, attempted_);
  ++judged_.by_interval;
  if (!interval.contains(value) || !reachable(value - under.must.total(), interval, under))
    return report(read, under, interval);
  if (under.earlier == nullptr || attempted_.down != 0) return;
  ++judged_.against_an_earlier_one;
  if (value >= under.at_least) return;
  findings_.add([&] {
    const Operation& earlier = *under.earlier;
    return make_witness(
        "counter went back", {&earlier, &read},
        fmt::format(
            "Let A = {}, B = {}. {}. With all increments that lie wholly between them B must be at least {}, and "
            "there are no decrements, yet it is {}.",
            describe_with_end(earlier), describe_with_end(read), before("A", earlier, "B", read), under.at_least,
            value));
  });
}

// Is `rest`, what the read shows beyond what must count, the sum of some adds that were open while it ran?
bool Sweep::reachable(int64_t rest, const CounterInterval& interval, const Under& under) const {
  const size_t during = begun_.size() - under.begun;
  if (!under.few || under.open.size() + during > kMostOpen || interval.high - interval.low >= kWidest) return true;
  ++judged_.exactly;
  const int64_t lowest = interval.low - under.must.total();  // of all sums: bit 0
  std::bitset<kWidest> sums;
  sums.set(static_cast<size_t>(-lowest));
  const auto take = [&sums, this](const Operation* add) {
    const int64_t delta = add->argument().integer();
    for (int64_t left = counter_.most(*add); left != 0; left -= delta)  // several times where nothing identifies it
      sums |= delta > 0 ? sums << static_cast<size_t>(delta) : sums >> static_cast<size_t>(-delta);
  };
  std::for_each(under.open.begin(), under.open.end(), take);
  std::for_each(begun_.begin() + static_cast<ptrdiff_t>(under.begun), begun_.end(), take);
  return sums.test(static_cast<size_t>(rest - lowest));
}

void Sweep::report(const Operation& read, const Under& under, const CounterInterval& interval) {
  findings_.add([&] {
    const int64_t value = read.result().integer(), must = under.must.total();
    std::vector<const Operation*> few = {&read};
    std::string open;
    size_t more = 0;
    for (auto add = begun_.rbegin(); add != begun_.rend(); ++add) {
      if ((*add)->returned < read.invoked) continue;
      if (few.size() == 4) {
        ++more;
        continue;
      }
      few.push_back(*add);
      open +=
          fmt::format("{}{:+d} (event {})", open.empty() ? "" : ", ", (*add)->argument().integer(), (*add)->invoked);
    }
    if (more > 0) open += fmt::format(" and {} more", more);
    if (value < interval.low) {  // some of what it misses
      for (auto add = begun_.rbegin(); add != begun_.rend() && few.size() < 6; ++add) {
        if ((*add)->returned < read.invoked && (*add)->argument().integer() > 0) few.push_back(*add);
      }
    }
    const bool outside = !interval.contains(value);
    return make_witness(
        value < interval.low    ? "lost increment"
        : value > interval.high ? "increment counted twice"
                                : "impossible sum",
        few,
        fmt::format(
            "Let A = {}. What was acknowledged before A began (event {}) adds up to {}. {} So A must be {} {} and "
            "{}, yet it is {}.",
            describe_with_end(read), read.invoked, must,
            open.empty() ? "Nothing else was under way while A was."
                         : "Under way while A was, and perhaps counted, were " + open + ".",
            outside ? "between" : "the sum of that and of some of these, between", interval.low, interval.high, value));
  });
}

}  // namespace

void check_counter_reads(const CounterHistory& counter, Findings& findings, CounterReadsJudged& judged) {
  Sweep(counter, findings, judged).run();
}

}  // namespace checkers
