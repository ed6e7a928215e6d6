#include "node/reconfiguration/membership.h"

#include <algorithm>

#include "node/base/error.h"
#include "node/ring/rebalance.h"
#include "node/wire/command.h"
#include "node/wire/resp.h"

namespace node {

namespace {

constexpr Duration kCommandPatience = std::chrono::seconds(10);
constexpr Duration kJoinPatience = std::chrono::seconds(3);  // a node that wants to join says so again and again
constexpr Duration kJoinInterval = std::chrono::milliseconds(500);
constexpr Duration kSpeakInterval = std::chrono::milliseconds(20);
constexpr int64_t kRangesAtOnce = 16;  // that a rebalancing moves unless told otherwise

constexpr const char* kUsage =
    "ADMIN JOIN name ip:port [REPLACE name], ADMIN LEAVE [name], ADMIN REMOVE name, ADMIN REBALANCE [ranges], "
    "ADMIN STATUS";

std::string refusal_reply(Error::Kind kind, std::string text) {
  std::string resp;
  resp::error(resp, to_line(Error{kind, std::move(text)}));
  return resp;
}

}  // namespace

// ---- Spreading tables

void Membership::begin_epoch(Turn& turn) {
  agreement.begin_epoch();
  done_.clear();
  refresh_links(turn);
  for (const Member& member : replica_.table().members) {
    const NodeIndex node = replica_.nodes().index(member.name);
    if (member.state == Member::State::kJoining && node != replica_.self()) tell_table(turn, node);
  }
  look_after_wishes(turn);
}

void Membership::on_heartbeat(Turn& turn, NodeIndex from, const Heartbeat& heartbeat, bool same_epoch) {
  if (same_epoch) done_[from] = heartbeat.done;
  electorate.on_heartbeat(turn, from, heartbeat);
}

void Membership::on_table(Turn& turn, const RoutingTable& table) { replica_.adopt(turn, table); }

bool Membership::may_speak_to(NodeIndex peer, Instant now) {
  auto [it, first] = spoken_.try_emplace(peer, now);
  if (!first && now - it->second < kSpeakInterval) return false;
  it->second = now;
  return true;
}

void Membership::tell_table(Turn& turn, NodeIndex to) {
  if (replica_.table().epoch == 0 || !may_speak_to(to, turn.now)) return;
  refresh_links(turn);  // it may be one that has left, and does not know it
  replica_.send(turn, to, {}, NewTable{replica_.table()});
}

// To all members; to those that have left as long as they are heard, so that they can be told; to the contacts of a
// node that joins.
void Membership::refresh_links(Turn& turn) {
  std::vector<std::pair<std::string, std::string>> links;
  for (const Member& member : replica_.table().members) {
    const NodeIndex node = replica_.nodes().index(member.name);
    if (node == replica_.self() || member.address.empty()) continue;
    const bool wanted = replica_.member() && (member.before() || member.after());
    if (wanted || replica_.liveness.hears(node, turn.now)) links.emplace_back(member.name, member.address);
  }
  if (replica_.table().epoch == 0) {
    for (const std::string& contact : replica_.options().join) links.emplace_back(contact, contact);
  }
  if (links_ == links) return;
  links_ = links;
  turn.effects.push_back(Links{std::move(links)});
}

// ---- Changes

bool Membership::done(Instant now) const {
  if (!transfer_.done(now)) return false;
  return !replica_.leaving() || (replica_.hints.empty() && strays_.slots() == 0);
}

// Have all who take part said that they are done?
bool Membership::may_finish(Instant now) const {
  const auto is_done = [&](NodeIndex node) {
    if (node == replica_.self()) return done(now);
    auto it = done_.find(node);
    return it != done_.end() && it->second;
  };
  for (const Member& member : replica_.table().members) {
    const NodeIndex node = replica_.nodes().index(member.name);
    const bool takes_part = transfer_.gaining().count(node) > 0 || member.state == Member::State::kLeaving;
    if (takes_part && !is_done(node)) return false;
  }
  return true;
}

void Membership::tick(Turn& turn) {
  refresh_links(turn);
  if (replica_.table().epoch == 0) {
    if (turn.now - asked_to_join_ < kJoinInterval && asked_to_join_.count() > 0) return;
    asked_to_join_ = turn.now;
    const Options& options = replica_.options();
    // The next one each time: any may be down, or have left since.
    replica_.send(turn, replica_.contacts()[next_contact_++ % replica_.contacts().size()], {},
                  Join{options.name, options.address, options.replaces, electorate.disk()});
    return;
  }
  agreement.tick(turn);
  if (!replica_.member()) return;
  look_after_votes(turn);
  look_after_wishes(turn);
  if (!replica_.table().in_transition() || agreement.proposing()) return;
  // One of those that can is enough: the first member that is up.
  const std::vector<Member>& members = replica_.table().members;
  const auto first = std::find_if(members.begin(), members.end(), [&](const Member& member) {
    return member.before() && replica_.up(replica_.nodes().index(member.name), turn.now);
  });
  const bool ours = first != members.end() && first->name == replica_.name(replica_.self());
  if (ours && may_finish(turn.now)) agreement.propose(turn, finished(replica_.table()));
}

void Membership::on_join(Turn& turn, const Join& wish) {
  if (replica_.table().epoch == 0 || !replica_.member()) return;
  Change change{Change::Kind::kJoin, wish.name, wish.address, wish.replaces};
  change.disk = wish.disk;
  auto known = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& w) { return w.change == change; });
  if (known == wishes_.end()) known = wishes_.insert(known, Wish{std::move(change), std::nullopt, {}});
  known->until = std::max(known->until, turn.now + kJoinPatience);
  look_after_wishes(turn);
}

void Membership::reply(Turn& turn, const Wish& wish, std::string resp) const {
  if (wish.asker) turn.effects.push_back(Reply{wish.asker->first, wish.asker->second, std::move(resp)});
}

// Its own: it asks for one if it has none. And those of the dead, which a new cluster does not wait for.
void Membership::look_after_votes(Turn& turn) {
  Change renewal;
  renewal.kind = Change::Kind::kRenew;
  renewal.name = replica_.name(replica_.self());
  renewal.disk = electorate.disk();
  const auto asked = [&](const Wish& wish) { return wish.change == renewal; };
  if (electorate.must_be_named() && std::none_of(wishes_.begin(), wishes_.end(), asked)) {
    wishes_.push_back({std::move(renewal), std::nullopt, turn.now + kCommandPatience});
  }
  std::vector<std::string> dead;
  for (const Wish& wish : wishes_) {
    if (wish.change.kind == Change::Kind::kRemove) dead.push_back(wish.change.name);
    if (!wish.change.replaces.empty()) dead.push_back(wish.change.replaces);
  }
  electorate.give_up(turn, std::move(dead));
}

// Each wish is fulfilled, impossible, out of time, or proposed in its turn.
void Membership::look_after_wishes(Turn& turn) {
  for (auto wish = wishes_.begin(); wish != wishes_.end();) {
    Step step = next_step(replica_.table(), wish->change);
    if (step.kind == Step::Kind::kChange && !agreement.proposing()) agreement.propose(turn, assigned(step));
    const bool hurries = replica_.options().bug == Bug::kJoinLosesRange && wish->change.kind == Change::Kind::kJoin;
    if (step.kind == Step::Kind::kWait && hurries && !agreement.proposing()) {
      agreement.propose(turn, finished(replica_.table()));
    }
    std::string resp;
    if (step.kind == Step::Kind::kDone) {
      resp::status(resp, "OK");
      // A member that asks again has lost its disk, or has not heard: it must be told.
      const NodeIndex node = replica_.nodes().index(wish->change.name);
      if (!wish->asker && node != Directory::kNobody) tell_table(turn, node);
    } else if (step.kind == Step::Kind::kRefused) {
      if (!wish->asker) refused_ = wish->change.name + ": " + step.text;
      resp = refusal_reply(Error::Kind::kBadRequest, step.text);
    } else if (turn.now >= wish->until) {
      const std::string under_way = describe_change(replica_.table());
      resp = refusal_reply(Error::Kind::kTimeout,
                           "it may still come to pass that " + describe(wish->change) + "; " +
                               (under_way.empty() ? "no majority of the members has agreed" : "now " + under_way));
    }
    if (resp.empty()) {
      ++wish;
    } else {
      reply(turn, *wish, std::move(resp));
      wish = wishes_.erase(wish);
    }
  }
}

void Membership::command(Turn& turn, ClientId client, uint64_t ticket, const Words& words) {
  const auto answer = [&](std::string resp) { turn.effects.push_back(Reply{client, ticket, std::move(resp)}); };
  const std::string what = words.size() > 1 ? to_upper(words[1]) : "";
  const size_t count = words.size();
  Change change;
  if (what == "STATUS" && count == 2) {
    return answer(status(turn.now));
  } else if (what == "JOIN" && (count == 4 || (count == 6 && to_upper(words[4]) == "REPLACE"))) {
    if (const auto good = good_name(words[2]); !good) {
      return answer(refusal_reply(Error::Kind::kBadRequest, good.error()));
    }
    if (words[3].find(':') == std::string::npos) {
      return answer(refusal_reply(Error::Kind::kBadRequest, "'" + words[3] + "' is not ip:port"));
    }
    change = {Change::Kind::kJoin, words[2], words[3], count == 6 ? words[5] : ""};
  } else if (what == "LEAVE" && count <= 3) {
    change = {Change::Kind::kLeave, count == 3 ? words[2] : replica_.name(replica_.self()), "", ""};
  } else if (what == "REMOVE" && count == 3) {
    change = {Change::Kind::kRemove, words[2], "", ""};
    const NodeIndex node = replica_.nodes().index(words[2]);
    const Member* member = replica_.table().find(words[2]);
    if (member != nullptr && member->before() && member->after() && replica_.up(node, turn.now)) {
      return answer(refusal_reply(Error::Kind::kBadRequest,
                                  words[2] + " is up: ADMIN LEAVE " + words[2] + " lets it hand its data over first"));
    }
  } else if (what == "REBALANCE" && count <= 3) {
    const std::optional<int64_t> most = count == 3 ? parse_integer(words[2]) : kRangesAtOnce;
    if (!most || *most < 1 || *most > kSlots) {
      return answer(
          refusal_reply(Error::Kind::kBadRequest, "ADMIN REBALANCE moves 1 to " + std::to_string(kSlots) + " ranges"));
    }
    change.kind = Change::Kind::kMove;
    change.points = rebalanced(replica_.table(), busy(), static_cast<size_t>(*most));
    change.epoch = replica_.table().epoch;
  } else {
    return answer(refusal_reply(Error::Kind::kBadRequest, kUsage));
  }
  if (!replica_.member()) {
    return answer(refusal_reply(Error::Kind::kUnavailable, "this node is no member of a cluster"));
  }
  wishes_.push_back({std::move(change), std::pair(client, ticket), turn.now + kCommandPatience});
  look_after_wishes(turn);
}

// Requests a second that each member deals with, as gossip tells it.
std::vector<uint64_t> Membership::busy() const {
  std::vector<uint64_t> busy;
  for (const Member& member : replica_.table().members) {
    const Profile* profile = replica_.profiles.of(member.name);
    busy.push_back(profile == nullptr ? 0 : profile->load.ops + profile->load.served);
  }
  return busy;
}

std::string Membership::status(Instant now) const {
  const RoutingTable& table = replica_.table();
  std::vector<std::string> fields = {"epoch", std::to_string(table.epoch), "change", describe_change(table)};
  std::string waiting, members;
  for (const Wish& wish : wishes_) {
    if (next_step(table, wish.change).kind != Step::Kind::kWait) continue;
    waiting += (waiting.empty() ? "" : ", ") + describe(wish.change);
  }
  for (const Member& member : table.members) {
    static constexpr const char* kNames[] = {"member", "joining", "leaving", "lost", "left"};
    members += (members.empty() ? "" : ",") + member.name + "=" + kNames[static_cast<size_t>(member.state)];
  }
  fields.insert(fields.end(),
                {"members", members, "waiting", waiting, "refused", refused_, "done", done(now) ? "yes" : "no", "votes",
                 electorate.votes() ? "yes" : "no", "slots-to-fetch", std::to_string(transfer_.slots_left()),
                 "slots-to-drop", std::to_string(strays_.slots())});
  std::string resp;
  resp::words(resp, fields);
  return resp;
}

}  // namespace node
