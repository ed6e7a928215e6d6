#include "tests/node/soak/counter_clients.h"

namespace node::sim {

Counter::Session& Counter::session() {
  // A session whose last operation is unknown is given up: the next one counts from zero under its own name.
  if (sessions_.empty() || sessions_.back().unresolved) {
    sessions_.push_back({name_ + "." + std::to_string(sessions_.size()), {}, {}, false});
  }
  return sessions_.back();
}

Words Counter::request(Random& random) {
  if (delta_ == 0) {
    Session& now = session();
    delta_ = random.chance(30) ? -1 - static_cast<int64_t>(random.below(5)) : 1 + static_cast<int64_t>(random.below(9));
    now.open = now.sure;
    ++now.open.seq;
    (delta_ > 0 ? now.open.plus : now.open.minus) += static_cast<uint64_t>(delta_ > 0 ? delta_ : -delta_);
  }
  const Session& now = sessions_.back();
  return {"COUNTER.INCR",
          key_,
          std::to_string(delta_),
          "ID",
          now.name,
          std::to_string(now.open.seq),
          std::to_string(now.open.plus),
          std::to_string(now.open.minus)};
}

void Counter::told(const Answer& answer, Random& random) {
  Session& now = sessions_.back();
  if (answer.ok()) {
    now.sure = now.open;
    now.unresolved = false;
  } else if (answer.unknown() || now.unresolved) {
    now.unresolved = true;
    if (random.chance(80)) return;  // again, identically
  }
  // Refused at the first attempt: it is taken out of the totals, and its seq is free.
  delta_ = 0;
}

std::string Counter::json(const Session& session, const Totals& totals) {
  return "{\"id\":\"" + session.name + "\",\"minus\":" + std::to_string(totals.minus) +
         ",\"plus\":" + std::to_string(totals.plus) + ",\"seq\":" + std::to_string(totals.seq) + "}";
}

void Counter::judge(Cluster& t) {
  std::string versions = t.held(t.homes(key_)[0], key_).versions;
  for (const Session& session : sessions_) {
    bool holds_sure = versions.find(json(session, session.sure)) != std::string::npos;
    bool holds_open = versions.find(json(session, session.open)) != std::string::npos;
    bool holds_nothing = versions.find("\"" + session.name + "\"") == std::string::npos;
    bool right = session.sure.seq == 0 ? holds_nothing : holds_sure;
    complaints_.expect(right || (session.unresolved && holds_open),
                       key_ + ": acknowledged " + json(session, session.sure) +
                           (session.unresolved ? ", perhaps " + json(session, session.open) : "") + ", held " +
                           versions);
  }
}

void PlainCounter::told(const Answer& answer, Random&) {
  sure_ += answer.ok() ? 1 : 0;
  unknown_ += answer.unknown() ? 1 : 0;
}

void PlainCounter::judge(Cluster& t) {
  Answer answer = t.count(0, key_, {"R", "3", "MODE", "strict"});
  complaints_.expect(answer.ok(), key_ + " cannot be read");
  complaints_.expect(answer.number >= sure_, key_ + ": acknowledged increments are lost");
  complaints_.expect(answer.number <= sure_ + unknown_,
                     key_ + ": increments count twice, or were refused and happened");
}

}  // namespace node::sim
