#include "node/causality/encoded_record.h"

#include "node/causality/join.h"
#include "node/causality/record.h"

namespace node {

// As Record::decode reads it, and as strictly.
bool EncodedRecord::read(std::string_view bytes) {
  Reader r(bytes);
  context_.read(r);
  siblings_.clear();
  Context::Walk seen(context_);
  const uint64_t count = r.count();
  for (uint64_t i = 0; i < count && r.ok(); ++i) {
    const size_t begin = bytes.size() - r.left();
    const Dot dot = Dot::decode(r);
    skip_content(r);
    if (!r.ok() || !seen.contains(dot) || (i > 0 && !(siblings_.back().dot < dot))) return false;
    siblings_.push_back({dot, bytes.substr(begin, bytes.size() - r.left() - begin)});
  }
  const bool nothing_else = r.u64() == 0 && r.u64() == 0;  // tallies, MODE lin
  return nothing_else && r.done();
}

void EncodedRecord::clear() {
  context_ = {};
  siblings_.clear();
}

EncodedRecord::Joined EncodedRecord::join(const EncodedRecord& newer, std::string& out) {
  kept_.clear();
  size_t size = 0;
  bool damaged = false;
  const auto keep = [&](const Part& part) {
    kept_.push_back(part.bytes);
    size += part.bytes.size();
  };
  const bool changed =
      join_siblings(siblings_.begin(), siblings_.end(), context_, newer.siblings_.begin(), newer.siblings_.end(),
                    newer.context_, keep, keep, [&](const Part& ours, const Part& theirs) {
                      damaged |= ours.bytes != theirs.bytes;
                      keep(ours);
                      return false;
                    });
  if (damaged) return Joined::kUnclear;
  if (!changed && context_.contains(newer.context_)) return Joined::kSame;

  out.clear();
  out.reserve(size + 40 * (context_.runs().size() + newer.context_.runs().size()) + 16);
  Writer w(out);
  if (newer.context_.contains(context_)) {
    newer.context_.encode(w);
  } else {
    Context both = context_;
    both.add(newer.context_);
    both.encode(w);
  }
  w.u64(kept_.size());
  for (const std::string_view sibling : kept_) out.append(sibling);
  w.u64(0);  // tallies
  w.u64(0);  // MODE lin
  return Joined::kNews;
}

}  // namespace node
