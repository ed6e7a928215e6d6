#include "node/reconfiguration/agreement.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

namespace {

constexpr Duration kRound = std::chrono::milliseconds(300);

}  // namespace

bool Agreement::load(const std::string& bytes) {
  Reader r(bytes);
  vote_.epoch = r.u64();
  vote_.promised = Ballot::decode(r);
  vote_.accepted = Ballot::decode(r);
  vote_.table = RoutingTable::decode(r);
  return r.done();
}

Agreement::Vote& Agreement::vote() {
  const uint64_t next = replica_.table().epoch + 1;
  if (vote_.epoch < next) vote_ = Vote{next, {}, {}, {}};
  return vote_;
}

// Writes the vote down, and only then tells.
void Agreement::remember(Turn& turn, NodeIndex then_tell, Body body) {
  std::string bytes;
  Writer w(bytes);
  w.u64(vote_.epoch);
  vote_.promised.encode(w);
  vote_.accepted.encode(w);
  vote_.table.encode(w);
  const uint64_t number = replica_.journal.write(turn, replica_.timers, Table::kState, kStateKey, std::move(bytes));
  replica_.journal.when(number, Tell{then_tell, std::make_unique<Body>(std::move(body))});
}

// ---- Voting

void Agreement::on_prepare(Turn& turn, NodeIndex from, const Prepare& message) {
  if (!electorate_.votes()) return;
  Vote& mine = vote();
  if (message.ballot < mine.promised) {
    replica_.send(turn, from, {}, Promise{message.ballot, mine.promised, {}, {}});
    return;
  }
  mine.promised = message.ballot;
  remember(turn, from, Promise{message.ballot, mine.promised, mine.accepted, mine.table});
}

void Agreement::on_accept(Turn& turn, NodeIndex from, const Accept& message) {
  if (!electorate_.votes()) return;
  Vote& mine = vote();
  if (message.ballot < mine.promised || message.table.epoch != mine.epoch) {
    replica_.send(turn, from, {}, Accepted{message.ballot, mine.promised});
    return;
  }
  mine.promised = mine.accepted = message.ballot;
  mine.table = message.table;
  remember(turn, from, Accepted{message.ballot, message.ballot});
}

// ---- Proposing

std::vector<NodeIndex> Agreement::voters() const {
  std::vector<NodeIndex> voters;
  for (const Member& member : replica_.table().members) {
    if (member.before()) voters.push_back(replica_.nodes().index(member.name));
  }
  return voters;
}

bool Agreement::majority(const std::map<NodeIndex, bool>& of) const { return of.size() > voters().size() / 2; }

void Agreement::tell_voters(Turn& turn, const Body& body) {
  for (NodeIndex voter : voters()) replica_.send(turn, voter, {}, body);
}

void Agreement::propose(Turn& turn, RoutingTable table) {
  if (goal_) return;
  goal_ = std::move(table);
  outbid_ = 0;
  begin_round(turn);
}

void Agreement::begin_round(Turn& turn) {
  ballot_ = {++highest_round_, replica_.life()};
  learnt_ = {};
  value_ = *goal_;
  promised_.clear();
  accepted_.clear();
  // Two proposers that stand in each other's way must not do so for ever: each waits a time of its own, and longer each
  // time that it was outbid.
  const uint64_t longest = static_cast<uint64_t>(kRound.count()) << std::min(outbid_, 3u);
  const uint64_t drawn = hash64(replica_.life().to_string(), ballot_.round) % longest;
  retry_at_ = turn.now + kRound + Duration(static_cast<int64_t>(drawn));
  tell_voters(turn, Prepare{ballot_});
}

void Agreement::tick(Turn& turn) {
  if (goal_ && turn.now >= retry_at_) begin_round(turn);
}

void Agreement::on_promise(Turn& turn, NodeIndex from, const Promise& message) {
  if (!goal_ || message.ballot != ballot_ || majority(promised_)) return;
  if (message.promised != ballot_) return lost(message.promised);
  const std::vector<NodeIndex> all = voters();
  if (std::find(all.begin(), all.end(), from) == all.end()) return;
  promised_[from] = true;
  if (message.accepted > learnt_) {
    learnt_ = message.accepted;
    value_ = message.table;
  }
  if (majority(promised_)) tell_voters(turn, Accept{ballot_, value_});
}

void Agreement::on_accepted(Turn& turn, NodeIndex from, const Accepted& message) {
  if (!goal_ || message.ballot != ballot_) return;
  if (message.promised != ballot_) return lost(message.promised);
  const std::vector<NodeIndex> all = voters();
  if (std::find(all.begin(), all.end(), from) == all.end()) return;
  accepted_[from] = true;
  if (!majority(accepted_)) return;
  goal_.reset();
  for (NodeIndex other : replica_.others()) replica_.send(turn, other, {}, NewTable{value_});
  replica_.adopt(turn, value_);
}

}  // namespace node
