// Histories told step by step: processes invoke and complete, the index and the clock advance by themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkers/verdict.h"

namespace checkers {

class Scenario {
 public:
  explicit Scenario(std::string workload, std::string mode = "sloppy");

  Scenario& invoke(int64_t process, std::string f, std::string key, Value value = {}, Value fields = {});
  // The value of the invocation stands unless another is given.
  Scenario& ok(int64_t process, Value value = {}, const Value& fields = {});
  Scenario& fail(int64_t process);
  Scenario& info(int64_t process, const Value& fields = {});
  // By what was drawn: 0 a fail; 1 an info, after which the process goes on as `fresh`, the next number; else neither.
  bool ends_badly(int64_t& process, uint32_t drawn, int64_t& fresh);
  Scenario& fault(std::string f, Value value, bool done = false);
  Scenario& phase(std::string name);
  Scenario& wait(Nanos time);

  // An invocation and its completion in one.
  Scenario& add(int64_t process, std::string key, std::string item, int64_t quantity, std::string tag);
  Scenario& read(int64_t process, std::string key, Value result);
  Scenario& final_read(int64_t process, std::string key, std::string node, Value result);
  Scenario& dump(std::string node, std::string stage, std::vector<Record> records, std::vector<Record> hints = {});

  bool is_open(int64_t process) const { return open_.count(process) > 0; }
  const Event& open(int64_t process) const { return history.events[open_.at(process)]; }

  History history;

 private:
  Scenario& complete(int64_t process, EventType type, Value value, const Value& fields);
  void append(Event event);

  Nanos now_{0};
  std::map<int64_t, size_t> open_;
};

// `{"milk", {{"s1:1", 2}}}` as a read of a cart shows it.
struct Line {
  std::string item;
  std::vector<std::pair<std::string, int64_t>> tags;
};
Value cart(const std::vector<Line>& lines);

Value addition(std::string item, int64_t quantity, std::string tag);
Value texts(const std::vector<std::string>& words);
Value register_version(std::string value);

const Result& result_of(const Judgement& judgement, std::string_view checker);
// Runs one checker alone.
Result check(const History& history, const std::string& checker);

// A source of choices, drawn by RapidCheck: shrinking them shortens and simplifies the history that they drive.
class Choices {
 public:
  explicit Choices(std::vector<uint32_t> draws) : draws_(std::move(draws)) {}
  bool more() const { return next_ < draws_.size(); }
  uint32_t below(uint32_t n) { return next_ < draws_.size() ? draws_[next_++] % n : 0; }
  bool one_in(uint32_t n) { return below(n) == n - 1; }

 private:
  std::vector<uint32_t> draws_;
  size_t next_ = 0;
};

// A history of somebody else's: it names no workload of ours.
inline Scenario elsewhere() { return Scenario(""); }

}  // namespace checkers
