// Words for people: how operations, times and shares are named in summaries and witnesses, the same in all checkers.
#pragma once

#include <string>
#include <vector>

#include "checkers/operations.h"
#include "checkers/verdict.h"

namespace checkers {

std::string seconds(Nanos time);   // "1.304 s", since the start of the run
std::string duration(Nanos time);  // "12.5 ms": three digits and a fitting unit
std::string percent(int64_t part, int64_t whole);
std::string count(int64_t n, std::string_view noun);  // "1 read", "2 reads"
// "2 of 340 additions that had to be there at the end are lost".
std::string lost_of(int64_t lost, int64_t all, std::string_view noun);
std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");
// So many elements a list of the details names; the history has the rest.
inline constexpr size_t kListed = 100;
// At most 200 characters of it; the history has the rest.
std::string excerpt(std::string text);

// `process 3's add of {"item":"milk",…} to "cart:17" (events 12 and 15, 1.204 s to 1.310 s)`.
std::string describe(const Operation& operation);
// The same, and what is known of its end: `…, acknowledged by n1, n2`, `…, which returned [..]`, `…, outcome unknown`.
std::string describe_with_end(const Operation& operation);
// `A returned at event 15 and B began at event 20`: why one operation happened before another.
std::string before(std::string_view a, const Operation& first, std::string_view b, const Operation& second);

Witness make_witness(std::string anomaly, const std::vector<const Operation*>& operations, std::string explanation);

// Violations: all are counted, the first few are kept with their witness.
class Findings {
 public:
  template <typename MakeWitness>
  void add(MakeWitness make_witness) {
    ++count_;
    if (witnesses_.size() < kKept) witnesses_.push_back(make_witness());
  }
  int64_t count() const { return count_; }
  // Adds everything to the result and makes it invalid, if there is anything.
  void move_into(Result& result);

 private:
  static constexpr size_t kKept = 5;
  int64_t count_ = 0;
  std::vector<Witness> witnesses_;
};

// The smallest of the samples, which are sorted and not none, that at least so many of a thousand do not exceed.
int64_t quantile(const std::vector<int64_t>& sorted, size_t of_a_thousand);

// Exact quantiles of samples, which are reordered: {"p50", "p95", "p99", "max"}; null without samples.
Value quantiles(std::vector<int64_t>& samples);

}  // namespace checkers
