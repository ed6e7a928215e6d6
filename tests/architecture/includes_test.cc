#include "tests/architecture/includes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace architecture {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A tree of our own, in which one file can break one rule.
class PlantedTree : public testing::Test {
 protected:
  PlantedTree() {
    std::string name = (fs::path(testing::TempDir()) / "architecture-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~PlantedTree() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::vector<std::string> violations() const { return forbidden_includes(root_); }

  fs::path root_;
};

TEST(TheTree, IncludesOnlyInTheDirectionsOfTheArchitecture) { EXPECT_THAT(forbidden_includes(SOURCE_ROOT), IsEmpty()); }

TEST(TheTree, IsReadAtAll) {
  for (const std::string folder : {"node", "checkers", "workloads", "nemesis", "harness"}) {
    ASSERT_TRUE(fs::is_directory(fs::path(SOURCE_ROOT) / folder)) << folder;
  }
  EXPECT_GT(extent_of_includes(SOURCE_ROOT).files, 50);
  EXPECT_GT(extent_of_includes(SOURCE_ROOT).includes, 200);
}

TEST_F(PlantedTree, MayIncludeWhatStandsBelow) {
  write("node/base/bytes.h", "#include <string>\n");
  write("node/ring/ring.h", "#include \"node/base/bytes.h\"\n");
  write("node/node.h", "#include \"node/ring/ring.h\"\n");
  write("node/runtime/server.h", "#include <event2/event.h>\n#include \"node/node.h\"\n");
  write("checkers/history.h", "");
  write("workloads/cart.cc", "#include \"checkers/history.h\"\n");
  write("harness/run.cc", "#include <hiredis/hiredis.h>\n#include \"node/node.h\"\n#include \"checkers/history.h\"\n");
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(PlantedTree, TheJudgeMayNotKnowTheAccused) {
  write("node/causality/version_vector.h", "");
  write("checkers/cart.cc", "\n#include \"node/causality/version_vector.h\"\n");
  EXPECT_THAT(violations(), ElementsAre("checkers/cart.cc:2 includes node/causality/version_vector.h: "
                                        "checkers may not include node"));
}

TEST_F(PlantedTree, TheAccusedMayNotKnowTheJudge) {
  write("checkers/value.h", "");
  write("node/wire/dump.cc", "#  include   \"checkers/value.h\"  // oddly spaced\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("node may not include checkers")));
}

TEST_F(PlantedTree, WorkloadsMayNotKnowWhatGoesWrong) {
  write("nemesis/schedule.h", "");
  write("workloads/cart.cc", "#include \"nemesis/schedule.h\"\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("workloads may not include nemesis")));
}

TEST_F(PlantedTree, TheCoreMayNotKnowItsAdapter) {
  write("node/runtime/server.h", "");
  write("node/coordinator/put.cc", "#include \"node/runtime/server.h\"\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("node/coordinator may not include node/runtime")));
}

TEST_F(PlantedTree, EqualsInsideTheNodeMayNotKnowEachOther) {
  write("node/handoff/hints.h", "");
  write("node/antientropy/exchange.cc", "#include \"node/handoff/hints.h\"\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("node/antientropy may not include node/handoff")));
}

TEST_F(PlantedTree, MembershipMayNotKnowTheReplicaThatUsesIt) {
  write("node/replica/replica.h", "");
  write("node/membership/gossip.cc", "#include \"node/replica/replica.h\"\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("node/membership may not include node/replica")));
}

TEST_F(PlantedTree, AnUnknownPartOfTheNodeIsRefused) {
  write("node/misc/helpers.h", "");
  write("node/ring/ring.cc", "#include \"node/misc/helpers.h\"\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("node/misc/helpers.h belongs to no part of the node")));
}

TEST_F(PlantedTree, TheCoreMayNotIncludeIoLibraries) {
  write("node/replica/store.cc", "#include <lmdb.h>\n");
  write("workloads/counter.cc", "#include <hiredis/hiredis.h>\n");
  write("checkers/web.cc", "#include <event2/http.h>\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("checkers/web.cc:1"), HasSubstr("node/replica/store.cc:1"),
                                        HasSubstr("workloads/counter.cc:1")));
}

TEST_F(PlantedTree, TheCoreMayNotIncludeClocksThreadsOrFiles) {
  write("node/ring/ring.cc", "#include <random>\n#include <sys/socket.h>\n#include <mutex>\n#include <chrono>\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("includes random: "), HasSubstr("includes sys/socket.h: "),
                                        HasSubstr("includes mutex: ")));
}

TEST_F(PlantedTree, OnlyLinesThatIncludeCount) {
  write("node/ring/ring.cc",
        "// #include <random>\nconst char* text = \"#include <mutex>\";\n#define include <thread>\n");
  EXPECT_THAT(violations(), IsEmpty());
  EXPECT_EQ(extent_of_includes(root_).includes, 0);
}

TEST_F(PlantedTree, QuotedIncludesArePathsFromTheTop) {
  write("checkers/value.h", "");
  write("checkers/value.cc", "#include \"value.h\"\n");
  EXPECT_THAT(violations(), ElementsAre(HasSubstr("not a path from the top of the tree")));
}

}  // namespace
}  // namespace architecture
