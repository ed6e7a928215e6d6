// Sees to it that members come and go: asks the nodes, one after another, what a node is by now, tells them what is
// wanted, and asks again, until most of them say that it is so: one of them may have lost its disk, or be behind.
// Faults (faults.h) decide who and when.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/run/loop.h"
#include "harness/run/roster.h"
#include "harness/systems/connection.h"

namespace harness {

class Members {
 public:
  enum class Wanted { kMember, kLeft, kRemoved };
  // The error is empty, or says what the node still was when time was up.
  using Done = std::function<void(const std::string& error)>;

  Members(Loop& loop, Connector& connector, const System& system, const std::vector<Host>& hosts, const Roster& roster);
  ~Members();

  void see_to(Wanted wanted, const std::string& node, Done done);
  // All faults are healed: nothing should take longer than kLimit any more.
  void set_limit();

  static constexpr std::chrono::seconds kLimit{30};

 private:
  struct Errand {
    Errand(Loop& loop, Loop::Call step) : again(loop, std::move(step)) {}
    Wanted wanted = Wanted::kMember;
    std::string node;
    Done done;
    size_t next = 0;               // host to ask
    std::set<std::string> agreed;  // nodes whose last answer was that it is as wanted
    std::string state;             // that was last heard
    std::string refusal;           // of its removal
    std::unique_ptr<Connection> connection;
    Timer again;
  };
  void step(Errand& errand);
  void told(Errand& errand, const std::string& by, const Connection::Outcome& outcome);
  bool most_agree(const Errand& errand) const;
  void finish(Errand& errand, const std::string& error);

  Loop& loop_;
  Connector& connector_;
  const System& system_;
  const std::vector<Host>& hosts_;
  const Roster& roster_;
  std::list<std::unique_ptr<Errand>> errands_;
  SteadyClock::time_point limit_ = SteadyClock::time_point::max();
};

}  // namespace harness
