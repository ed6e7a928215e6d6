// Random histories for a reconciler, and the smallest that it gets wrong (RapidCheck draws and shrinks).
#pragma once

#include <cstdint>
#include <string>

#include "harness/reconcile/reconciler.h"

namespace harness {

struct ReconcileSearch {
  int histories = 1000;  // of each kind
  uint64_t seed = 1;
  int replicas = 3;
};

// Empty: it got all of them right. Else the story of the smallest history that it got wrong.
std::string search_history(Reconciler& reconciler, Kind kind, const ReconcileSearch& search);

}  // namespace harness
