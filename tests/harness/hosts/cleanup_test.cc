// Whatever way a harness ends, no process and no namespace of its hosts is left.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tests/harness/hosts/hosts_fixture.h"

namespace harness::hosts_test {
namespace {

using Way = LocalHosts::Way;

constexpr int kHosts = 3;

// What a harness tells the test about itself before it ends.
struct Traces {
  pid_t nodes[kHosts] = {};
  ino_t networks[kHosts + 1] = {};  // of the nodes, and the hub's
};

ino_t network_of(const std::string& process) {
  struct stat ns {};
  return stat(("/proc/" + process + "/ns/net").c_str(), &ns) == 0 ? ns.st_ino : 0;
}

bool lives_in(const Traces& traces, ino_t network) {
  return std::find(std::begin(traces.networks), std::end(traces.networks), network) != std::end(traces.networks);
}

pid_t parent_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("PPid:", 0) == 0) return std::stoi(line.substr(5));
  }
  return 0;
}

// Is there any process in one of these networks? (A namespace lives exactly as long as something keeps it.)
bool anybody_in(const Traces& traces) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") == std::string::npos && lives_in(traces, network_of(name))) return true;
  }
  return false;
}

class Cleanup : public testing::TestWithParam<Way> {
 protected:
  // Forks a harness that makes hosts, pauses one node, and then does `end`. Checks that nothing is left of it.
  void nothing_is_left_after(const std::function<void(Parrots&)>& end) {
    int report[2];
    ASSERT_EQ(pipe(report), 0);
    const ScratchDirectory directory;
    std::fflush(nullptr);
    const pid_t harness = fork();
    ASSERT_GE(harness, 0);
    if (harness == 0) {
      Parrots t(GetParam(), kHosts, directory.path());
      Traces traces;
      for (int i = 0; i < kHosts; ++i) {
        traces.nodes[i] = t.hosts().pid("n" + std::to_string(i + 1));
        traces.networks[i] = network_of(std::to_string(traces.nodes[i]));
      }
      traces.networks[kHosts] = network_of("self");
      if (!t.hosts().pause("n2")) _exit(1);
      if (write(report[1], &traces, sizeof traces) != sizeof traces) _exit(1);
      end(t);
      _exit(0);
    }
    Traces traces;
    ASSERT_EQ(read(report[0], &traces, sizeof traces), static_cast<ssize_t>(sizeof traces));
    close(report[0]);
    close(report[1]);
    for (const pid_t node : traces.nodes) ASSERT_GT(node, 0);
    waitpid(harness, nullptr, 0);
    for (const pid_t node : traces.nodes) {
      EXPECT_TRUE(eventually([&] { return process_state(node) == '-'; })) << "process " << node << " is left";
    }
    // In the loopback way the network is that of the test itself.
    if (GetParam() != Way::kLoopback) {
      EXPECT_TRUE(eventually([&] { return !anybody_in(traces); })) << "a namespace is left";
    }
  }
};
INSTANTIATE_TEST_SUITE_P(, Cleanup, testing::ValuesIn([] {
                           auto ways = ways_with_namespaces();
                           ways.push_back(Way::kLoopback);
                           return ways;
                         }()),
                         name_of_way);

TEST_P(Cleanup, AKilledHarnessLeavesNothing) {
  nothing_is_left_after([](Parrots&) { raise(SIGKILL); });
}

TEST_P(Cleanup, AHarnessKilledDuringAPartitionLeavesNothing) {
  nothing_is_left_after([](Parrots& t) {
    if (t.hosts().why_no_partitions().empty()) (void)t.hosts().set_cuts({{"n1", "n2"}, {"n2", "n1"}});
    raise(SIGKILL);
  });
}

TEST_P(Cleanup, AHarnessThatExitsWithoutCleaningUpLeavesNothing) {
  nothing_is_left_after([](Parrots&) { _exit(7); });
}

TEST_P(Cleanup, CtrlCDoesNotReachTheNodesBehindTheHarness) {
  in_child_process([&] {
    setpgid(0, 0);
    const ScratchDirectory directory;
    Parrots t(GetParam(), 2, directory.path());
    signal(SIGINT, SIG_IGN);
    ASSERT_EQ(::kill(0, SIGINT), 0);  // the whole process group, as a terminal does
    EXPECT_TRUE(t.answers("n1"));
    EXPECT_TRUE(t.answers("n2"));
    EXPECT_TRUE(t.hosts().reap().empty());
    EXPECT_TRUE(t.hosts().kill("n1"));  // and the warden still serves
  });
}

// Somebody else, the kernel short of memory say, may kill the process that owns the hosts.
TEST_P(Cleanup, ADeadWardenTakesTheNodesAlongAndTheHarnessHearsOfIt) {
  in_child_process([&] {
    const ScratchDirectory directory;
    Parrots t(GetParam(), 2, directory.path());
    const pid_t nodes[] = {t.hosts().pid("n1"), t.hosts().pid("n2")};
    ASSERT_TRUE(t.hosts().pause("n2"));
    ASSERT_EQ(::kill(parent_of(nodes[0]), SIGKILL), 0);
    std::vector<ProcessEnd> ends;
    ASSERT_TRUE(eventually([&] { return !(ends = t.hosts().reap()).empty(); }));
    ASSERT_EQ(ends.size(), 2U);
    EXPECT_FALSE(ends[0].expected);
    EXPECT_TRUE(eventually([&] { return process_state(nodes[0]) == '-' && process_state(nodes[1]) == '-'; }));
    const auto refused = t.hosts().restart("n1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), "the process that owns the hosts is gone, and all nodes with it");
    EXPECT_TRUE(t.hosts().reap().empty());
    t.hosts().stop_all(kPatience);
  });
}

TEST_P(Cleanup, TheDestructorLeavesNothingAndReturnsOnlyThen) {
  in_child_process([&] {
    const ScratchDirectory directory;
    pid_t nodes[2];
    {
      Parrots t(GetParam(), 2, directory.path());
      nodes[0] = t.hosts().pid("n1");
      nodes[1] = t.hosts().pid("n2");
      ASSERT_TRUE(t.hosts().pause("n2"));
    }
    EXPECT_EQ(process_state(nodes[0]), '-');
    EXPECT_EQ(process_state(nodes[1]), '-');
  });
}

}  // namespace
}  // namespace harness::hosts_test
