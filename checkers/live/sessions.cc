// Sessions of registers with one value, live: read your writes and monotonic reads. Of a key it remembers the last
// writes, and what each session that goes on knows of it; keys that nobody uses any more are forgotten. A read of a
// forgotten write is left to the end of the run.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "checkers/explain.h"
#include "checkers/live/live.h"
#include "checkers/live/recent.h"

namespace checkers {
namespace {

constexpr size_t kReplaced = 256;  // values that a session remembers of a key

class LiveSessions : public LiveChecker {
 public:
  LiveSessions() : LiveChecker("sessions") {}

  void begin(const Operation& operation) override {
    Key& key = use(operation.key());
    if (operation.f() != "write") return;
    key.writes.add({operation.argument().string(), operation.invoked, kNever});
  }

  void end(const Operation& operation) override {
    Key& key = use(operation.key());
    const int64_t process = operation.invocation->process;
    if (operation.f() == "write") {
      Write* write = key.writes.find(operation.argument().string());
      if (operation.ok()) {
        if (write != nullptr) write->happened = std::min(write->happened, operation.returned);
        key.sessions[process].own = operation.invoked;
      }
    } else if (operation.ok()) {
      judge(operation, key, key.sessions[process]);
    }
    // Its number is not used again.
    if (operation.outcome == Outcome::kInfo) {
      keys_.each([process](Key& other) { other.sessions.erase(process); });
    }
  }

  size_t remembered() const override {
    size_t all = keys_.size();
    keys_.each([&](const Key& key) {
      all += key.writes.size();
      for (const auto& [process, session] : key.sessions) all += 1 + session.replaced.size();
    });
    return all;
  }

 private:
  struct Write {
    std::string value;
    int64_t invoked = 0;
    int64_t happened = kNever;
  };
  struct Session {
    int64_t own = -1;                  // when its last own write began
    int64_t read = -1;                 // and the youngest write that it read
    std::string last;                  // value that it read
    std::deque<std::string> replaced;  // values that it read before another one
  };
  struct Key {
    RecentWrites<Write> writes;
    std::map<int64_t, Session> sessions;
  };

  Key& use(const std::string& name) {
    return keys_.use(name, [](const std::string&) {}).first;
  }

  void judge(const Operation& read, Key& key, Session& session);

  RecentKeys<Key> keys_;
};

void LiveSessions::judge(const Operation& read, Key& key, Session& session) {
  const Value& result = read.result();
  const Value* shown = &result;
  if (result.is_list()) {
    if (result.list().size() > 1) return;
    static const Value kNothing;
    shown = result.list().empty() ? &kNothing : &result.list()[0];
  }
  const bool initial = shown->is_null();
  Write* write = initial ? nullptr : key.writes.find(shown->string());
  if (!initial && write == nullptr) return;
  if (write != nullptr) write->happened = std::max(std::min(write->happened, read.returned), write->invoked);
  const int64_t happened = initial ? -1 : write->happened;
  count_judged();
  const std::string value = initial ? "no value" : "\"" + shown->string() + "\"";
  const auto too_old = [&](const char* anomaly, const char* what, int64_t since) {
    violated([&] {
      return make_witness(anomaly, {&read},
                          fmt::format("Let A = {}. Its process had {} a write of the key that began at event {}; yet A "
                                      "showed {}{}.",
                                      describe_with_end(read), what, since, value,
                                      initial ? "" : fmt::format(", which had happened by event {}", happened)));
    });
  };
  if (happened < session.own) too_old("read your writes", "done", session.own);
  if (happened < session.read) too_old("monotonic reads", "read", session.read);
  if (initial) return;
  auto& replaced = session.replaced;
  if (std::find(replaced.begin(), replaced.end(), shown->string()) != replaced.end() &&
      session.last != shown->string()) {
    violated([&] {
      return make_witness("monotonic reads", {&read},
                          fmt::format("Let A = {}. Its process had read {} before, then \"{}\", and now {} again.",
                                      describe_with_end(read), value, session.last, value));
    });
  }
  if (!session.last.empty() && session.last != shown->string()) {
    replaced.push_back(session.last);
    if (replaced.size() > kReplaced) replaced.pop_front();
  }
  session.read = std::max(session.read, write->invoked);
  session.last = shown->string();
}

}  // namespace

std::unique_ptr<LiveChecker> live_sessions(const TestInfo& test) {
  const Terms terms(test);
  const bool judged =
      test.workload == "register" && !terms.contexts && terms.sessions.status == Promise::Status::kPromised;
  return judged ? std::make_unique<LiveSessions>() : nullptr;
}

}  // namespace checkers
