#include "harness/fuzz/campaign.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <set>

#include "harness/fuzz/children.h"
#include "harness/systems/dynamo.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using namespace std::chrono_literals;

TEST(Swarm, EverySeedIsARunOfItsOwnAndTheSameEachTime) {
  const auto dynamo = make_dynamo("dynamo-node", "");
  std::set<std::string> headers;
  std::set<std::string> nemeses;
  std::set<std::string> coordinations;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const RunSettings settings = draw_swarm({}, *dynamo, seed);
    const auto valid = validate(settings, *dynamo);
    ASSERT_TRUE(valid) << valid.error();
    EXPECT_EQ(schedule_header(settings), schedule_header(draw_swarm({}, *dynamo, seed)));
    headers.insert(schedule_header(settings));
    nemeses.insert(settings.nemeses.begin(), settings.nemeses.end());
    coordinations.insert(settings.coordination);
  }
  EXPECT_EQ(headers.size(), 200u);
  EXPECT_EQ(coordinations, (std::set<std::string>{"client", "server"}));
  EXPECT_EQ(nemeses.size(), simulated_nemeses().size()) << "every kind of fault has its turn";
}

TEST(Swarm, WhatIsFixedIsNotDrawn) {
  const auto dynamo = make_dynamo("dynamo-node", "");
  const SwarmFrame frame{.workload = "counter", .nemeses = {"kill"}, .bug = "persist-late", .mode = "strict"};
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RunSettings settings = draw_swarm(frame, *dynamo, seed);
    EXPECT_EQ(settings.workload, "counter");
    EXPECT_EQ(settings.nemeses, std::vector<std::string>{"kill"});
    EXPECT_EQ(settings.cluster.bug, "persist-late");
    EXPECT_EQ(settings.cluster.mode, "strict");
  }
}

TEST(Campaign, FindsAPlantedBugAndMakesItSmallEnoughToRead) {
  fake::Scratch scratch;
  const auto dynamo = make_dynamo("dynamo-node", "");
  const CampaignSettings settings{.frame = {.workload = "cart", .nemeses = {"kill"}, .bug = "persist-late"},
                                  .time = 60s,
                                  .jobs = 1,
                                  .first_only = true,
                                  .directory = scratch.path()};
  const CampaignState state = run_campaign(settings, *dynamo, nullptr);
  ASSERT_FALSE(state.found.empty());
  const FoundClass& found = state.found.front();
  ASSERT_TRUE(found.smallest) << found.problem;
  EXPECT_LE(found.smallest->lines_after, 8u) << nemesis::to_text(found.smallest->schedule);
  // What is kept is a schedule that says everything: it fails in the same way by itself.
  const auto kept = nemesis::parse_schedule(fake::read_file(found.folder / "schedule.txt"));
  ASSERT_TRUE(kept);
  EXPECT_EQ(nemesis::to_text(*kept), nemesis::to_text(found.smallest->schedule));
  EXPECT_NE(fake::read_file(found.folder / "explanation.txt"), "\n");
  EXPECT_NE(fake::read_file(found.folder / "history.jsonl"), "");
}

TEST(Campaign, FindsNothingInTheCleanNode) {
  const auto dynamo = make_dynamo("dynamo-node", "");
  const CampaignState state = run_campaign({.runs = 20, .jobs = 2}, *dynamo, nullptr);
  EXPECT_EQ(state.error, "");
  EXPECT_EQ(state.seeds, 20);
  for (const FoundClass& found : state.found) ADD_FAILURE() << to_text(found.failure) << ", seed " << found.first_seed;
}

TEST(Children, SayLinesAndWhoDiesIsSeen) {
  Children workers;
  const size_t talker = workers.start([](const Voice& voice) {
    voice.say("one");
    voice.say("two");
  });
  const size_t victim = workers.start([](const Voice& voice) {
    voice.say("before");
    abort();
  });
  std::vector<std::string> said[2];
  int signals[2] = {-1, -1};
  while (workers.working()) {
    for (const Children::News& news : workers.listen(1s)) {
      if (news.ended) {
        signals[news.worker] = news.signal;
      } else {
        said[news.worker].push_back(news.line);
      }
    }
  }
  EXPECT_EQ(said[talker], (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(said[victim], std::vector<std::string>{"before"});
  EXPECT_EQ(signals[talker], 0);
  EXPECT_EQ(signal_name(signals[victim]), "SIGABRT");
}

}  // namespace
}  // namespace harness
