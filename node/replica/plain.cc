// Plain values: siblings are handed to the client, who knows what they mean (Dynamo §4.4).
#include <algorithm>

#include "node/replica/operations.h"
#include "node/wire/resp.h"

namespace node {

namespace {

std::vector<const PlainValue*> values_of(const Record& record) {
  std::vector<const PlainValue*> values;
  for (const Sibling& sibling : record.siblings) {
    if (const auto* value = std::get_if<PlainValue>(&sibling.content)) values.push_back(value);
  }
  return values;
}

// Of what the write supersedes, does anything carry a later time?
bool clock_is_behind(const Record& local, const Context& superseded, int64_t wall_ms) {
  return std::any_of(local.siblings.begin(), local.siblings.end(), [&](const Sibling& sibling) {
    const auto* value = std::get_if<PlainValue>(&sibling.content);
    return value != nullptr && value->wall_ms > wall_ms && superseded.contains(sibling.dot);
  });
}

}  // namespace

Applied apply_plain(const Command& command, const Record& local, const Coordinating& by) {
  bool versioned = command.kind == Command::Kind::kVput || command.kind == Command::Kind::kVdel;
  Applied applied;
  // SET and DEL supersede what this replica holds; VPUT and VDEL exactly what the client saw, so that what it has not
  // seen stays beside its own version.
  applied.delta.context = versioned ? command.context.value_or(Context{}) : local.context;
  bool deletes = command.kind == Command::Kind::kDel || command.kind == Command::Kind::kVdel;
  if (by.bug == Bug::kClockDecides && clock_is_behind(local, applied.delta.context, by.wall_ms)) {
    applied.delta = {};
  } else if (!deletes) {
    applied.delta.put({Dot{by.actor, by.next_n}, PlainValue{command.value, by.wall_ms}});
  }
  switch (command.kind) {
    case Command::Kind::kDel:
      resp::integer(applied.reply, local.siblings.empty() ? 0 : 1);
      break;
    case Command::Kind::kVput:
      resp::bulk(applied.reply, applied.delta.context.token());
      break;
    default:
      resp::status(applied.reply, "OK");
      break;
  }
  return applied;
}

std::string answer_plain(const Command& command, const Record& merged) {
  std::vector<const PlainValue*> values = values_of(merged);
  std::string reply;
  if (command.kind == Command::Kind::kVget) {
    resp::array(reply, 1 + values.size());
    resp::bulk(reply, merged.context.token());
    for (const PlainValue* value : values) resp::bulk(reply, value->bytes);
  } else if (command.kind == Command::Kind::kExists) {
    resp::integer(reply, merged.siblings.empty() && merged.tallies.empty() ? 0 : 1);
  } else if (values.empty() && !merged.tallies.empty()) {
    resp::bulk(reply, std::to_string(counter_value(merged)));
  } else if (values.empty()) {
    resp::null(reply);
  } else {
    const PlainValue* latest = *std::max_element(
        values.begin(), values.end(), [](const PlainValue* a, const PlainValue* b) { return a->wall_ms < b->wall_ms; });
    resp::bulk(reply, latest->bytes);
  }
  return reply;
}

}  // namespace node
