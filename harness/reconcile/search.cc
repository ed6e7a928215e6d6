#include "harness/reconcile/search.h"

#include <rapidcheck.h>

#include <iostream>
#include <sstream>

#include "harness/reconcile/replay.h"

namespace harness {

namespace {

rc::Gen<Step> a_step(int replicas) {
  return rc::gen::build<Step>(rc::gen::set(&Step::what, rc::gen::weightedElement<Step::Do>({{4, Step::Do::kUpdate},
                                                                                            {2, Step::Do::kRemove},
                                                                                            {4, Step::Do::kLook},
                                                                                            {5, Step::Do::kHear},
                                                                                            {1, Step::Do::kPersist},
                                                                                            {1, Step::Do::kCrash}})),
                              rc::gen::set(&Step::replica, rc::gen::inRange(0, replicas)),
                              rc::gen::set(&Step::other, rc::gen::inRange(0, replicas)),
                              rc::gen::set(&Step::choice, rc::gen::inRange(0, 5)));
}

}  // namespace

std::string search_history(Reconciler& reconciler, Kind kind, const ReconcileSearch& search) {
  rc::detail::TestParams params;
  params.seed = search.seed;
  params.maxSuccess = search.histories;
  params.maxSize = 60;
  std::string story;
  // It tells everybody about a configuration that is not ours.
  std::streambuf* const errors = std::cerr.rdbuf(nullptr);
  const auto result = rc::detail::checkTestable(
      [&] {
        const auto steps = *rc::gen::container<std::vector<Step>>(a_step(search.replicas));
        std::string wrong = replay(reconciler, {.kind = kind, .replicas = search.replicas}, steps);
        if (wrong.empty()) return;
        story = wrong;  // the last one that fails is the smallest
        RC_FAIL(wrong);
      },
      rc::detail::TestMetadata(), params);
  std::cerr.rdbuf(errors);
  if (result.is<rc::detail::SuccessResult>()) return "";
  if (!story.empty()) return story;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  return text.str();
}

}  // namespace harness
