// Queues without an order: what comes out was put in, no more often and not earlier (queue), and all that was
// acknowledged comes out (total-queue).
#include <fmt/format.h>

#include <algorithm>

#include "checkers/explain.h"
#include "checkers/trial.h"
#include "checkers/value_ids.h"

namespace checkers {
namespace {

struct Element {
  const Value* value = nullptr;
  std::vector<const Operation*> in;   // enqueues that may have taken effect, in order of invocation
  std::vector<const Operation*> out;  // dequeues and drains that returned it, once for each time
  const Operation* failed = nullptr;  // an enqueue that did not take effect
  int64_t acknowledged = 0;
};

class Queues {
 public:
  Queues(const Trial& trial, std::string name, bool total)
      : trial_(trial),
        total_(total),
        result_(result_of(std::move(name), total
                                               ? "every element whose enqueueing was acknowledged comes out, and "
                                                 "nothing comes out that was not put in"
                                               : "an element comes out only after it was put in, and no more often")) {}

  Result check() {
    Headway headway(trial_.judging, result_.checker, trial_.operations.all().size());
    for (const KeyOperations& key : trial_.operations.by_key()) {
      if (!headway.advance(key.operations.size())) break;
      check(key);
    }
    summarize();
    return std::move(result_);
  }

 private:
  void check(const KeyOperations& key);
  void judge(Element& element);
  void report_early(const Element& element, const Operation& out, size_t before);
  void judge_lost(const std::vector<const Element*>& lost, int64_t open);
  bool judges_loss() const;
  void summarize();

  const Trial& trial_;
  const bool total_;
  bool drained_ = false;
  Result result_;
  Findings findings_;
  int64_t attempted_ = 0, acknowledged_ = 0, taken_ = 0, lost_ = 0, excused_ = 0, unexpected_ = 0, duplicated_ = 0,
          recovered_ = 0;
  List lost_values_, unexpected_values_, duplicated_values_, recovered_values_;
};

void add_some(List& list, const Value& value) {
  if (list.size() < kListed) list.push_back(value);
}

void Queues::check(const KeyOperations& key) {
  ValueIds ids;
  std::vector<Element> elements;
  const auto element_of = [&](const Value& value) -> Element& {
    const size_t id = ids.id(value);
    if (id == elements.size()) elements.emplace_back().value = &value;
    return elements[id];
  };
  int64_t open = 0;  // dequeues that may have taken something that nobody saw
  for (const Operation* operation : key.operations) {
    if (operation->f() == "enqueue") {
      Element& element = element_of(operation->argument());
      ++attempted_;
      acknowledged_ += operation->ok();
      element.acknowledged += operation->ok();
      if (operation->failed()) {
        element.failed = operation;
      } else {
        element.in.push_back(operation);
      }
    } else if (operation->f() == "dequeue") {
      if (operation->ok()) element_of(operation->result()).out.push_back(operation);
      open += !operation->ok() && !operation->failed();
    } else if (operation->f() == "drain") {
      drained_ = drained_ || operation->ok();
      if (operation->ok()) {
        for (const Value& value : operation->result().list()) element_of(value).out.push_back(operation);
      } else if (!operation->failed()) {
        open = kNever;  // it may have taken them all
      }
    }
  }
  std::vector<const Element*> lost;
  for (Element& element : elements) {
    judge(element);
    const auto out = static_cast<int64_t>(element.out.size());
    taken_ += out;
    if (element.acknowledged > out) lost.push_back(&element);
  }
  judge_lost(lost, open);
}

// In order of return, the k-th to come out needs k that may have gone in before it was over.
void Queues::judge(Element& element) {
  std::stable_sort(element.out.begin(), element.out.end(),
                   [](const Operation* a, const Operation* b) { return a->returned < b->returned; });
  const auto begun = [&](const Operation& out) {
    return static_cast<size_t>(std::partition_point(element.in.begin(), element.in.end(),
                                                    [&](const Operation* in) { return in->invoked < out.returned; }) -
                               element.in.begin());
  };
  bool unexpected = false, duplicated = false;
  for (size_t k = 0; k < element.out.size(); ++k) {
    const Operation& out = *element.out[k];
    const size_t before = begun(out);
    if (k < before) continue;
    const bool none = before == 0;
    (none ? unexpected : duplicated) = true;
    if (none || !total_) report_early(element, out, before);
  }
  if (unexpected) {
    ++unexpected_;
    add_some(unexpected_values_, *element.value);
  }
  if (duplicated) {
    ++duplicated_;
    add_some(duplicated_values_, *element.value);
  }
  if (!element.out.empty() && !element.in.empty() && element.acknowledged == 0) {
    ++recovered_;
    add_some(recovered_values_, *element.value);
  }
}

void Queues::report_early(const Element& element, const Operation& out, size_t before) {
  findings_.add([&] {
    const std::string value = excerpt(to_json(*element.value));
    if (before > 0) {
      std::vector<const Operation*> operations(
          element.out.begin(),
          element.out.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(element.out.size(), 3)));
      operations.push_back(element.in.front());
      return make_witness(
          "duplicate element", operations,
          fmt::format("Let A = {}. Before A returned, {} of {} had begun that may have taken effect, "
                      "and A is at least the {}th time that it came out.",
                      describe_with_end(out), count(static_cast<int64_t>(before), "enqueueing"), value, before + 1));
    }
    const Operation* in = element.in.empty() ? element.failed : element.in.front();
    if (in == nullptr)
      return make_witness(
          "element from nowhere", {&out},
          fmt::format("Let A = {}. A took {}, which nobody ever put in.", describe_with_end(out), value));
    return make_witness(
        in->failed() ? "failed element" : "element from the future", {in, &out},
        fmt::format("Let A = {}, B = {}. {}, yet B took {}.", describe_with_end(*in), describe_with_end(out),
                    in->failed()
                        ? "A failed, so that it never took effect"
                        : fmt::format("B returned at event {} and A began at event {}", out.returned, in->invoked),
                    value));
  });
}

// A dequeue of unknown outcome may have taken one of the missing elements; which, nobody knows.
void Queues::judge_lost(const std::vector<const Element*>& lost, int64_t open) {
  int64_t missing = 0;
  for (const Element* element : lost) {
    missing += element->acknowledged - static_cast<int64_t>(element->out.size());
    add_some(lost_values_, *element->value);
  }
  lost_ += missing;
  excused_ += std::min(missing, open);
  if (!judges_loss() || missing <= open) return;
  for (const Element* element : lost) {
    findings_.add([&] {
      const Operation& in = **std::find_if(element->in.begin(), element->in.end(),
                                           [](const Operation* operation) { return operation->ok(); });
      std::string text = fmt::format(
          "Let A = {}. Nothing that was dequeued or drained later is it, though A was "
          "acknowledged {}.",
          describe_with_end(in), count(element->acknowledged, "time"));
      if (open > 0)
        text += fmt::format(" {} of unknown outcome can have taken some of the {} that are missing, but not all.",
                            count(open, "dequeue"), missing);
      return make_witness("lost element", {&in}, std::move(text));
    });
  }
}

// What is still in the queue is not lost. Who names the checker says that it was emptied.
bool Queues::judges_loss() const {
  const auto& only = trial_.judging.only;
  return total_ && (drained_ || std::find(only.begin(), only.end(), result_.checker) != only.end());
}

void Queues::summarize() {
  result_.evidence = {{"elements put in", attempted_}, {"acknowledged", acknowledged_}, {"taken out", taken_}};
  result_.details.set("lost", std::move(lost_values_));
  result_.details.set("unexpected", std::move(unexpected_values_));
  result_.details.set("duplicated", std::move(duplicated_values_));
  result_.details.set("recovered", std::move(recovered_values_));
  if (total_ ? acknowledged_ > 0 : taken_ > 0) result_.verdict = Verdict::kValid;
  if (total_ && !judges_loss()) result_.verdict = Verdict::kReported;
  result_.summary = fmt::format("{} put in, {} taken out: {} unexpected, {} duplicated, {} without an acknowledgement",
                                count(attempted_, "element"), taken_, unexpected_, duplicated_, recovered_);
  if (total_) {
    result_.summary += fmt::format("; {} {}", lost_, judges_loss() ? "lost" : "may still be in it: nobody drained it");
    if (excused_ > 0)
      result_.summary += fmt::format(", of which dequeues of unknown outcome may have taken {}", excused_);
  }
  findings_.move_into(result_);
}

}  // namespace

Result check_queue(const Trial& trial) { return Queues(trial, "queue", false).check(); }
Result check_total_queue(const Trial& trial) { return Queues(trial, "total-queue", true).check(); }

}  // namespace checkers
