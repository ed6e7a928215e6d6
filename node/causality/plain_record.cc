#include "node/causality/plain_record.h"

#include <algorithm>

namespace node {

// As Record::decode reads it, and as strictly.
bool PlainRecord::read(std::string_view bytes) {
  Reader r(bytes);
  runs_count_ = r.count();
  if (runs_count_ > kMost) return false;
  for (size_t i = 0; i < runs_count_; ++i) {
    Context::Run& run = runs_[i];
    run = Context::decode_run(r);
    if (i > 0 && !Context::in_order(runs_[i - 1], run)) return false;
  }
  dots_count_ = r.count();
  if (dots_count_ > kMost) return false;
  for (size_t i = 0; i < dots_count_; ++i) {
    Dot& dot = dots_[i];
    dot.actor = Actor::decode(r);
    dot.n = r.u64();
    if (r.u64() != 0) return false;  // no plain value
    r.string();
    r.i64();
    if (!contains(dot) || (i > 0 && !(dots_[i - 1] < dot))) return false;
  }
  const bool nothing_else = r.u64() == 0 && r.u64() == 0;  // tallies, MODE lin
  return nothing_else && r.done();
}

bool PlainRecord::contains(const Dot& dot) const {
  return std::any_of(runs_.begin(), runs_.begin() + runs_count_, [&](const Context::Run& run) {
    return run.actor == dot.actor && run.first <= dot.n && dot.n <= run.last;
  });
}

bool PlainRecord::covers(const Context::Run& other) const {
  return std::any_of(runs_.begin(), runs_.begin() + runs_count_, [&](const Context::Run& run) {
    return run.actor == other.actor && run.first <= other.first && other.last <= run.last;
  });
}

bool PlainRecord::replaces(const PlainRecord& older) const {
  // What the older one has seen, this one has; what the older one has seen and this one holds, it might have given up.
  return dots_count_ > 0 &&
         std::all_of(older.runs_.begin(), older.runs_.begin() + older.runs_count_,
                     [&](const Context::Run& run) { return covers(run); }) &&
         std::none_of(dots_.begin(), dots_.begin() + dots_count_, [&](const Dot& dot) { return older.contains(dot); });
}

}  // namespace node
