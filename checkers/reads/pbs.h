// How stale reads are expected to be under quorums that are drawn anew for every operation and do not expand (Bailis,
// Venkataraman et al., "Probabilistically bounded staleness for practical partial quorums", VLDB 2012, section 3.1).
#pragma once

#include <cmath>

namespace checkers {

// Probability that a read shows one of the last k versions: 1 - (C(N-W, R) / C(N, R))^k. 1 where R+W > N.
inline double within_versions(int n, int r, int w, int k) {
  double missed = 1;  // that none of the R replicas is one of the W
  for (int i = 0; i < r; ++i) missed *= static_cast<double>(n - w - i) / static_cast<double>(n - i);
  return r + w > n ? 1 : 1 - std::pow(missed, k);
}

}  // namespace checkers
