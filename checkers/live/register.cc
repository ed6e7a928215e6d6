// Registers with one value, live: regular reads. A write that lies wholly before another acknowledged one, which itself
// was acknowledged before every read that is still to come or under way began, can be shown by no further read: it is
// forgotten, and a read that shows it is as wrong as one that shows what nobody wrote. So a key remembers the writes
// that are open, those of unknown outcome, and the few that a read may still show.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "checkers/explain.h"
#include "checkers/live/live.h"

namespace checkers {
namespace {

// The invocation to come last of the acknowledged writes; and which write that was.
struct Frontier {
  int64_t invoked = -1;
  int64_t returned = -1;
  std::string value;
};

class LiveRegister : public LiveChecker {
 public:
  explicit LiveRegister(const TestInfo& test)
      : LiveChecker("quorum-reads"), replicas_(Terms(test).replicas), read_quorum_(test.read_quorum) {}

  void begin(const Operation& operation) override {
    Key& key = keys_[operation.key()];
    if (operation.f() == "write") {
      key.writes[operation.argument().string()] = {operation.invoked, kNever};
    } else {
      key.open_reads[operation.invocation->process] = key.frontier;
    }
  }

  void end(const Operation& operation) override {
    Key& key = keys_[operation.key()];
    if (operation.f() != "write") {
      if (operation.ok()) judge(operation, key);
      key.open_reads.erase(operation.invocation->process);
      return forget(key);
    }
    const std::string& value = operation.argument().string();
    if (operation.failed()) {
      key.writes.erase(value);
    } else if (operation.ok()) {
      key.writes[value].returned = operation.returned;
      const bool counts = operation.strict && !lost_ && operation.w + read_quorum_ > replicas_;
      if (counts && operation.invoked > key.frontier.invoked)
        key.frontier = {operation.invoked, operation.returned, value};
      forget(key);
    }
  }

  // From now on nothing is judged: what was acknowledged may rightly be gone.
  void disk_lost() override {
    lost_ = true;
    for (auto& [name, key] : keys_) {
      key.frontier = {};
      for (auto& [process, frontier] : key.open_reads) frontier = {};
    }
  }

  size_t remembered() const override {
    size_t all = keys_.size();
    for (const auto& [name, key] : keys_) all += key.writes.size() + key.open_reads.size();
    return all;
  }

 private:
  struct Write {
    int64_t invoked = 0;
    int64_t returned = kNever;
  };
  struct Key {
    std::map<std::string, Write> writes;
    std::map<int64_t, Frontier> open_reads;  // by process: the frontier when it began
    Frontier frontier;
  };

  void judge(const Operation& read, const Key& key);
  void forget(Key& key);

  const int replicas_;
  const int read_quorum_;  // reads that ask for less are not judged
  bool lost_ = false;
  std::unordered_map<std::string, Key> keys_;
};

void LiveRegister::judge(const Operation& read, const Key& key) {
  if (!read.strict || read.r < read_quorum_ || lost_) return;
  count_judged();
  const Frontier& frontier = key.open_reads.at(read.invocation->process);
  const List shown = read.values_read();
  int64_t until = -1;  // when the writes of what it showed were over
  for (const Value& value : shown) {
    const auto found = key.writes.find(value.string());
    if (found == key.writes.end()) {
      return violated([&] {
        return make_witness("stale read", {&read},
                            fmt::format("Let A = {}. Nobody wrote {}, or its write was over before another began that "
                                        "was acknowledged before A began.",
                                        describe_with_end(read), to_json(value)));
      });
    }
    until = std::max(until, found->second.returned);
  }
  if (frontier.invoked <= until) return;
  violated([&] {
    return make_witness(
        "stale read", {&read},
        fmt::format(
            "Let A = {}. \"{}\" was written from event {} to event {}, before A began at event {}; yet {}.",
            describe_with_end(read), frontier.value, frontier.invoked, frontier.returned, read.invoked,
            shown.empty() ? "A showed no value" : fmt::format("what A showed had been written by event {}", until)));
  });
}

void LiveRegister::forget(Key& key) {
  if (lost_) return;
  int64_t certain = key.frontier.invoked;  // for every read to come, and every one under way
  for (const auto& [process, frontier] : key.open_reads) certain = std::min(certain, frontier.invoked);
  std::erase_if(key.writes, [certain](const auto& write) { return write.second.returned < certain; });
}

}  // namespace

std::unique_ptr<LiveChecker> live_register(const TestInfo& test) {
  const Terms terms(test);
  const bool judged = test.workload == "register" && !terms.contexts && terms.strict &&
                      terms.quorum_reads.status == Promise::Status::kPromised;
  return judged ? std::make_unique<LiveRegister>(test) : nullptr;
}

}  // namespace checkers
