#include "harness/run/members.h"

#include <fmt/format.h>

#include <algorithm>

namespace harness {

namespace {
constexpr std::chrono::milliseconds kInterval{100};
constexpr std::chrono::milliseconds kTimeout{1'000};
}  // namespace

Members::Members(Loop& loop, Connector& connector, const System& system, const std::vector<Host>& hosts,
                 const Roster& roster)
    : loop_(loop), connector_(connector), system_(system), hosts_(hosts), roster_(roster) {}

Members::~Members() {
  for (auto& errand : errands_) {
    if (errand->connection) errand->connection->cancel();
  }
}

void Members::see_to(Wanted wanted, const std::string& node, Done done) {
  errands_.push_back(nullptr);
  auto& place = errands_.back();
  place = std::make_unique<Errand>(loop_, [this, &place] { step(*place); });
  place->wanted = wanted;
  place->node = node;
  place->done = std::move(done);
  place->again.arm({});
}

void Members::set_limit() { limit_ = loop_.now() + kLimit; }

void Members::step(Errand& errand) {
  if (loop_.now() >= limit_) {
    return finish(errand, fmt::format("after {} s {} is {}", kLimit.count(), errand.node,
                                      errand.state.empty() ? "not known to the members" : errand.state) +
                              (errand.refusal.empty() ? "" : ": " + errand.refusal));
  }
  errand.again.arm(kInterval);
  for (size_t tried = 0; tried < hosts_.size(); ++tried) {
    const Host& host = hosts_[errand.next++ % hosts_.size()];
    if (!roster_.has(host.name) || host.name == errand.node) continue;
    errand.again.disarm();
    errand.connection = connector_.connect(host, {}, 0);
    errand.connection->send(
        system_.members_request(), kTimeout,
        [this, &errand, by = host.name](const Connection::Outcome& outcome) { told(errand, by, outcome); });
    return;
  }
}

bool Members::most_agree(const Errand& errand) const {
  size_t all = 0, agreed = 0;
  for (const Host& host : hosts_) {
    if (!roster_.has(host.name) || host.name == errand.node) continue;
    ++all;
    agreed += errand.agreed.count(host.name);
  }
  return agreed > all / 2;
}

void Members::told(Errand& errand, const std::string& by, const Connection::Outcome& outcome) {
  errand.again.arm(kInterval);
  if (!outcome.answered) return;
  errand.state = system_.member_state(outcome.reply, errand.node);
  const bool joins = errand.wanted == Wanted::kMember;
  // Who is not known never was one.
  if (errand.state == (joins ? "member" : "left") || (!joins && errand.state.empty())) {
    errand.agreed.insert(by);
    if (most_agree(errand)) return finish(errand, "");
    return errand.again.arm({});  // the next one, at once
  }
  errand.agreed.erase(by);
  const bool half_way = errand.state == "leaving" || errand.state == "joining";
  const bool must_be_told = errand.state == "member" || (errand.wanted == Wanted::kRemoved && half_way);
  if (joins || !must_be_told) return;
  errand.again.disarm();
  errand.connection->send(system_.change_request(errand.wanted == Wanted::kLeft ? "leave" : "remove", errand.node),
                          kTimeout, [this, &errand](const Connection::Outcome& answer) {
                            const bool refused = answer.answered && system_.never(answer.reply);
                            // Who is dead stays dead: it can be removed once another one has joined.
                            if (refused && errand.wanted == Wanted::kRemoved) errand.refusal = answer.reply.text;
                            if (refused && errand.wanted != Wanted::kRemoved) return finish(errand, answer.reply.text);
                            errand.again.arm(kInterval);
                          });
}

void Members::finish(Errand& errand, const std::string& error) {
  const auto place =
      std::find_if(errands_.begin(), errands_.end(), [&](const auto& other) { return other.get() == &errand; });
  const std::shared_ptr<Errand> ended = std::move(*place);
  errands_.erase(place);
  if (ended->connection) ended->connection->cancel();
  ended->done(error);
  loop_.post([ended] {});  // it ends after the call of its timer or connection that this is
}

}  // namespace harness
