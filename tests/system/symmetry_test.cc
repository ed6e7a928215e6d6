// Row F5: nodes that do the same work, for the same time of the processor.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "tests/system/standing_cluster.h"

namespace system_test {
namespace {

// Seconds of the processor that the process has had.
double processor_time(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::istringstream fields(text.substr(text.rfind(')') + 2));  // from the third on: the second may hold anything
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Work {
  std::vector<double> requests, bytes, seconds;  // by node
};

Work work_of(const StandingCluster& cluster) {
  Work work;
  for (size_t node = 0; node < cluster.ports().size(); ++node) {
    work.requests.push_back(static_cast<double>(cluster.stat(node, "reads") + cluster.stat(node, "writes") -
                                                cluster.stat(node, "forwards")));
    work.bytes.push_back(static_cast<double>(cluster.stat(node, "message_bytes_sent")));
    work.seconds.push_back(processor_time(cluster.pid(node)));
  }
  return work;
}

void expect_alike(const char* what, const std::vector<double>& before, const std::vector<double>& after) {
  std::vector<double> done;
  for (size_t node = 0; node < after.size(); ++node) done.push_back(after[node] - before[node]);
  const double mean = std::accumulate(done.begin(), done.end(), 0.0) / static_cast<double>(done.size());
  EXPECT_GT(mean, 0) << what;
  for (size_t node = 0; node < done.size(); ++node) {
    EXPECT_NEAR(done[node], mean, mean * 0.15) << "n" << node + 1 << ": " << what;
    std::printf("%-22s n%zu %12.1f, %.1f %% of the mean\n", what, node + 1, done[node], 100 * done[node] / mean);
  }
}

TEST(LongSymmetry, NodesUnderUniformLoadDoTheSameWorkInTheSameTime) {
  const StandingCluster cluster({"--ring", "equal:256", "--storage", "memory"});
  ASSERT_EQ(cluster.ports().size(), 5u);
  const Work before = work_of(cluster);
  // Ten minutes of requests would show no more than some hundred thousand of them.
  for (int round = 0; round < 6; ++round) {
    for (const std::string& port : cluster.ports()) {
      const Ended ended = run_program({"redis-benchmark", "-p", port, "-t", "set,get", "-n", "20000", "-r", "100000",
                                       "-d", "100", "-c", "20", "-q"},
                                      cluster.workshop().path());
      ASSERT_EQ(ended.exit_code, 0) << ended.output << ended.errors;
    }
  }
  const Work after = work_of(cluster);
  expect_alike("requests coordinated", before.requests, after.requests);
  expect_alike("bytes sent", before.bytes, after.bytes);
  expect_alike("processor seconds", before.seconds, after.seconds);
}

}  // namespace
}  // namespace system_test
