// Registers with siblings: at the end, what was written and acknowledged is there, unless a later write was built on
// it; what was superseded stays gone; and no read ever shows what nobody wrote.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "checkers/explain.h"
#include "checkers/register_history.h"
#include "checkers/replicas.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

class SiblingsChecker {
 public:
  explicit SiblingsChecker(const Trial& trial) : trial_(trial) {
    result_.checker = "siblings";
    result_.promise = complete() ? trial.terms.lost_writes.text : trial.terms.honest_values.text;
  }

  Result check();

 private:
  void check_read(const RegisterHistory& history, const RegisterRead& read);
  void check_lost(const RegisterHistory& history);
  void check_returned(const RegisterHistory& history);
  void summarize();
  bool complete() const { return trial_.terms.lost_writes.status == Promise::Status::kPromised; }

  const Trial& trial_;
  Result result_;
  Findings findings_;
  int64_t reads_ = 0, final_reads_ = 0, acknowledged_ = 0, judged_ = 0, lost_ = 0, most_siblings_ = 0;
  std::vector<const RegisterRead*> finals_;  // of the register at hand
};

// A write that was tried at several nodes may be stored as several versions of the same value; one of them can surface
// after another was superseded.
bool stored_once(const Operation& write) { return write.attempts() <= 1; }

void SiblingsChecker::check_read(const RegisterHistory& history, const RegisterRead& read) {
  const Operation& operation = *read.operation;
  most_siblings_ = std::max(most_siblings_, static_cast<int64_t>(read.siblings.size() + read.unknown.size()));
  for (const std::string_view value : read.unknown) {
    findings_.add([&] {
      return make_witness("value from nowhere", {&operation},
                          fmt::format("Let A = {}. No client ever wrote \"{}\", yet A returned it.",
                                      describe_with_end(operation), excerpt(std::string(value))));
    });
  }
  for (const size_t sibling : read.siblings) {
    const Write& write = history.writes()[sibling];
    if (write.operation->failed()) {
      findings_.add([&] {
        return make_witness(
            "failed write", {write.operation, &operation},
            fmt::format("Let A = {}, B = {}. A failed, so that it never took effect, yet B returned its value.",
                        describe_with_end(*write.operation), describe_with_end(operation)));
      });
    } else if (operation.returned < write.operation->invoked) {
      findings_.add([&] {
        return make_witness(
            "value from the future", {write.operation, &operation},
            fmt::format("Let A = {}, B = {}. Then B happened before A, because {}, yet B returned A's value.",
                        describe_with_end(*write.operation), describe_with_end(operation),
                        before("B", operation, "A", *write.operation)));
      });
    }
    if (!trial_.terms.contexts || !stored_once(*write.operation)) continue;
    for (const size_t child : write.children) {
      if (std::find(read.siblings.begin(), read.siblings.end(), child) == read.siblings.end()) continue;
      const Operation& later = *history.writes()[child].operation;
      findings_.add([&] {
        return make_witness(
            "superseded sibling", {write.operation, &later, &operation},
            fmt::format("Let A = {}, B = {}, C = {}. Then A came before B, because B was written with a context that "
                        "covered A's value, yet C returned both side by side.",
                        describe_with_end(*write.operation), describe_with_end(later), describe_with_end(operation)));
      });
    }
  }
}

// An acknowledged write that nobody built on must be among the siblings of every final read.
void SiblingsChecker::check_lost(const RegisterHistory& history) {
  for (size_t i = 0; i < history.writes().size(); ++i) {
    const Write& write = history.writes()[i];
    const Operation& operation = *write.operation;
    if (!operation.ok()) continue;
    ++acknowledged_;
    if (!write.children.empty() || operation.invoked < history.plain_until()) continue;
    const Operation* missed = nullptr;
    std::vector<std::string> without;
    bool judged = false;
    for (const RegisterRead* read : finals_) {
      if (trial_.lost_disks.excuse(operation, read->operation->end())) continue;
      judged = true;
      if (std::find(read->siblings.begin(), read->siblings.end(), i) != read->siblings.end()) continue;
      if (missed == nullptr) missed = read->operation;
      without.push_back(read->operation->node());
    }
    judged_ += judged;
    if (missed == nullptr || (without.size() < finals_.size() && trial_.starved())) continue;
    ++lost_;
    if (!complete()) continue;
    findings_.add([&] {
      const std::string everywhere = without.size() == finals_.size()
                                         ? "neither B nor any other final read returned it"
                                         : fmt::format("the final reads through {} did not return it", join(without));
      return make_witness(
          "lost write", {&operation, missed},
          fmt::format("Let A = {}, B = {}. Then A happened before B, because {}, and no client ever "
                      "wrote with a context that covered A's value; yet {}.{}",
                      describe_with_end(operation), describe_with_end(*missed), before("A", operation, "B", *missed),
                      everywhere, where_held(trial_.history, operation.key(), write.value)));
    });
  }
}

// What an acknowledged write was built on, directly or through others, must be gone from the final reads.
void SiblingsChecker::check_returned(const RegisterHistory& history) {
  if (finals_.empty()) return;
  constexpr size_t kNone = static_cast<size_t>(-1);
  std::vector<size_t> superseded_by(history.writes().size(), kNone);
  std::vector<size_t> open;
  for (size_t i = 0; i < history.writes().size(); ++i) {
    const Operation& write = *history.writes()[i].operation;
    if (!write.ok() || trial_.lost_disks.excuse(write, finals_.back()->operation->end())) continue;
    open.push_back(i);
    while (!open.empty()) {
      const size_t next = open.back();
      open.pop_back();
      for (const size_t parent : history.writes()[next].parents) {
        if (superseded_by[parent] != kNone) continue;
        superseded_by[parent] = i;
        open.push_back(parent);
      }
    }
  }
  std::unordered_set<size_t> reported;
  for (const RegisterRead* read : finals_) {
    for (const size_t sibling : read->siblings) {
      const Write& write = history.writes()[sibling];
      if (superseded_by[sibling] == kNone || !stored_once(*write.operation) || !reported.insert(sibling).second)
        continue;
      const Write& successor = history.writes()[superseded_by[sibling]];
      const bool direct =
          std::find(successor.parents.begin(), successor.parents.end(), sibling) != successor.parents.end();
      const Operation& later = *successor.operation;
      findings_.add([&] {
        return make_witness(
            "superseded value returned", {write.operation, &later, read->operation},
            fmt::format("Let A = {}, B = {}, C = {}. Then A came before B, because B's context covered {}, and B "
                        "happened before C, because {}; yet C returned A's value.",
                        describe_with_end(*write.operation), describe_with_end(later),
                        describe_with_end(*read->operation),
                        direct ? "A's value" : "a value that was in turn built on A's",
                        before("B", later, "C", *read->operation)));
      });
    }
  }
}

Result SiblingsChecker::check() {
  if (result_.summary = other_than("register", trial_.history, trial_.subject); !result_.summary.empty())
    return std::move(result_);
  Headway headway(trial_.judging, "siblings", trial_.operations.all().size());
  for (const KeyOperations& key : trial_.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    const RegisterHistory history(key, trial_.judging.initial);
    finals_.clear();
    for (const RegisterRead& read : history.reads()) {
      ++reads_;
      check_read(history, read);
      if (read.operation->final()) finals_.push_back(&read);
    }
    final_reads_ += static_cast<int64_t>(finals_.size());
    if (trial_.terms.contexts) check_lost(history);
    if (complete()) check_returned(history);
  }
  summarize();
  return std::move(result_);
}

void SiblingsChecker::summarize() {
  result_.evidence = {{"acknowledged writes", acknowledged_},
                      {"writes that must be there at the end", judged_},
                      {"final reads", final_reads_},
                      {"reads looked at", reads_}};
  result_.details.set("most siblings in a read", most_siblings_);
  result_.details.set("lost writes", lost_);
  if (reads_ == 0) {
    result_.summary = "no read succeeded";
  } else if (!trial_.terms.contexts) {
    result_.verdict = Verdict::kReported;
    result_.summary = fmt::format("{} looked at for values that nobody wrote; {}", count(reads_, "read"),
                                  trial_.terms.lost_writes.text);
  } else if (final_reads_ == 0) {
    result_.summary = "no final read succeeded";
  } else if (judged_ == 0) {
    result_.summary = "no acknowledged write had to be there at the end";
  } else {
    result_.verdict = complete() ? Verdict::kValid : Verdict::kReported;
    result_.summary = lost_of(lost_, judged_, "write") +
                      (complete() ? "" : " (expected of replicas that stay behind)") +
                      fmt::format("; at most {} in a read", count(most_siblings_, "sibling"));
  }
  findings_.move_into(result_);
  const int64_t others = findings_.count() - (complete() ? lost_ : 0);
  if (others > 0) result_.summary += fmt::format("; {} that should not show", count(others, "value"));
}

}  // namespace

Result check_siblings(const Trial& trial) { return SiblingsChecker(trial).check(); }

}  // namespace checkers
