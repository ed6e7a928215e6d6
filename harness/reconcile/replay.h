// A history of one key on several replicas, carried out by a reconciler and, beside it, by a model that forgets
// nothing: the set of all updates, each with the updates that it supersedes (its causal past, as far as it was shown to
// whoever made it). What the reconciler shows must be what the model expects, after every step and after every merge.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/reconcile/reconciler.h"

namespace harness {

struct Step {
  enum class Do {
    kUpdate,   // a write, an addition, an increment at `replica`, in the light of what was last shown by `other`
    kRemove,   // cart: a removal of what was last shown by `other`; values: the same as kUpdate
    kLook,     // a client is shown what `other` holds
    kHear,     // `replica` merges the state of `other`
    kPersist,  // what `replica` holds survives its next crash
    kCrash,    // `replica` comes back with what it persisted, under a new name
  };
  Do what = Do::kUpdate;
  int replica = 0;
  int other = 0;
  int choice = 0;  // which item, which amount
};

struct ReplayOptions {
  Kind kind = Kind::kValues;
  int replicas = 3;
};

// Empty: all was as it should be. Else a story that ends with what was expected and what was shown instead.
std::string replay(Reconciler& reconciler, const ReplayOptions& options, const std::vector<Step>& steps);

}  // namespace harness
