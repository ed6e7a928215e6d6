#include "harness/run/replicas.h"

#include <algorithm>

#include "harness/systems/segregated_cart.h"

namespace harness {

namespace {

// Between two attempts to reach a node that is starting: short, for it is part of the time until the first operation,
// but no more than a small part of the wait so far.
constexpr std::chrono::milliseconds kPingInterval{3};
constexpr int kPartOfWait = 20;
constexpr std::chrono::milliseconds kPingTimeout{1'000};

}  // namespace

struct Replicas::Look {
  Look(Replicas& replicas, Connector& connector, const Host& host)
      : name(host.name),
        client(connector.connect(host, {}, 0)),
        again(replicas.loop_, [this, &replicas] { replicas.ping(*this); }) {}

  const std::string name;
  std::unique_ptr<Connection> client;
  Timer again;
  bool done = false;
  uint64_t epoch = 0;  // of its table of members
  checkers::Dump dump;
};

Replicas::Replicas(Loop& loop, Connector& connector, const System& system, const std::vector<Host>& hosts,
                   const Roster& roster, bool segregated_carts)
    : loop_(loop), system_(system), roster_(roster), segregated_carts_(segregated_carts) {
  for (const Host& host : hosts) looks_.push_back(std::make_unique<Look>(*this, connector, host));
}

Replicas::~Replicas() {
  for (auto& look : looks_) look->client->cancel();
}

bool Replicas::all_done() const {
  return std::all_of(looks_.begin(), looks_.end(), [](const auto& look) { return look->done; });
}

std::vector<std::string> Replicas::wait_for(Need need, SteadyClock::time_point calm_since,
                                            SteadyClock::time_point deadline, const std::function<bool()>& stop) {
  need_ = need;
  calm_since_ = calm_since;
  began_ = loop_.now();
  for (auto& look : looks_) {
    look->client->cancel();  // a connection from before a restart is of no use
    look->done = !roster_.has(look->name);
    look->epoch = 0;
    if (!look->done) ping(*look);
  }
  loop_.run_until([&] { return all_done() || stop(); }, deadline);
  std::vector<std::string> silent;
  for (auto& look : looks_) {
    look->again.disarm();
    if (look->done) continue;
    look->client->cancel();
    silent.push_back(look->name);
  }
  return silent;
}

void Replicas::ping(Look& look) {
  const Request request = need_ == Need::kReady ? system_.ready_request() : Request{"PING"};
  const auto calm = std::chrono::floor<std::chrono::milliseconds>(loop_.now() - calm_since_);
  look.client->send(request, kPingTimeout, [this, calm, &look](const Connection::Outcome& outcome) {
    // Redis answers -LOADING while it reads its files.
    const bool fine = outcome.answered && outcome.reply.kind != Reply::Kind::kError;
    if (!fine || (need_ == Need::kReady && !system_.is_ready(outcome.reply, calm))) return ping_again(look);
    if (need_ == Need::kReady && !system_.members_request().empty()) return ask_for_epoch(look);
    look.done = true;
  });
}

void Replicas::ping_again(Look& look) {
  const std::chrono::nanoseconds waited = loop_.now() - began_;
  look.again.arm(std::max<std::chrono::nanoseconds>(kPingInterval, waited / kPartOfWait));
}

// A node that has not heard of the newest members would ask those of before.
void Replicas::ask_for_epoch(Look& look) {
  look.client->send(system_.members_request(), kPingTimeout, [this, &look](const Connection::Outcome& outcome) {
    if (!outcome.answered) return ping_again(look);
    look.epoch = system_.members_epoch(outcome.reply);
    look.done = true;
    uint64_t newest = 0;
    for (const auto& other : looks_) newest = std::max(newest, other->epoch);
    for (const auto& other : looks_) {
      if (!roster_.has(other->name) || !other->done || other->epoch == newest) continue;
      other->done = false;
      ping_again(*other);
    }
  });
}

std::vector<checkers::Dump> Replicas::dump(const std::string& stage, const std::function<bool()>& stop) {
  reader_.begin();
  for (auto& look : looks_) {
    look->done = !roster_.has(look->name);
    look->dump = checkers::Dump{};
    look->dump.node = look->name;
    look->dump.stage = stage;
    if (!look->done) next_page(*look, "0");
  }
  bool complete = loop_.run_until([&] { return all_done() || stop(); }) && all_done();
  std::vector<checkers::Dump> dumps;
  for (auto& look : looks_) {
    if (!look->done) look->client->cancel();
    if (complete && roster_.has(look->name)) dumps.push_back(std::move(look->dump));
  }
  return dumps;
}

void Replicas::next_page(Look& look, const std::string& cursor) {
  look.client->send(system_.dump_request(cursor), kPageTimeout, [this, &look](const Connection::Outcome& outcome) {
    if (!outcome.answered) {
      look.dump.error = outcome.why;
      look.done = true;
      return;
    }
    auto next = system_.read_dump_page(outcome.reply, reader_, look.dump);
    if (!next) {
      look.dump.error = next.error();
      look.done = true;
    } else if (*next == "0") {
      if (segregated_carts_) gather_carts(look.dump);
      look.done = true;
    } else {
      next_page(look, *next);
    }
  });
}

}  // namespace harness
