#include "node/reconfiguration/change.h"

#include <algorithm>

namespace node {

namespace {

constexpr size_t kMostMembers = 256;
constexpr size_t kMostNames = 1000;  // those that have left included

using State = Member::State;

Step refusal(std::string why) { return {Step::Kind::kRefused, std::move(why), {}}; }

Member* find_in(RoutingTable& table, const std::string& name) {
  auto it = std::find_if(table.members.begin(), table.members.end(), [&](const Member& m) { return m.name == name; });
  return it == table.members.end() ? nullptr : &*it;
}

Step change_to(RoutingTable table) {
  ++table.epoch;
  return {Step::Kind::kChange, "", std::move(table), true};
}

// Is there a member too few left after this?
std::string too_few(const RoutingTable& table, const std::string& name, const char* what) {
  const size_t left = table.count_after() - 1;
  if (left >= static_cast<size_t>(table.replicas)) return "";
  return "without " + name + " " + std::to_string(left) +
         " members would be left, fewer than N=" + std::to_string(table.replicas) + ": let another node " + what;
}

Step to_join(const RoutingTable& table, const Change& change) {
  const Member* known = table.find(change.name);
  if (known != nullptr && known->after()) {
    if (known->address == change.address) return {};
    return refusal(change.name + " is a member already, at " + known->address);
  }
  // It has come with this disk, and gone since: the wish is one of before, that somebody kept or that was long on its
  // way.
  if (known != nullptr && change.disk != Actor{} && known->disk == change.disk) return {};
  const Member* dead = table.find(change.replaces);
  if (!change.replaces.empty() && dead == nullptr) return refusal("no member is named " + change.replaces);
  for (const Member& member : table.members) {
    const bool gone = !member.before() && !member.after();
    if (!gone && member.address == change.address && member.name != change.replaces) {
      return refusal(change.address + " is the address of " + member.name);
    }
  }
  if (known == nullptr && table.members.size() == kMostNames) {
    return refusal("the table has " + std::to_string(kMostNames) + " names, no room for another");
  }
  if (table.count_after() == kMostMembers) {
    return refusal("there are " + std::to_string(kMostMembers) + " members, no room for another");
  }
  if (table.in_transition()) return {Step::Kind::kWait, "", {}};
  RoutingTable next = table;
  if (Member* lost = find_in(next, change.replaces); lost != nullptr && lost->before()) lost->state = State::kLost;
  if (Member* again = find_in(next, change.name)) {
    again->address = change.address;
    again->state = State::kJoining;
    again->disk = change.disk;
  } else {
    Member member;
    member.name = change.name;
    member.address = change.address;
    member.state = State::kJoining;
    member.disk = change.disk;
    next.members.push_back(std::move(member));
  }
  return change_to(std::move(next));
}

Step to_leave(const RoutingTable& table, const Change& change) {
  const Member* member = table.find(change.name);
  if (member == nullptr) return refusal("no member is named " + change.name);
  if (member->state == State::kJoining) return {Step::Kind::kWait, "", {}};
  if (!member->after()) return {};
  if (std::string why = too_few(table, change.name, "join first"); !why.empty()) return refusal(std::move(why));
  if (table.in_transition()) return {Step::Kind::kWait, "", {}};
  RoutingTable next = table;
  find_in(next, change.name)->state = State::kLeaving;
  return change_to(std::move(next));
}

Step to_remove(const RoutingTable& table, const Change& change) {
  const Member* member = table.find(change.name);
  if (member == nullptr) return refusal("no member is named " + change.name);
  RoutingTable next = table;
  Member& gone = *find_in(next, change.name);
  switch (member->state) {
    case State::kLost:
    case State::kLeft:
      return {};
    case State::kJoining:
      gone.state = State::kLeft;
      return change_to(std::move(next));
    case State::kLeaving:
      break;
    case State::kMember:
      if (std::string why = too_few(table, change.name, "replace it"); !why.empty()) return refusal(std::move(why));
      break;
  }
  gone.state = State::kLost;
  return change_to(std::move(next));
}

Step to_move(const RoutingTable& table, const Change& change) {
  if (table.points == change.points || table.next == change.points) return {};
  if (table.epoch != change.epoch) return refusal("the ring has changed meanwhile: ask again");
  if (table.in_transition()) return refusal("another change is under way: " + describe_change(table) + "; ask again");
  RoutingTable next = table;
  ++next.epoch;
  next.next = change.points;
  return {Step::Kind::kChange, "", std::move(next)};
}

// Owners stay as they are; so this may come in between the two steps of another change.
Step to_renew(const RoutingTable& table, const Change& change) {
  const Member* member = table.find(change.name);
  if (member == nullptr || member->disk == change.disk || !(member->before() || member->after())) return {};
  RoutingTable next = table;
  ++next.epoch;
  find_in(next, change.name)->disk = change.disk;
  return {Step::Kind::kChange, "", std::move(next)};
}

}  // namespace

Step next_step(const RoutingTable& table, const Change& change) {
  switch (change.kind) {
    case Change::Kind::kJoin:
      return to_join(table, change);
    case Change::Kind::kLeave:
      return to_leave(table, change);
    case Change::Kind::kRemove:
      return to_remove(table, change);
    case Change::Kind::kMove:
      return to_move(table, change);
    case Change::Kind::kRenew:
      return to_renew(table, change);
  }
  return {};
}

RoutingTable assigned(const Step& step) {
  RoutingTable table = step.table;
  if (!step.moves_slots) return table;
  table.begin_change();
  const bool differs =
      std::any_of(table.members.begin(), table.members.end(), [](const Member& m) { return m.before() != m.after(); });
  if (!differs) table.end_change();  // somebody who was joining was taken back
  return table;
}

RoutingTable finished(const RoutingTable& table) {
  RoutingTable next = table;
  ++next.epoch;
  next.end_change();
  return next;
}

std::string describe_change(const RoutingTable& table) {
  std::string text;
  for (const Member& member : table.members) {
    const char* what = member.state == State::kJoining   ? " joins"
                       : member.state == State::kLeaving ? " leaves"
                       : member.state == State::kLost    ? " is removed"
                                                         : nullptr;
    if (what != nullptr) text += (text.empty() ? "" : ", ") + member.name + what;
  }
  return text.empty() && table.in_transition() ? "slots move" : text;
}

std::string describe(const Change& change) {
  switch (change.kind) {
    case Change::Kind::kJoin:
      return change.name + " joins" + (change.replaces.empty() ? "" : " in place of " + change.replaces);
    case Change::Kind::kLeave:
      return change.name + " leaves";
    case Change::Kind::kRemove:
      return change.name + " is removed";
    case Change::Kind::kMove:
      return "slots move";
    case Change::Kind::kRenew:
      return change.name + " has another disk";
  }
  return "";
}

}  // namespace node
