// Shopping carts and sets, reconciled in one of three ways. In all of them an addition has a tag of its own, (session,
// seq) or a dot of the node, so that a retry through any node is the same addition.
//
//   observed-remove   every addition is a sibling under its tag; removing an item drops the tags that were seen.
//                     Additions that the remover had not seen survive.
//   union             every version is a whole cart, as in Dynamo §4.4: concurrent versions are united, so no addition
//                     is lost, and an item that one side removed comes back from the other.
//   last-write-wins   every version is a whole cart, the one with the latest wall clock is taken: additions of the
//                     others are lost. For teaching what it costs.
//
// A set keeps one addition of a member: a new one supersedes those that its coordinator holds. An identified one, which
// may be made again by other coordinators that hold others, supersedes earlier ones of its own session alone: else two
// that are retried could supersede each other, and the member would be gone.
#include <algorithm>
#include <map>

#include "node/replica/operations.h"
#include "node/wire/resp.h"

namespace node {

namespace {

bool by_tag(const CartEntry& a, const CartEntry& b) { return a.tag < b.tag; }

// The live additions, whatever the mode: siblings reconciled. By tag.
std::vector<CartEntry> reconcile(const Record& record, Merge merge) {
  std::vector<CartEntry> entries;
  entries.reserve(record.siblings.size());
  const WholeCart* latest = nullptr;
  for (const Sibling& sibling : record.siblings) {
    if (const auto* line = std::get_if<CartLine>(&sibling.content)) {
      entries.push_back({sibling.dot, *line});
    } else if (const auto* cart = std::get_if<WholeCart>(&sibling.content)) {
      if (merge == Merge::kLastWriteWins) {
        if (latest == nullptr || cart->wall_ms >= latest->wall_ms) latest = cart;
      } else {
        entries.insert(entries.end(), cart->entries.begin(), cart->entries.end());
      }
    }
  }
  if (latest != nullptr) entries = latest->entries;
  // As siblings they are in order.
  if (!std::is_sorted(entries.begin(), entries.end(), by_tag)) std::stable_sort(entries.begin(), entries.end(), by_tag);
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const CartEntry& a, const CartEntry& b) { return a.tag == b.tag; }),
                entries.end());
  return entries;
}

using Items = std::map<std::string, std::vector<CartEntry>>;

// The additions that a command of carts sees, or a command of sets.
Items items_of(const Record& record, Merge merge, bool of_set) {
  Items items;
  for (CartEntry& entry : reconcile(record, merge)) {
    if (entry.line.of_set() == of_set) items[entry.line.item].push_back(std::move(entry));
  }
  return items;
}

// Of the additions of the command's item.
std::vector<Dot> tags_of(const Record& record, Merge merge, const Command& command) {
  std::vector<Dot> tags;
  for (const CartEntry& entry : reconcile(record, merge)) {
    if (entry.line.of_set() == command.of_set() && entry.line.item == command.item) tags.push_back(entry.tag);
  }
  return tags;
}

std::string added_reply(const Command& command, const Dot& tag, bool added) {
  std::string reply;
  if (command.of_set()) {
    resp::integer(reply, added ? 1 : 0);
  } else {
    resp::bulk(reply, tag.to_string());
  }
  return reply;
}

std::string removed_reply(const Command& command, const std::vector<Dot>& tags) {
  std::string reply;
  if (command.of_set()) {
    resp::integer(reply, tags.empty() ? 0 : 1);
  } else {
    resp::array(reply, tags.size());
    for (const Dot& tag : tags) resp::bulk(reply, tag.to_string());
  }
  return reply;
}

Dot tag_of(const Command& command, const Coordinating& by) {
  return command.identified() ? Dot{command.session, command.seq} : Dot{by.actor, by.next_n};
}

Applied observed_remove(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  Applied applied;
  if (command.adds_item()) {
    const Dot tag = tag_of(command, by);
    std::vector<Dot> held;
    if (command.of_set()) held = tags_of(local, by.merge, command);
    // Seen before: a retry. It is sent on unchanged, for the replicas that missed it; if it was removed since, the
    // context alone says so and the addition stays removed.
    const Sibling* before = local.find(tag);
    if (before != nullptr) {
      applied.delta.put(*before);
    } else if (local.context.contains(tag)) {
      applied.delta.context.add(tag);
    } else {
      applied.delta.put({tag, CartLine{command.item, command.amount}});
      for (const Dot& earlier : held) {
        const bool of_its_session = earlier.actor == tag.actor && earlier.n < tag.n;
        if (!command.identified() || of_its_session) applied.delta.context.add(earlier);
      }
    }
    applied.reply = added_reply(command, tag, held.empty() && !local.context.contains(tag));
  } else {
    const std::vector<Dot> tags = command.tags ? *command.tags : tags_of(seen, by.merge, command);
    for (const Dot& tag : tags) applied.delta.context.add(tag);
    applied.reply = removed_reply(command, tags);
  }
  return applied;
}

Applied whole_cart(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  Record base = local;
  base.merge(seen);
  WholeCart next{by.wall_ms, reconcile(base, by.merge)};
  const std::vector<Dot> held = tags_of(base, by.merge, command);
  const auto remove = [&](const std::vector<Dot>& tags) {
    std::erase_if(next.entries, [&](const CartEntry& entry) {
      return entry.line.item == command.item && std::find(tags.begin(), tags.end(), entry.tag) != tags.end();
    });
  };
  Applied applied;
  if (command.adds_item()) {
    if (command.of_set()) remove(held);
    CartEntry entry{tag_of(command, by), {command.item, command.amount}};
    auto at = std::lower_bound(next.entries.begin(), next.entries.end(), entry, by_tag);
    if (at == next.entries.end() || at->tag != entry.tag) next.entries.insert(at, entry);
    applied.reply = added_reply(command, entry.tag, held.empty());
  } else {
    const std::vector<Dot>& tags = command.tags ? *command.tags : held;
    remove(tags);
    applied.reply = removed_reply(command, tags);
  }
  applied.delta.context = base.context;
  applied.delta.put({Dot{by.actor, by.next_n}, std::move(next)});
  return applied;
}

void put_cart(std::string& reply, const Items& items) {
  resp::array(reply, items.size());
  for (const auto& [item, entries] : items) {
    int64_t quantity = 0;
    for (const CartEntry& entry : entries) quantity += entry.line.quantity;
    resp::array(reply, 3);
    resp::bulk(reply, item);
    // Clamped only here: in the state, a removal of one that arrives before its addition must still cancel it.
    resp::integer(reply, std::max<int64_t>(quantity, 0));
    resp::array(reply, entries.size() * 2);
    for (const CartEntry& entry : entries) {
      resp::bulk(reply, entry.tag.to_string());
      resp::integer(reply, entry.line.quantity);
    }
  }
}

void put_members(std::string& reply, const Items& items, bool with_tags) {
  resp::array(reply, items.size());
  for (const auto& [member, entries] : items) {
    if (with_tags) resp::array(reply, 2);
    resp::bulk(reply, member);
    if (!with_tags) continue;
    resp::array(reply, entries.size());
    for (const CartEntry& entry : entries) resp::bulk(reply, entry.tag.to_string());
  }
}

}  // namespace

Applied apply_cart(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  return by.merge == Merge::kObservedRemove ? observed_remove(command, local, seen, by)
                                            : whole_cart(command, local, seen, by);
}

std::string answer_cart(const Command& command, const Record& merged, Merge merge) {
  const Items items = items_of(merged, merge, command.of_set());
  std::string reply;
  switch (command.kind) {
    case Command::Kind::kSmembers:
      put_members(reply, items, command.with_tags);
      break;
    case Command::Kind::kScard:
      resp::integer(reply, static_cast<int64_t>(items.size()));
      break;
    case Command::Kind::kSismember:
      resp::integer(reply, static_cast<int64_t>(items.count(command.item)));
      break;
    default:
      put_cart(reply, items);
      break;
  }
  return reply;
}

}  // namespace node
