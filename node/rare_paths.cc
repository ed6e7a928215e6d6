#include "node/rare_paths.h"

#include "node/base/hash.h"

namespace node {

namespace {

// Another number for each occasion (the finaliser of MurmurHash3).
uint64_t scatter(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
  return x ^ (x >> 33);
}

}  // namespace

Options with_rare_paths(Options options) {
  if (options.rare_paths == 0) return options;
  const uint64_t seed = hash64(options.name, options.rare_paths);
  const auto one_of_three = [seed](std::string_view what) { return hash64(what, seed) % 3 == 0; };
  const auto one_of_six = [seed](std::string_view what) { return hash64(what, seed) % 6 == 0; };
  Limits& limits = options.limits;
  // A handful of records: few runs have more than some hundred, and each must get through in the end.
  if (one_of_three("leaf-items")) limits.leaf_items = 2;
  if (one_of_three("sync-branches")) limits.sync_branches = 2;
  if (one_of_three("sync-items")) limits.sync_items = 16;
  if (one_of_three("sync-bytes")) limits.sync_bytes = 2'000;
  if (one_of_three("pull-digests")) limits.pull_digests = 16;
  if (one_of_three("page-bytes")) limits.page_bytes = 2'000;
  if (one_of_three("reaped-at-once")) limits.reaped_at_once = 1;
  if (one_of_three("hint-batch")) options.hint_batch = 1;
  if (one_of_six("max-hint-bytes")) options.max_hint_bytes = 2'000;
  if (one_of_six("max-open-requests")) options.max_open_requests = 8;
  // Homes are nearly never given up.
  if (one_of_six("patient")) options.hint_timeout = options.request_timeout * 9 / 10;
  if (one_of_six("suspicious")) options.suspect_after = options.heartbeat_interval * 5 / 2;
  // Of all nodes or of none: each must know how long others may be silent.
  if (hash64("taking-turns", options.rare_paths) % 6 == 0) options.heartbeat_fanout = 1;
  if (one_of_six("often-offered")) options.handoff_interval /= 8;
  if (one_of_six("seldom-offered")) options.handoff_interval *= 8;
  if (one_of_six("often-compared")) options.anti_entropy_interval /= 8;
  if (one_of_six("seldom-compared")) options.anti_entropy_interval *= 4;
  // Longer than the harness's clients retry (harness/run/clients.h).
  if (one_of_three("reap-soon")) {
    options.max_hint_age = std::chrono::seconds(2);
    options.reap_after = std::chrono::seconds(5);
  }
  return options;
}

bool RarePaths::drawn(std::string_view point, uint64_t occasion) const {
  const bool alive = hash64(point, number_) % 2 == 0;
  return alive && scatter(hash64(point, number_ + 1) ^ occasion) % 4 == 0;
}

}  // namespace node
