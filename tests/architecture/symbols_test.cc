#include "tests/architecture/symbols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace architecture {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(TheCoreOfTheNode, AsksNothingOfTheWorld) { EXPECT_THAT(impure_symbols(NODE_CORE), IsEmpty()); }

TEST(TheCoreOfTheNode, IsThere) { EXPECT_GT(count_of_definitions(NODE_CORE), 100); }

// Libraries do I/O for those who link them; neither the core nor the judge may.
TEST(TheCoreOfTheNode, LinksNoIoLibrary) {
  EXPECT_THAT(NODE_CORE_LINKS, AllOf(Not(HasSubstr("libevent")), Not(HasSubstr("hiredis")), Not(HasSubstr("lmdb")),
                                     Not(HasSubstr("Threads"))));
}
TEST(TheJudge, AsksNothingOfTheWorld) {
  EXPECT_THAT(impure_symbols(CHECKERS), IsEmpty());
  EXPECT_THAT(impure_symbols(HISTORY_FORMATS), IsEmpty());
  EXPECT_GT(count_of_definitions(CHECKERS) + count_of_definitions(HISTORY_FORMATS), 100);
}

TEST(TheJudge, LinksNoIoLibraryAndNothingOfTheAccused) {
  EXPECT_THAT(CHECKERS_LINKS, AllOf(Not(HasSubstr("libevent")), Not(HasSubstr("hiredis")), Not(HasSubstr("lmdb")),
                                    Not(HasSubstr("node"))));
}

// The check must bite: planted/ is a library that does everything that the core must not.
class APlantedLibrary : public testing::Test {
 protected:
  const std::vector<std::string> found_ = impure_symbols(PLANTED);
};

TEST_F(APlantedLibrary, IsCaughtAskingTheTime) {
  EXPECT_THAT(found_, Contains("clock.cc.o asks the time: time"));
  EXPECT_THAT(found_, Contains("clock.cc.o asks the time: std::chrono::_V2::steady_clock::now()"));
}

TEST_F(APlantedLibrary, IsCaughtDrawingChance) {
  EXPECT_THAT(found_, Contains("chance.cc.o draws chance: rand"));
  EXPECT_THAT(found_, Contains(HasSubstr("chance.cc.o draws chance: std::random_device::")));
}

TEST_F(APlantedLibrary, IsCaughtUsingThreads) {
  EXPECT_THAT(found_, Contains("threads.cc.o uses threads: pthread_mutex_lock"));
  EXPECT_THAT(found_, Contains(HasSubstr("threads.cc.o uses threads: std::thread::")));
}

TEST_F(APlantedLibrary, IsCaughtUsingFilesAndSockets) {
  EXPECT_THAT(found_, Contains("files.cc.o uses sockets or files: socket"));
  EXPECT_THAT(found_, Contains("files.cc.o uses sockets or files: read"));
  EXPECT_THAT(found_, Contains(HasSubstr("files.cc.o uses sockets or files: std::basic_ofstream<")));
}

TEST_F(APlantedLibrary, IsCaughtTalkingToTheTerminal) {
  EXPECT_THAT(found_, Contains("terminal.cc.o talks to the terminal: puts"));
  EXPECT_THAT(found_, Contains("terminal.cc.o talks to the terminal: std::cerr"));
}

TEST_F(APlantedLibrary, IsCaughtReadingItsSurroundings) {
  EXPECT_THAT(found_, Contains("surroundings.cc.o reads its surroundings: getenv"));
}

TEST_F(APlantedLibrary, MayComputeWhateverItLikes) {
  EXPECT_THAT(found_, Not(Contains(testing::StartsWith("pure.cc.o"))));
}

TEST(ALibraryThatIsNotThere, IsAnErrorAndNotPure) {
  EXPECT_THROW(impure_symbols("/no/such/library.a"), std::runtime_error);
}

}  // namespace
}  // namespace architecture
