// Counters: for each actor its own running totals, the later one wins. An identified increment carries the totals of
// its client's session, so a retry through any node changes nothing; an unidentified one is added to the totals of the
// node that coordinates it, once for each attempt.
#include "node/replica/operations.h"
#include "node/wire/resp.h"

namespace node {

namespace {

constexpr uint64_t kMaxTotal = uint64_t{1} << 62;

Tally next_tally(const Command& command, const Coordinating& by) {
  if (command.identified() && by.bug != Bug::kDoubleIncrement)
    return {command.session, command.seq, command.plus, command.minus};
  Tally tally = by.tally;
  tally.actor = by.actor;
  ++tally.n;
  if (command.amount >= 0) {
    tally.plus += static_cast<uint64_t>(command.amount);
  } else {
    tally.minus += static_cast<uint64_t>(-command.amount);
  }
  return tally;
}

}  // namespace

int64_t counter_value(const Record& record) {
  uint64_t plus = 0;
  uint64_t minus = 0;
  for (const Tally& tally : record.tallies) {
    plus += tally.plus;
    minus += tally.minus;
  }
  return static_cast<int64_t>(plus - minus);
}

Result<Applied> apply_counter(const Command& command, const Record& local, const Coordinating& by) {
  Applied applied;
  Tally tally = next_tally(command, by);
  if (tally.plus > kMaxTotal || tally.minus > kMaxTotal) {
    return tl::unexpected(Error{Error::Kind::kBadRequest, "the counter's totals would exceed 2^62"});
  }
  applied.delta.put(tally);
  Record after = local;
  after.merge(applied.delta);
  resp::integer(applied.reply, counter_value(after));
  return applied;
}

}  // namespace node
