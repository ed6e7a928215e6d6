#include "node/causality/encoded_record.h"

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

EncodedRecord::Joined EncodedRecord::join(const EncodedRecord& older, const EncodedRecord& newer, std::string& out) {
  size_t count = 0;
  size_t size = 0;
  bool news = !older.context_.contains(newer.context_);
  // What is kept, in order; once to count it, once to write it.
  const auto each_kept = [&](auto keep) {
    Context::Walk seen_by_newer(newer.context_);
    Context::Walk seen_by_older(older.context_);
    auto i = older.siblings_.begin();
    auto j = newer.siblings_.begin();
    while (i != older.siblings_.end() || j != newer.siblings_.end()) {
      if (j == newer.siblings_.end() || (i != older.siblings_.end() && i->dot < j->dot)) {
        const bool superseded = seen_by_newer.contains(i->dot);
        if (!superseded) keep(i->bytes);
        news |= superseded;
        ++i;
      } else if (i == older.siblings_.end() || j->dot < i->dot) {
        const bool fresh = !seen_by_older.contains(j->dot);
        if (fresh) keep(j->bytes);
        news |= fresh;
        ++j;
      } else {
        if (i->bytes != j->bytes) return false;
        keep(i->bytes);
        ++i;
        ++j;
      }
    }
    return true;
  };
  const bool clear = each_kept([&](std::string_view sibling) {
    ++count;
    size += sibling.size();
  });
  if (!clear) return Joined::kUnclear;
  if (!news) return Joined::kSame;

  out.clear();
  out.reserve(size + 40 * (older.context_.runs().size() + newer.context_.runs().size()) + 16);
  Writer w(out);
  if (newer.context_.contains(older.context_)) {
    newer.context_.encode(w);
  } else {
    Context both = older.context_;
    both.add(newer.context_);
    both.encode(w);
  }
  w.u64(count);
  each_kept([&](std::string_view sibling) { out.append(sibling); });
  w.u64(0);  // tallies
  w.u64(0);  // MODE lin
  return Joined::kNews;
}

}  // namespace node
