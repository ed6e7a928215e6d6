#include "node/causality/context.h"

#include <algorithm>
#include <tuple>

namespace node {

namespace {
// First run that starts after the dot; the one before it is the only one that can hold it.
auto run_after(const std::vector<Context::Run>& runs, const Dot& dot) {
  return std::upper_bound(runs.begin(), runs.end(), dot, [](const Dot& d, const Context::Run& run) {
    return std::tie(d.actor, d.n) < std::tie(run.actor, run.first);
  });
}

// Appends a run to others that all start at or before it, joining what touches.
void append(std::vector<Context::Run>& runs, const Context::Run& run) {
  if (!runs.empty() && runs.back().actor == run.actor && run.first - 1 <= runs.back().last) {
    runs.back().last = std::max(runs.back().last, run.last);
  } else {
    runs.push_back(run);
  }
}

Context::Run decode_run(Reader& r) {
  Context::Run run;
  run.actor = Actor::decode(r);
  run.first = r.u64();
  const uint64_t length = r.u64();
  if (run.first == 0 || length >= UINT64_MAX - run.first) r.fail();
  run.last = run.first + length;
  return run;
}

// May `b` be the next run after `a`?
bool in_order(const Context::Run& a, const Context::Run& b) {
  return a.actor == b.actor ? b.first - 1 > a.last : a.actor < b.actor;  // those that touch would be one
}
}  // namespace

bool Context::contains(const Dot& dot) const {
  auto it = run_after(runs_, dot);
  if (it == runs_.begin()) return false;
  --it;
  return it->actor == dot.actor && dot.n <= it->last;
}

bool Context::contains(const Context& other) const {
  return std::all_of(other.runs_.begin(), other.runs_.end(), [this](const Run& run) {
    auto it = run_after(runs_, Dot{run.actor, run.first});
    if (it == runs_.begin()) return false;
    --it;
    return it->actor == run.actor && run.last <= it->last;  // runs do not touch: one must cover it whole
  });
}

uint64_t Context::last(const Actor& actor) const {
  auto it = run_after(runs_, Dot{actor, UINT64_MAX});
  if (it == runs_.begin()) return 0;
  --it;
  return it->actor == actor ? it->last : 0;
}

void Context::add(const Dot& dot) {
  Context one;
  one.runs_.push_back({dot.actor, dot.n, dot.n});
  add(one);
}

bool Context::add(const Context& other) {
  if (contains(other)) return false;
  if (other.runs_.size() == runs_.size() && lengthen(other)) return true;
  std::vector<Run> merged;
  merged.reserve(runs_.size() + other.runs_.size());
  auto a = runs_.begin();
  auto b = other.runs_.begin();
  while (a != runs_.end() || b != other.runs_.end()) {
    bool take_a = b == other.runs_.end() || (a != runs_.end() && *a < *b);
    append(merged, take_a ? *a++ : *b++);
  }
  runs_ = std::move(merged);
  return true;
}

// Most often the other one knows the same runs, some of them further. False: it is not so, and nothing was done.
bool Context::lengthen(const Context& other) {
  for (size_t i = 0; i < runs_.size(); ++i) {
    const bool same = runs_[i].actor == other.runs_[i].actor && runs_[i].first == other.runs_[i].first;
    const bool free = i + 1 == runs_.size() || runs_[i + 1].actor != runs_[i].actor;
    if (!same || !free) return false;
  }
  for (size_t i = 0; i < runs_.size(); ++i) runs_[i].last = std::max(runs_[i].last, other.runs_[i].last);
  return true;
}

void Context::encode(Writer& w) const {
  w.u64(runs_.size());
  for (const Run& run : runs_) {
    run.actor.encode(w);
    w.u64(run.first);
    w.u64(run.last - run.first);
  }
}

Context Context::decode(Reader& r) {
  Context context;
  context.read(r);
  return context;
}

void Context::read(Reader& r) {
  constexpr uint64_t kTrusted = 16;  // more is had as it comes
  const uint64_t count = r.count();
  runs_.clear();
  runs_.reserve(std::min(count, kTrusted));
  for (uint64_t i = 0; i < count && r.ok(); ++i) {
    const Run run = decode_run(r);
    if (!runs_.empty() && !in_order(runs_.back(), run)) r.fail();
    runs_.push_back(run);
  }
}

std::string Context::token() const {
  std::string bytes;
  Writer w(bytes);
  encode(w);
  return to_hex(bytes);
}

bool Context::from_token(std::string_view token, Context& context) {
  std::string bytes = from_hex(token);
  if (bytes.empty()) return false;
  Reader r(bytes);
  context = decode(r);
  return r.done() && std::all_of(context.runs_.begin(), context.runs_.end(),
                                 [](const Run& run) { return run.last <= Dot::kMaxNamed; });
}

}  // namespace node
