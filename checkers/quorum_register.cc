// Registers: for every acknowledged write that returned before a read began, some sibling that the read returned must
// be that write or have it among its ancestors, through the contexts that clients recorded. (It would be too weak to
// ask only that not every sibling is stale.)
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checkers/acknowledged_writes.h"
#include "checkers/quorum_reads.h"
#include "checkers/register_history.h"

namespace checkers {
namespace {

// The writes that a value stands for: itself and its ancestors, by their positions in order of invocation. Nearly all
// of a long history lies below `all_below_`, so that the bits above are few.
class Ancestry {
 public:
  void insert(size_t position) {
    if (position < all_below_) return;
    grow(position / 64);
    words_[position / 64 - first_word_] |= uint64_t{1} << (position % 64);
  }

  void merge(const Ancestry& other, const std::vector<Write>& writes) {
    plain_until_ = std::max(plain_until_, other.plain_until_);
    all_below_ = std::max(all_below_, other.all_below_);
    for (size_t i = 0; i < other.words_.size(); ++i) {
      if (other.words_[i] == 0) continue;
      grow(other.first_word_ + i);
      words_[other.first_word_ + i - first_word_] |= other.words_[i];
    }
    settle(writes);
  }

  // A write without a context stands for every write that began before it was over.
  void insert_plain(int64_t until) { plain_until_ = std::max(plain_until_, until); }

  bool contains(size_t position, const Operation& write) const {
    return position < all_below_ || write.invoked < plain_until_ || bit(position);
  }

  // Every acknowledged write below is contained.
  size_t all_below() const { return all_below_; }

  // Moves `all_below_` up over everything contained, and over writes that nobody need contain.
  void settle(const std::vector<Write>& writes) {
    while (all_below_ < writes.size()) {
      const Operation& write = *writes[all_below_].operation;
      const bool beyond = all_below_ / 64 >= first_word_ + words_.size() && write.invoked >= plain_until_;
      if (beyond || (write.ok() && !contains(all_below_, write))) break;
      ++all_below_;
    }
    if (!words_.empty() && all_below_ / 64 > first_word_) {
      const size_t done = std::min(words_.size(), all_below_ / 64 - first_word_);
      words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(done));
      first_word_ += done;
    }
  }

 private:
  bool bit(size_t position) const {
    const size_t word = position / 64;
    return word >= first_word_ && word < first_word_ + words_.size() &&
           (words_[word - first_word_] >> (position % 64) & 1) != 0;
  }

  void grow(size_t word) {
    if (words_.empty()) first_word_ = word;
    if (word < first_word_) {
      words_.insert(words_.begin(), first_word_ - word, 0);
      first_word_ = word;
    }
    if (word >= first_word_ + words_.size()) words_.resize(word - first_word_ + 1, 0);
  }

  size_t all_below_ = 0;
  int64_t plain_until_ = -1;
  size_t first_word_ = 0;
  std::vector<uint64_t> words_;
};

class RegisterReads {
 public:
  RegisterReads(const Trial& trial, const RegisterHistory& history, QuorumTally& tally)
      : trial_(trial), history_(history), tally_(tally) {
    for (const Write& write : history.writes()) {
      if (write.operation->ok() && !trial.terms.by_clock) overlapping_.add(*write.operation);
    }
  }

  void judge() {
    if (history_.any_context()) {
      judge_by_context();
    } else {
      judge_by_time();
    }
  }

 private:
  void judge_by_context();
  void judge_by_time();
  void note(const RegisterRead& read, size_t position, Missed& missed);
  void report(const RegisterRead& read, const Missed& missed);
  bool begin(const RegisterRead& read);
  bool meet(const Operation& read, const Operation& write) const {
    return !trial_.terms.by_clock && quorums_overlap(read, write, trial_.terms.replicas);
  }

  const Trial& trial_;
  const RegisterHistory& history_;
  QuorumTally& tally_;
  OverlappingWrites overlapping_;
};

// Counts the read; false if it shows only what nobody wrote, which says nothing about staleness.
bool RegisterReads::begin(const RegisterRead& read) {
  if (read.siblings.empty() && !read.unknown.empty()) return false;
  tally_.note_answered(*read.operation);
  tally_.judged += overlapping_.before(*read.operation, trial_.terms.replicas);
  return true;
}

void RegisterReads::note(const RegisterRead& read, size_t position, Missed& missed) {
  const Operation& write = *history_.writes()[position].operation;
  ++tally_.looked_at;
  if (!write.ok() || write.returned >= read.operation->invoked) return;
  if (trial_.lost_disks.excuse(write, read.operation->end())) {
    ++tally_.excused;
    return;
  }
  missed.add(write, meet(*read.operation, write));
}

void RegisterReads::report(const RegisterRead& read, const Missed& missed) {
  if (missed.versions == 0) return;
  tally_.note_stale(*read.operation, missed);
  if (missed.must_show == nullptr) return;
  tally_.findings.add([&] {
    const Operation &a = *missed.must_show, &b = *read.operation;
    std::vector<const Operation*> operations = {&a, &b};
    std::string yet = "yet B returned no value at all";
    if (!read.siblings.empty()) {
      yet = "yet of what B returned";
      for (const size_t sibling : read.siblings) {
        const Write& write = history_.writes()[sibling];
        if (operations.size() < 6) operations.push_back(write.operation);
        std::vector<std::string> parents;
        for (const size_t parent : write.parents)
          parents.push_back(fmt::format("\"{}\"", history_.writes()[parent].value));
        yet += fmt::format(
            ", \"{}\" (events {}{}) ", write.value, write.operation->invoked,
            write.operation->completion != nullptr ? fmt::format(" and {}", write.operation->completion->index) : "");
        if (write.plain) {
          yet += write.operation->returned < a.invoked ? "was over before A began" : "was written without a context";
        } else {
          yet += parents.empty() ? "was written on top of nothing"
                                 : fmt::format("was written on top of {}", excerpt(join(parents)));
        }
      }
      yet += ", and A's value is not among these or what they were built on";
    }
    return make_witness("stale read", operations,
                        fmt::format("Let A = {}, B = {}. Then A happened before B, because {}, and B had to show A's "
                                    "value or one built on it, because {}; {}.",
                                    describe_with_end(a), describe_with_end(b), before("A", a, "B", b),
                                    why_they_meet(b, a, trial_.terms.replicas), yet));
  });
}

// One sweep, parents first: a write's ancestry is those of its parents together. An ancestry is kept only until its
// last use, so that few are alive at any time.
void RegisterReads::judge_by_context() {
  const std::vector<Write>& writes = history_.writes();
  std::vector<int64_t> uses(writes.size(), 0);
  for (const Write& write : writes) {
    for (const size_t parent : write.parents) ++uses[parent];
  }
  std::vector<const RegisterRead*> reads;
  for (const RegisterRead& read : history_.reads()) {
    reads.push_back(&read);
    for (const size_t sibling : read.siblings) ++uses[sibling];
  }
  std::stable_sort(reads.begin(), reads.end(), [](const RegisterRead* a, const RegisterRead* b) {
    return a->operation->returned < b->operation->returned;
  });

  std::vector<Ancestry> ancestry(writes.size());
  const auto take = [&](Ancestry& into, size_t position) {
    into.merge(ancestry[position], writes);
    if (--uses[position] == 0) ancestry[position] = Ancestry();
  };
  const std::vector<RegisterHistory::Step> order = history_.parents_first();
  std::vector<bool> known(writes.size(), false);
  auto step = order.begin();
  for (const RegisterRead* read : reads) {
    for (; step != order.end() && step->known_at < read->operation->returned; ++step) {
      const Write& write = writes[step->position];
      Ancestry own;
      for (const size_t parent : write.parents) take(own, parent);
      own.insert(step->position);
      if (write.plain) own.insert_plain(write.operation->returned);
      if (uses[step->position] > 0) ancestry[step->position] = std::move(own);
      known[step->position] = true;
    }
    Ancestry shown;
    for (const size_t sibling : read->siblings) {
      if (known[sibling]) take(shown, sibling);  // else from the future: the siblings checker tells
    }
    if (!begin(*read)) continue;
    shown.settle(writes);
    Missed missed;
    for (size_t position = shown.all_below();
         position < writes.size() && writes[position].operation->invoked < read->operation->invoked; ++position) {
      if (!shown.contains(position, *writes[position].operation)) note(*read, position, missed);
    }
    report(*read, missed);
  }
}

// No write carried a context: a read is stale if some acknowledged write lies wholly between the write of what it
// returned and its own beginning. O(n log n), unless disks were lost: then what a stale read missed is looked at write
// by write.
void RegisterReads::judge_by_time() {
  const std::vector<Write>& writes = history_.writes();
  AcknowledgedWrites all;
  std::map<int, AcknowledgedWrites> strict;  // by W
  for (const Write& write : writes) {
    if (!write.operation->ok()) continue;
    all.add(*write.operation);
    if (write.operation->strict && !trial_.terms.by_clock) strict[write.operation->w].add(*write.operation);
  }
  all.finish();
  for (auto& [w, of_w] : strict) of_w.finish();

  WritesOver over(all);
  for (const RegisterRead& read : history_.reads()) {
    over.advance(read.operation->invoked);
    if (!begin(read)) continue;
    int64_t shown_until = -1;  // when the writes of what it returned were over
    for (const size_t sibling : read.siblings) shown_until = std::max(shown_until, writes[sibling].operation->returned);
    const Operation* oldest = all.first_over_after(shown_until);
    if (oldest == nullptr || oldest->returned >= read.operation->invoked) continue;
    Missed missed;
    if (trial_.lost_disks.any()) {
      for (size_t position = 0; position < writes.size(); ++position) {
        if (writes[position].operation->invoked > shown_until) note(read, position, missed);
      }
    } else {
      missed.versions = over.begun_after(shown_until);
      missed.oldest = oldest;
      for (auto w = strict.begin(); read.operation->strict && w != strict.end(); ++w) {
        const Operation* first = w->second.first_over_after(shown_until);
        if (first == nullptr || first->returned >= read.operation->invoked || !meet(*read.operation, *first)) continue;
        if (missed.must_show == nullptr || first->returned < missed.must_show->returned) missed.must_show = first;
      }
    }
    report(read, missed);
  }
}

}  // namespace

void judge_register_reads(const Trial& trial, QuorumTally& tally) {
  Headway headway(trial.judging, "quorum-reads", trial.operations.all().size());
  for (const KeyOperations& key : trial.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    const RegisterHistory history(key, trial.judging.initial);
    RegisterReads(trial, history, tally).judge();
  }
}

}  // namespace checkers
