// Values in MODE lin: each write takes a tag above all that a majority knows, and the largest tag wins.
#include <algorithm>

#include "node/replica/operations.h"
#include "node/wire/resp.h"

namespace node {

namespace {

// What this life has given out, or, before the table made it the session's home, another home: the later.
const Claim* claim_of(const Actor& session, const Linear& local, const Linear& seen) {
  const Claim* ours = local.find(session);
  const Claim* theirs = seen.find(session);
  return ours == nullptr || (theirs != nullptr && *ours < *theirs) ? theirs : ours;
}

}  // namespace

// `local` holds every tag that this life has given out under the key, so that none is given out twice.
Result<Applied> apply_linear(const Command& command, const Record& local, const Record& seen, const Coordinating& by) {
  const Claim* claim = command.identified() ? claim_of(command.session, local.linear, seen.linear) : nullptr;
  if (claim != nullptr && claim->seq > command.seq) {
    return tl::unexpected(Error{Error::Kind::kBadRequest, "session " + command.session.to_string() +
                                                              " has come to seq " + std::to_string(claim->seq) +
                                                              " on this key, and does not go back"});
  }
  Applied applied;
  Linear& next = applied.delta.linear;
  bool retried = claim != nullptr && claim->seq == command.seq;
  next.tag = retried ? claim->tag : Tag{std::max(local.linear.tag.counter, seen.linear.tag.counter) + 1, by.actor};
  if (command.identified()) next.claims = {{command.session, command.seq, next.tag}};
  if (command.kind == Command::Kind::kSet) {
    next.value = command.value;
    resp::status(applied.reply, "OK");
  } else {
    resp::integer(applied.reply, seen.linear.value ? 1 : 0);
  }
  return applied;
}

std::string answer_linear(const Record& merged) {
  std::string reply;
  if (merged.linear.value) {
    resp::bulk(reply, *merged.linear.value);
  } else {
    resp::null(reply);
  }
  return reply;
}

}  // namespace node
