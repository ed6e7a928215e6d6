// How stale reads are under quorums that do not expand, against the closed form of Bailis et al., "Probabilistically
// Bounded Staleness for Practical Partial Quorums" (VLDB 2012), section 3.1: a read shows one of the last k versions
// with probability 1 - (C(N-W, R) / C(N, R))^k.
#include <cmath>
#include <iomanip>
#include <iostream>

#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct Quorums {
  int n;
  int r;
  int w;
};
void PrintTo(const Quorums& q, std::ostream* out) { *out << "N" << q.n << "R" << q.r << "W" << q.w; }

double choose(int n, int k) {
  double ways = k > n ? 0 : 1;
  for (int i = 0; i < k && ways > 0; ++i) ways = ways * (n - i) / (i + 1);
  return ways;
}
double closed_form(const Quorums& q, int k) { return 1 - std::pow(choose(q.n - q.w, q.r) / choose(q.n, q.r), k); }

class PublishedStaleness : public testing::TestWithParam<Quorums> {};

// Rows Q2 and S6: stale reads as PBS predicts, none at R+W > N.
TEST_P(PublishedStaleness, MatchesTheClosedFormWithinSamplingError) {
  const Quorums q = GetParam();
  constexpr int kWarmUp = 100;  // until a replica that was never drawn is out of the question
  constexpr int kReads = 20'000;
  constexpr int kMostVersions = 10;
  Cluster t({.nodes = q.n + 1,
             .seed = 7,
             .replicas = q.n,
             .read_quorum = q.r,
             .write_quorum = q.w,
             .mode = Mode::kStrict,
             .hints = false,
             .anti_entropy = false,
             .non_expanding = true});
  std::vector<int> within(kMostVersions + 1);  // reads that showed one of the last k versions
  for (int version = 1; version <= kWarmUp + kReads; ++version) {
    ASSERT_EQ(t.set(0, "key", std::to_string(version)), "OK");
    const Answer read = t.get(1, "key");
    ASSERT_TRUE(read.ok());
    if (version <= kWarmUp) continue;
    for (int k = 1; k <= kMostVersions; ++k) within[static_cast<size_t>(k)] += version - std::stoi("0" + read.text) < k;
  }
  std::cout << "N=" << q.n << " R=" << q.r << " W=" << q.w << ", " << kReads << " reads\n";
  for (int k : {1, 2, 3, 5, 10}) {
    const double measured = static_cast<double>(within[static_cast<size_t>(k)]) / kReads;
    const double published = closed_form(q, k);
    std::cout << "  one of the last " << std::setw(2) << k << std::fixed << std::setprecision(3) << ": measured "
              << measured << ", published " << published << "\n";
    // Four standard deviations; neighbouring reads share replicas, hence the factor 2.
    EXPECT_NEAR(measured, published, 2 * 4 * std::sqrt(published * (1 - published) / kReads) + 0.001) << "k=" << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Pbs, PublishedStaleness,
                         testing::Values(Quorums{3, 1, 1}, Quorums{3, 2, 1}, Quorums{3, 1, 2}, Quorums{5, 1, 1},
                                         Quorums{3, 2, 2}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace node::sim
