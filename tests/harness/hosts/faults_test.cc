#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/harness/hosts/hosts_fixture.h"

namespace harness::hosts_test {
namespace {

using Way = LocalHosts::Way;
using std::chrono::milliseconds;

std::vector<Way> all_ways() {
  std::vector<Way> ways = ways_with_namespaces();
  ways.push_back(Way::kLoopback);
  return ways;
}

class Faults : public testing::TestWithParam<Way> {
 protected:
  void scenario(int count, const std::function<void(Parrots&)>& body) {
    in_child_process([&] {
      const ScratchDirectory directory;
      Parrots parrots(GetParam(), count, directory.path());
      body(parrots);
    });
  }
};
INSTANTIATE_TEST_SUITE_P(, Faults, testing::ValuesIn(all_ways()), name_of_way);

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST_P(Faults, APausedNodeAnswersOnlyAfterItResumes) {
  scenario(2, [](Parrots& t) {
    const pid_t pid = t.hosts().pid("n1");
    ASSERT_TRUE(t.hosts().pause("n1"));
    EXPECT_EQ(process_state(pid), 'T');
    EXPECT_TRUE(t.answers("n2"));
    EXPECT_EQ(t.ask("n1", "kept", milliseconds(0)), "");
    ASSERT_TRUE(t.hosts().resume("n1"));
    EXPECT_TRUE(t.answers("n1"));
    EXPECT_EQ(t.ask("n1", "heard"), "kept");  // it waited in the socket
    EXPECT_EQ(t.hosts().pid("n1"), pid);
    EXPECT_TRUE(t.hosts().reap().empty());
  });
}

TEST_P(Faults, AKilledNodeIsGoneWhenTheCallReturnsAndItsEndWasExpected) {
  scenario(2, [](Parrots& t) {
    const pid_t pid = t.hosts().pid("n2");
    ASSERT_TRUE(t.hosts().kill("n2"));
    EXPECT_EQ(process_state(pid), '-');
    EXPECT_EQ(t.hosts().pid("n2"), 0);
    const auto ends = t.hosts().reap();
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].host, "n2");
    EXPECT_EQ(ends[0].signal, SIGKILL);
    EXPECT_TRUE(ends[0].expected);
    EXPECT_TRUE(t.answers("n1"));
  });
}

TEST_P(Faults, ARestartedNodeHasForgottenAndAnswersAtItsOldAddress) {
  scenario(1, [](Parrots& t) {
    const pid_t before = t.hosts().pid("n1");
    EXPECT_EQ(t.ask("n1", "memory", milliseconds(0)), "");
    ASSERT_TRUE(eventually([&] { return t.ask("n1", "heard") == "memory"; }));
    ASSERT_TRUE(t.hosts().kill("n1"));
    ASSERT_TRUE(t.hosts().restart("n1"));
    EXPECT_NE(t.hosts().pid("n1"), before);
    ASSERT_TRUE(eventually([&] { return t.ask("n1", "hello", milliseconds(20)) == "hello from n1"; }));
    t.tell("n1", "n1", "new");
    EXPECT_TRUE(t.eventually_heard("n1", "new"));
    EXPECT_EQ(content_of(t.host("n1").log), "n1 listens\nn1 listens\n");
  });
}

TEST_P(Faults, APausedNodeCanBeKilled) {
  scenario(1, [](Parrots& t) {
    const pid_t pid = t.hosts().pid("n1");
    ASSERT_TRUE(t.hosts().pause("n1"));
    ASSERT_TRUE(t.hosts().kill("n1"));
    EXPECT_EQ(process_state(pid), '-');
    ASSERT_TRUE(t.hosts().resume("n1"));
    EXPECT_EQ(t.hosts().pid("n1"), 0);
  });
}

TEST_P(Faults, SeveralNodesAreKilledAtOnce) {
  scenario(3, [](Parrots& t) {
    ASSERT_TRUE(t.hosts().kill_at_once({"n1", "n3"}));
    EXPECT_EQ(t.hosts().reap().size(), 2U);
    EXPECT_EQ(t.hosts().pid("n1"), 0);
    EXPECT_NE(t.hosts().pid("n2"), 0);
    EXPECT_EQ(t.hosts().pid("n3"), 0);
  });
}

TEST_P(Faults, FaultsThatFindNothingToDoDoNothing) {
  scenario(1, [](Parrots& t) {
    const pid_t pid = t.hosts().pid("n1");
    EXPECT_TRUE(t.hosts().resume("n1"));
    EXPECT_TRUE(t.hosts().restart("n1"));
    EXPECT_EQ(t.hosts().pid("n1"), pid);
    EXPECT_TRUE(t.hosts().pause("n1"));
    EXPECT_TRUE(t.hosts().pause("n1"));
    EXPECT_TRUE(t.hosts().resume("n1"));
    EXPECT_TRUE(t.hosts().kill("n1"));
    EXPECT_TRUE(t.hosts().kill("n1"));
    EXPECT_TRUE(t.hosts().pause("n1"));
    EXPECT_TRUE(t.hosts().restart("n1"));
    EXPECT_EQ(t.hosts().reap().size(), 1U);
    EXPECT_FALSE(t.hosts().pause("n7"));
  });
}

TEST_P(Faults, ANodeThatEndsByItselfIsReportedAsUnexpected) {
  scenario(2, [](Parrots& t) {
    EXPECT_EQ(t.ask("n2", "exit 3", milliseconds(0)), "");
    std::vector<ProcessEnd> ends;
    ASSERT_TRUE(eventually([&] { return !(ends = t.hosts().reap()).empty(); }));
    EXPECT_EQ(ends[0].host, "n2");
    EXPECT_EQ(ends[0].code, 3);
    EXPECT_FALSE(ends[0].expected);
    EXPECT_EQ(t.hosts().pid("n2"), 0);
    EXPECT_TRUE(t.hosts().restart("n2"));
  });
}

TEST_P(Faults, AProgramThatCannotBeExecutedIsAnError) {
  scenario(2, [](Parrots& t) {
    ASSERT_TRUE(t.hosts().kill("n1"));
    const auto started = t.hosts().start("n1", {"/nonexistent/program"});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error(), "n1: executing /nonexistent/program: No such file or directory");
    EXPECT_EQ(t.hosts().pid("n1"), 0);
    const auto twice = t.hosts().start("n2", t.command_of(t.host("n2")));
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error(), "n2 already runs process " + std::to_string(t.hosts().pid("n2")));
  });
}

TEST_P(Faults, StoppingEndsPausedNodesTooAndAllAsExpected) {
  scenario(3, [](Parrots& t) {
    ASSERT_TRUE(t.hosts().pause("n2"));
    t.hosts().stop_all(kPatience);
    const auto ends = t.hosts().reap();
    ASSERT_EQ(ends.size(), 3U);
    for (const ProcessEnd& end : ends) {
      EXPECT_EQ(end.signal, SIGTERM) << end.host;
      EXPECT_TRUE(end.expected) << end.host;
    }
  });
}

TEST_P(Faults, WithoutGraceNodesAreKilled) {
  scenario(2, [](Parrots& t) {
    t.hosts().stop_all(milliseconds(0));
    EXPECT_EQ(t.hosts().reap().size(), 2U);
    EXPECT_EQ(t.hosts().pid("n1"), 0);
  });
}

// A parrot in the place of a storage server.
void start_storage(Parrots& t, const std::string& name) {
  const Host& host = t.host(name);
  ASSERT_TRUE(t.hosts().start(
      storage_of(name), {PARROT_PROGRAM, storage_of(name), host.storage_ip, std::to_string(host.storage_port), "-1"}));
}

TEST_P(Faults, AStorageServerLivesApartFromItsNodeAndComesBackBeforeIt) {
  scenario(2, [](Parrots& t) {
    start_storage(t, "n2");
    const pid_t node = t.hosts().pid("n2"), storage = t.hosts().pid("n2-storage");
    ASSERT_NE(storage, 0);
    ASSERT_TRUE(t.hosts().kill("n2"));
    EXPECT_EQ(t.hosts().pid("n2-storage"), storage);
    ASSERT_TRUE(t.hosts().restart("n2"));
    EXPECT_EQ(t.hosts().pid("n2-storage"), storage);
    ASSERT_TRUE(t.hosts().kill_storage("n2", false));
    EXPECT_EQ(process_state(storage), '-');
    EXPECT_NE(t.hosts().pid("n2"), 0);
    EXPECT_NE(t.hosts().pid("n2"), node);
    ASSERT_TRUE(t.hosts().restart_storage("n2"));
    EXPECT_NE(t.hosts().pid("n2-storage"), 0);
    ASSERT_TRUE(t.hosts().cut_power());
    EXPECT_EQ(t.hosts().pid("n1") + t.hosts().pid("n2") + t.hosts().pid("n2-storage"), 0);
    ASSERT_TRUE(t.hosts().restart("n2"));
    EXPECT_NE(t.hosts().pid("n2-storage"), 0);
    EXPECT_NE(t.hosts().pid("n2"), 0);
  });
}

TEST_P(Faults, NodesAreStoppedBeforeTheirStorage) {
  scenario(1, [](Parrots& t) {
    start_storage(t, "n1");
    t.hosts().stop_all(kPatience);
    const auto ends = t.hosts().reap();
    ASSERT_EQ(ends.size(), 2U);
    EXPECT_EQ(ends[0].host, "n1");
    EXPECT_EQ(ends[1].host, "n1-storage");
    EXPECT_TRUE(ends[1].expected);
  });
}

TEST_P(Faults, ALostDiskIsEmptyAndSoIsALostStorage) {
  scenario(2, [](Parrots& t) {
    const auto write = [&t](const std::string& name) {
      std::filesystem::create_directories(t.host(name).directory / "deep");
      std::ofstream(t.host(name).directory / "deep" / "data") << "x";
    };
    const auto is_empty = [&t](const std::string& name) { return std::filesystem::is_empty(t.host(name).directory); };
    start_storage(t, "n1");
    for (const char* name : {"n1", "n2"}) write(name);
    ASSERT_TRUE(t.hosts().kill_storage("n1", false));
    EXPECT_FALSE(is_empty("n1"));
    ASSERT_TRUE(t.hosts().kill_storage("n1", true));
    EXPECT_TRUE(is_empty("n1"));
    EXPECT_TRUE(t.answers("n1"));
    ASSERT_TRUE(t.hosts().lose_disks({"n2"}));
    EXPECT_TRUE(is_empty("n2"));
    EXPECT_EQ(t.hosts().pid("n2"), 0);
    ASSERT_TRUE(t.hosts().restart("n2"));
    EXPECT_TRUE(eventually([&] { return t.ask("n2", "hello", milliseconds(20)) == "hello from n2"; }));
  });
}

TEST_P(Faults, FilesOfNodesBelongToWhoeverStartedTheHarness) {
  const uid_t user = geteuid();
  in_child_process([&] {
    const ScratchDirectory directory;
    const pid_t outsider = getpid();
    {
      Parrots t(GetParam(), 1, directory.path());
      ASSERT_EQ(getpid(), outsider);
    }
    struct stat log {};
    ASSERT_EQ(stat((directory.path() / "n1.log").c_str(), &log), 0);
    EXPECT_EQ(log.st_uid, geteuid());  // as seen from inside, where root is the user outside
    if (GetParam() != Way::kRootless) {
      EXPECT_EQ(log.st_uid, user);
    }
  });
}

}  // namespace
}  // namespace harness::hosts_test
