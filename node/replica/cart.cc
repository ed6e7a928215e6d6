// Shopping carts, reconciled in one of three ways. In all of them an addition has a tag of its own, (session, seq) or a
// dot of the node, so that a retry through any node is the same addition.
//
//   observed-remove   every addition is a sibling under its tag; removing an item drops the tags that were seen.
//                     Additions that the remover had not seen survive.
//   union             every version is a whole cart, as in Dynamo §4.4: concurrent versions are united, so no addition
//   is
//                     lost, and an item that one side removed comes back from the other.
//   last-write-wins   every version is a whole cart, the one with the latest wall clock is taken: additions of the
//                     others are lost. For teaching what it costs.
#include <algorithm>
#include <map>

#include "node/replica/operations.h"
#include "node/wire/resp.h"

namespace node {

namespace {

bool by_tag(const CartEntry& a, const CartEntry& b) { return a.tag < b.tag; }

size_t bytes_of(const std::vector<CartEntry>& entries) {
  size_t bytes = 0;
  for (const CartEntry& entry : entries) bytes += entry.line.item.size() + 32;
  return bytes;
}

// Tags of the item, as CTX names them or as they are seen.
std::vector<Dot> tags_to_remove(const Command& command, const Record& seen, Merge merge) {
  if (command.tags) return *command.tags;
  std::vector<Dot> tags;
  for (const CartEntry& entry : reconcile_cart(seen, merge)) {
    if (entry.line.item == command.item) tags.push_back(entry.tag);
  }
  return tags;
}

std::string tags_reply(const std::vector<Dot>& tags) {
  std::string reply;
  resp::array(reply, tags.size());
  for (const Dot& tag : tags) resp::bulk(reply, tag.to_string());
  return reply;
}

Dot tag_of(const Command& command, const Coordinating& by) {
  return command.identified() ? Dot{command.session, command.seq} : Dot{by.actor, by.next_n};
}

Applied observed_remove(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  Applied applied;
  if (command.kind == Command::Kind::kCartAdd) {
    Dot tag = tag_of(command, by);
    // Seen before: a retry. It is sent on unchanged, for the replicas that missed it; if it was removed since, the
    // context alone says so and the addition stays removed.
    const Sibling* before = local.find(tag);
    if (before != nullptr) {
      applied.delta.put(*before);
    } else if (local.context.contains(tag)) {
      applied.delta.context.add(tag);
    } else {
      applied.delta.put({tag, CartLine{command.item, command.amount}});
    }
    resp::bulk(applied.reply, tag.to_string());
  } else {
    std::vector<Dot> tags = tags_to_remove(command, seen, Merge::kObservedRemove);
    for (const Dot& tag : tags) applied.delta.context.add(tag);
    applied.reply = tags_reply(tags);
  }
  return applied;
}

Applied whole_cart(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  Record base = local;
  base.merge(seen);
  WholeCart next{by.wall_ms, reconcile_cart(base, by.merge)};
  Applied applied;
  if (command.kind == Command::Kind::kCartAdd) {
    CartEntry entry{tag_of(command, by), {command.item, command.amount}};
    auto at = std::lower_bound(next.entries.begin(), next.entries.end(), entry, by_tag);
    if (at == next.entries.end() || at->tag != entry.tag) next.entries.insert(at, entry);
    resp::bulk(applied.reply, entry.tag.to_string());
  } else {
    std::vector<Dot> tags = tags_to_remove(command, base, by.merge);
    auto removed = [&](const CartEntry& entry) {
      return entry.line.item == command.item && std::find(tags.begin(), tags.end(), entry.tag) != tags.end();
    };
    next.entries.erase(std::remove_if(next.entries.begin(), next.entries.end(), removed), next.entries.end());
    applied.reply = tags_reply(tags);
  }
  applied.delta.context = base.context;
  applied.delta.put({Dot{by.actor, by.next_n}, std::move(next)});
  return applied;
}

}  // namespace

std::vector<CartEntry> reconcile_cart(const Record& record, Merge merge) {
  std::vector<CartEntry> entries;
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
  std::stable_sort(entries.begin(), entries.end(), by_tag);
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const CartEntry& a, const CartEntry& b) { return a.tag == b.tag; }),
                entries.end());
  return entries;
}

Result<Applied> apply_cart(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  size_t bytes = bytes_of(reconcile_cart(local, by.merge)) + command.item.size() + 32;
  if (command.kind == Command::Kind::kCartAdd && bytes > Options::kMaxValueBytes) {
    return tl::unexpected(Error{Error::Kind::kTooBig, "the cart would take " + std::to_string(bytes) +
                                                          " bytes, more than " +
                                                          std::to_string(Options::kMaxValueBytes)});
  }
  return by.merge == Merge::kObservedRemove ? observed_remove(command, local, seen, by)
                                            : whole_cart(command, local, seen, by);
}

std::string answer_cart(const Record& merged, Merge merge) {
  std::map<std::string, std::vector<CartEntry>> items;
  for (const CartEntry& entry : reconcile_cart(merged, merge)) items[entry.line.item].push_back(entry);
  std::string reply;
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
  return reply;
}

}  // namespace node
