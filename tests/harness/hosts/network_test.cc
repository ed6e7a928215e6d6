#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "harness/hosts/posix.h"
#include "tests/harness/hosts/hosts_fixture.h"

namespace harness::hosts_test {
namespace {

using Way = LocalHosts::Way;
using nemesis::Cut;

class Network : public testing::TestWithParam<Way> {
 protected:
  void scenario(int count, const std::function<void(Parrots&)>& body) {
    in_child_process([&] {
      const ScratchDirectory directory;
      Parrots parrots(GetParam(), count, directory.path());
      body(parrots);
    });
  }
};
INSTANTIATE_TEST_SUITE_P(, Network, testing::ValuesIn(ways_with_namespaces()), name_of_way);

// "hello" read from 127.0.0.1:port, as somebody at another terminal would.
std::string read_from_outside(uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::string text;
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    char byte = 0;
    while (read(socket, &byte, 1) == 1 && byte != '\n') text += byte;
  }
  close(socket);
  return text;
}

TEST_P(Network, EveryHostReachesEveryOther) {
  scenario(3, [](Parrots& t) {
    t.tell("n1", "n2", "a");
    EXPECT_TRUE(t.eventually_heard("n2", "a"));
    t.tell("n2", "n3", "b");
    EXPECT_TRUE(t.eventually_heard("n3", "b"));
    t.tell("n3", "n1", "c");
    EXPECT_TRUE(t.eventually_heard("n1", "c"));
  });
}

TEST_P(Network, ACutDropsAndCountsPacketsInOneDirectionOnly) {
  scenario(3, [](Parrots& t) {
    ASSERT_TRUE(t.hosts().set_cuts({Cut{"n1", "n2"}}));
    t.tell("n1", "n2", "lost");
    ASSERT_TRUE(eventually([&] { return t.hosts().dropped_packets().value() == 1; }));
    t.tell("n2", "n1", "back");
    t.tell("n1", "n3", "aside");
    t.tell("n3", "n2", "around");
    EXPECT_TRUE(t.eventually_heard("n1", "back"));
    EXPECT_TRUE(t.eventually_heard("n3", "aside"));
    EXPECT_TRUE(t.eventually_heard("n2", "around"));
    EXPECT_EQ(t.hosts().dropped_packets().value(), 1U);
  });
}

TEST_P(Network, EachSetOfCutsReplacesTheOneBefore) {
  scenario(2, [](Parrots& t) {
    ASSERT_TRUE(t.hosts().set_cuts({Cut{"n1", "n2"}, Cut{"n2", "n1"}}));
    ASSERT_TRUE(t.hosts().set_cuts({Cut{"n2", "n1"}}));
    t.tell("n1", "n2", "through");
    EXPECT_TRUE(t.eventually_heard("n2", "through"));
    EXPECT_EQ(t.hosts().dropped_packets().value(), 0U);
  });
}

TEST_P(Network, HealingLetsPacketsThroughAndKeepsTheCount) {
  scenario(2, [](Parrots& t) {
    ASSERT_TRUE(t.hosts().set_cuts({Cut{"n1", "n2"}}));
    t.tell("n1", "n2", "lost");
    ASSERT_TRUE(eventually([&] { return t.hosts().dropped_packets().value() == 1; }));
    ASSERT_TRUE(t.hosts().set_cuts({}));
    t.tell("n1", "n2", "found");
    EXPECT_TRUE(t.eventually_heard("n2", "found"));
    EXPECT_EQ(t.hosts().dropped_packets().value(), 1U);
    ASSERT_TRUE(t.hosts().set_cuts({Cut{"n1", "n2"}}));
    t.tell("n1", "n2", "again");
    EXPECT_TRUE(eventually([&] { return t.hosts().dropped_packets().value() == 2; }));
    EXPECT_EQ(t.ask("n2", "heard"), "found");
  });
}

TEST_P(Network, TheHarnessReachesBothSidesOfACut) {
  scenario(2, [](Parrots& t) {
    ASSERT_TRUE(t.hosts().set_cuts({Cut{"n1", "n2"}, Cut{"n2", "n1"}}));
    EXPECT_TRUE(t.answers("n1"));
    EXPECT_TRUE(t.answers("n2"));
  });
}

TEST_P(Network, ACutNamesAnUnknownHost) {
  scenario(2, [](Parrots& t) {
    const auto refused = t.hosts().set_cuts({Cut{"n1", "n9"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), "no host is named n9: there are n1 to n2");
  });
}

TEST_P(Network, RetransmissionsBackOffNoFurtherThanASecond) {
  const std::string setting = "/proc/sys/net/ipv4/tcp_rto_max_ms";
  if (!std::ifstream(setting)) GTEST_SKIP() << "this kernel has no " << setting;
  scenario(1, [&](Parrots& t) { EXPECT_EQ(t.ask("n1", "read " + setting), "1000"); });
}

// The process that asks stays in the network where the test started; the hosts live in namespaces of another's.
TEST_P(Network, OutsidePortsAreReachableFromTheNetworkWhereTheHarnessStarted) {
  int ports[2];
  ASSERT_EQ(pipe(ports), 0);
  in_child_process([&] {
    std::fflush(nullptr);
    const pid_t outsider = fork();
    if (outsider == 0) {
      uint16_t port[2] = {};
      const bool told = read(ports[0], port, sizeof port) == sizeof port;
      _exit(told && read_from_outside(port[0]) == "n1" && read_from_outside(port[1]) == "n2" ? 0 : 1);
    }
    const ScratchDirectory directory;
    Parrots t(GetParam(), 2, directory.path());
    const uint16_t port[2] = {t.host("n1").outside_port, t.host("n2").outside_port};
    ASSERT_EQ(write(ports[1], port, sizeof port), static_cast<ssize_t>(sizeof port));
    int status = -1;
    waitpid(outsider, &status, 0);
    EXPECT_EQ(status, 0) << "an outside port did not lead to its node";
  });
  close(ports[0]);
  close(ports[1]);
}

TEST_P(Network, FiftyHostsCanBeSplitInHalves) {
  scenario(50, [](Parrots& t) {
    std::vector<Cut> halves;
    for (int a = 1; a <= 25; ++a) {
      for (int b = 26; b <= 50; ++b) {
        halves.push_back({"n" + std::to_string(a), "n" + std::to_string(b)});
        halves.push_back({"n" + std::to_string(b), "n" + std::to_string(a)});
      }
    }
    const auto cut = t.hosts().set_cuts(halves);
    ASSERT_TRUE(cut) << cut.error();
    t.tell("n1", "n25", "near");
    t.tell("n50", "n1", "far");
    EXPECT_TRUE(t.eventually_heard("n25", "near"));
    EXPECT_TRUE(eventually([&] { return t.hosts().dropped_packets().value() == 1; }));
    EXPECT_EQ(t.ask("n1", "heard"), "");
  });
}

TEST(Loopback, RefusesCutsAndSaysWhy) {
  in_child_process([] {
    const ScratchDirectory directory;
    Parrots t(Way::kLoopback, 2, directory.path());
    EXPECT_NE(t.hosts().why_no_partitions(), "");
    const auto refused = t.hosts().set_cuts({Cut{"n1", "n2"}});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("cannot cut the network"), std::string::npos) << refused.error();
    EXPECT_TRUE(t.hosts().set_cuts({}));
    t.tell("n1", "n2", "word");
    EXPECT_TRUE(t.eventually_heard("n2", "word"));
    EXPECT_EQ(read_from_outside(t.host("n2").outside_port), "n2");
  });
}

// As in a container that allows no network namespaces.
TEST(Hosts, FallBackToLoopbackWhereNamespacesAreRefusedAndSayWhy) {
  const std::string user = std::to_string(geteuid());
  const std::string group = std::to_string(getegid());
  in_child_process([&] {
    const ScratchDirectory directory;
    ASSERT_EQ(unshare(CLONE_NEWUSER), 0);
    ASSERT_TRUE(write_proc("/proc/self/setgroups", "deny"));
    ASSERT_TRUE(write_proc("/proc/self/uid_map", "0 " + user + " 1"));
    ASSERT_TRUE(write_proc("/proc/self/gid_map", "0 " + group + " 1"));
    ASSERT_TRUE(write_proc("/proc/sys/user/max_net_namespaces", "0"));
    const auto refused = LocalHosts::create({.count = 2, .directory = directory.path(), .allow_loopback = false});
    ASSERT_FALSE(refused);
    const std::string why =
        "this machine's limit of namespaces is reached (sysctl user.max_user_namespaces and the like)";
    EXPECT_EQ(refused.error(), "root is impossible: " + why + "; rootless is impossible: " + why);
    const auto hosts = LocalHosts::create({.count = 2, .directory = directory.path()});
    ASSERT_TRUE(hosts) << hosts.error();
    EXPECT_EQ((*hosts)->way(), Way::kLoopback);
    EXPECT_EQ((*hosts)->describe(), "loopback: 2 addresses on 127.0.0.0/8, no partitions (" + refused.error() + ")");
  });
}

TEST(Hosts, RefuseAProcessOfSeveralThreads) {
  in_child_process([] {
    const ScratchDirectory directory;
    int wait[2];
    ASSERT_EQ(pipe(wait), 0);
    std::thread other([&] {
      char byte;
      (void)!read(wait[0], &byte, 1);
    });
    const auto hosts = LocalHosts::create({.count = 2, .directory = directory.path()});
    (void)!write(wait[1], "x", 1);
    other.join();
    ASSERT_FALSE(hosts);
    EXPECT_EQ(hosts.error(), "hosts must be made while the process has one thread; it has 2");
  });
}

TEST(Hosts, RefuseACountBeyondTheirAddresses) {
  const auto hosts = LocalHosts::create({.count = 251, .directory = "/tmp"});
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error(), "251 hosts: 1 to 250 are possible");
}

}  // namespace
}  // namespace harness::hosts_test
