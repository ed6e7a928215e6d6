#include "node/causality/encoded_record.h"

#include "node/causality/join.h"
#include "node/causality/record.h"

namespace node {

// Goes through the siblings of a record, from where its context ends.
class EncodedRecord::Siblings {
 public:
  struct Part {
    Dot dot;
    std::string_view bytes;  // of the sibling, dot included
  };
  struct End {};

  explicit Siblings(std::string_view bytes)
      : end_(bytes.data() + bytes.size()), reader_(bytes), left_(reader_.count()) {
    read();
  }
  const Part& operator*() const { return part_; }
  const Part* operator->() const { return &part_; }
  Siblings& operator++() {
    --left_;
    read();
    return *this;
  }
  bool operator==(End) const { return left_ == 0; }
  // At the end: nothing was malformed, and the record holds nothing else.
  bool are_all() {
    const bool nothing_else = reader_.u64() == 0 && reader_.u64() == 0;  // tallies, MODE lin
    return nothing_else && reader_.done();
  }

 private:
  void read() {
    if (left_ == 0) return;
    const char* const begin = end_ - reader_.left();
    part_.dot = Dot::decode(reader_);
    skip_content(reader_);
    part_.bytes = {begin, static_cast<size_t>(end_ - reader_.left() - begin)};
    if (!reader_.ok()) left_ = 0;
  }

  const char* end_;
  Reader reader_;
  uint64_t left_;
  Part part_;
};

// As Record::decode reads it, and as strictly.
bool EncodedRecord::read(std::string_view bytes) {
  trust(bytes);
  Siblings sibling(rest_);
  Context::Walk seen(context_);
  for (Dot before; sibling != Siblings::End(); ++sibling) {
    if (!seen.contains(sibling->dot) || !(before < sibling->dot)) return false;
    before = sibling->dot;
  }
  return sibling.are_all();
}

void EncodedRecord::trust(std::string_view bytes) {
  Reader r(bytes);
  context_.read(r);
  rest_ = bytes.substr(bytes.size() - r.left());
}

void EncodedRecord::clear() {
  context_ = {};
  rest_ = std::string_view("\0\0\0", 3);
}

EncodedRecord::Joined EncodedRecord::join(const EncodedRecord& newer, std::string& out) {
  kept_.clear();
  size_t count = 0;
  size_t size = 0;
  bool damaged = false;
  const auto keep = [&](const Siblings::Part& part) {
    ++count;
    size += part.bytes.size();
    if (!kept_.empty() && kept_.back().data() + kept_.back().size() == part.bytes.data()) {
      kept_.back() = {kept_.back().data(), kept_.back().size() + part.bytes.size()};
    } else {
      kept_.push_back(part.bytes);
    }
  };
  Siblings ours(rest_);
  Siblings theirs(newer.rest_);
  const bool changed = join_siblings(ours, Siblings::End(), context_, theirs, Siblings::End(), newer.context_, keep,
                                     keep, [&](const Siblings::Part& one, const Siblings::Part& other) {
                                       damaged |= one.bytes != other.bytes;
                                       keep(one);
                                       return false;
                                     });
  if (damaged || !ours.are_all() || !theirs.are_all()) return Joined::kUnclear;
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
  w.u64(count);
  for (const std::string_view siblings : kept_) out.append(siblings);
  w.u64(0);  // tallies
  w.u64(0);  // MODE lin
  return Joined::kNews;
}

}  // namespace node
