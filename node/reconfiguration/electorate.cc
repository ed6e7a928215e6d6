#include "node/reconfiguration/electorate.h"

#include <algorithm>
#include <utility>

#include "node/base/contains.h"

namespace node {

bool Electorate::load_disk(const std::string& bytes) {
  Reader r(bytes);
  disk_ = Actor::decode(r);
  return r.done();
}

bool Electorate::load_founder(const std::string& bytes) {
  Reader r(bytes);
  founder_ = true;
  for (size_t left = r.count(); left > 0 && r.ok(); --left) {
    std::string name(r.string());
    loaded_[std::move(name)] = Actor::decode(r);
  }
  return r.done();
}

void Electorate::begin(Turn& turn) {
  if (disk_.is_null()) {
    disk_ = replica_.life();
    std::string bytes;
    Writer w(bytes);
    disk_.encode(w);
    replica_.journal.write(turn, replica_.timers, Table::kState, kDiskKey, std::move(bytes));
  }
  others_.resize(replica_.nodes().size());
  for (const auto& [name, disk] : loaded_) {
    const NodeIndex node = replica_.nodes().index(name);
    if (node != Directory::kNobody) others_[node].disk = disk;
  }
  loaded_.clear();
  found(turn);
}

bool Electorate::votes() const {
  const Member* me = replica_.table().find(replica_.name(replica_.self()));
  return me != nullptr && (me->disk.is_null() ? founder_ : me->disk == disk_);
}

bool Electorate::must_be_named() const {
  if (!replica_.member() || votes()) return false;
  return replica_.table().epoch > 1 ||
         std::any_of(others_.begin(), others_.end(), [](const Other& other) { return other.votes_without; });
}

// Makes this node a founder if it is one.
void Electorate::found(Turn& turn) {
  if (founder_ || replica_.table().epoch != 1) return;
  if (met_us_ < replica_.others().size() && given_up_.empty()) return;
  for (const NodeIndex node : replica_.others()) {
    const bool dead = std::any_of(given_up_.begin(), given_up_.end(),
                                  [&](const auto& by) { return contains(by.second, replica_.name(node)); });
    if (!dead && !(node < others_.size() && others_[node].met_us)) return;
  }
  founder_ = true;
  std::string bytes;
  Writer w(bytes);
  w.u64(replica_.others().size());
  for (const NodeIndex node : replica_.others()) {
    w.string(replica_.name(node));
    (node < others_.size() ? others_[node].disk : Actor()).encode(w);
  }
  replica_.journal.write(turn, replica_.timers, Table::kState, kFounderKey, std::move(bytes));
}

void Electorate::give_up(Turn& turn, std::vector<std::string> names) {
  if (names.empty()) {
    given_up_.erase(replica_.self());
  } else {
    given_up_[replica_.self()] = std::move(names);
    found(turn);
  }
}

void Electorate::on_heartbeat(Turn& turn, NodeIndex from, const Heartbeat& heartbeat) {
  if (replica_.table().epoch != 1) return;
  if (heartbeat.given_up.empty()) {
    given_up_.erase(from);
  } else {
    given_up_[from] = heartbeat.given_up;
  }
  if (others_.size() <= from) others_.resize(replica_.nodes().size());
  Other& other = others_[from];
  if (!founder_) other.disk = heartbeat.disk;
  if (heartbeat.met == disk_ && !std::exchange(other.met_us, true)) ++met_us_;
  other.votes_without = heartbeat.votes && heartbeat.met != disk_;
  found(turn);
}

void Electorate::put_into(Heartbeat& heartbeat, NodeIndex to) const {
  heartbeat.disk = disk_;
  heartbeat.met = to < others_.size() ? others_[to].disk : Actor();
  heartbeat.votes = votes();
  const auto given_up = given_up_.find(replica_.self());
  if (given_up != given_up_.end()) heartbeat.given_up = given_up->second;
}

}  // namespace node
