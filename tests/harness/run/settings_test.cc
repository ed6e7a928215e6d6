#include "harness/run/settings.h"

#include <gtest/gtest.h>

#include "harness/systems/dynamo.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using namespace std::chrono_literals;

class SettingsTest : public testing::Test {
 protected:
  std::string error() const {
    auto valid = validate(settings_, system_);
    return valid ? "" : valid.error();
  }
  fake::FakeSystem system_;
  RunSettings settings_ = default_settings(system_);
};

TEST_F(SettingsTest, TheDefaultsAreValid) {
  EXPECT_EQ(error(), "");
  EXPECT_EQ(settings_.workload, "cart");
  EXPECT_EQ(settings_.nodes, 5);
  EXPECT_EQ(settings_.concurrency, 10);
}

TEST_F(SettingsTest, AQuorumBeyondTheReplicasNamesBothNumbers) {
  settings_.cluster.read_quorum = 4;
  EXPECT_EQ(error(), "read_quorum 4 exceeds replicas 3");
  settings_.cluster.read_quorum = 2;
  settings_.cluster.write_quorum = 5;
  EXPECT_EQ(error(), "write_quorum 5 exceeds replicas 3");
  settings_.cluster.write_quorum = 0;
  EXPECT_EQ(error(), "write_quorum 0 is less than 1");
  settings_.cluster.replicas = 6;
  settings_.cluster.write_quorum = 2;
  EXPECT_EQ(error(), "replicas 6 exceeds nodes 5");
}

TEST_F(SettingsTest, ModeLinTakesMajoritiesAndKeepsOneValueAKey) {
  settings_.workload = "register";
  settings_.cluster.mode = "lin";
  EXPECT_EQ(error(), "");
  EXPECT_FALSE(test_info(settings_, system_).has("contexts"));
  EXPECT_EQ(test_info(settings_, system_).mode, "lin");
  settings_.cluster.read_quorum = 1;
  EXPECT_EQ(error(), "read_quorum 1 and write_quorum 2 have no effect: mode lin takes majorities, 2 of 3 replicas");
}

TEST_F(SettingsTest, UnknownNamesAreRefusedWithThoseThatThereAre) {
  settings_.nemeses = {"partition", "meteor"};
  EXPECT_EQ(error(),
            "unknown nemesis \"meteor\": there are none, partition, kill, pause, lose-disk, drop-acks, kill-ackers, "
            "membership, kill-storage, lose-many-disks, bad-network, slow-links, clock, disk");
  settings_.nemeses = {"none"};
  settings_.workload = "cartt";
  EXPECT_EQ(error(), "unknown workload \"cartt\": there are cart, counter, register, set");
}

TEST_F(SettingsTest, NemesesThatContradictOneAnotherAreRefused) {
  settings_.nemeses = {"none", "kill"};
  EXPECT_EQ(error(), "nemesis none excludes the others in none,kill");
  settings_.nemeses = {"kill", "kill"};
  EXPECT_EQ(error(), "nemesis kill is named twice");
  settings_.nemeses = {};
  EXPECT_NE(error(), "");
}

TEST_F(SettingsTest, AFlagThatCouldHaveNoEffectIsRefused) {
  settings_.partition_shape = "halves";
  EXPECT_EQ(error(), "--partition halves has no effect: partition is not among the nemeses (none)");
  settings_.partition_shape = "";
  settings_.kill_targets = "one";
  EXPECT_EQ(error(), "--kill one has no effect: kill is not among the nemeses (none)");
}

TEST_F(SettingsTest, NemesesThatFindNothingToHurtAreRefused) {
  settings_.nemeses = {"kill-storage"};
  EXPECT_EQ(error(), "nemesis kill-storage kills a Redis under a node, and storage is lmdb: take --storage redis");
  settings_.cluster.storage = "redis";
  EXPECT_EQ(error(), "");
  settings_.nemeses = {"kill-ackers"};
  settings_.target = "redis";
  EXPECT_EQ(error(), "nemesis kill-ackers needs replies that name who acknowledged, and those of redis do not");
}

TEST_F(SettingsTest, OutOfRangeValuesNameValueAndLimit) {
  settings_.concurrency = 0;
  EXPECT_EQ(error(), "concurrency 0 is less than 1");
  settings_.concurrency = 10;
  settings_.nodes = 51;
  EXPECT_EQ(error(), "nodes 51 exceeds 50");
  settings_.nodes = 5;
  settings_.time_limit = 5ms;
  EXPECT_EQ(error(), "time-limit 5ms is less than 100ms");
  settings_.time_limit = 20s;
  settings_.rate = -1;
  EXPECT_EQ(error(), "rate -1 is less than 0");
  settings_.rate = 200;
  settings_.require_availability = 1.5;
  EXPECT_EQ(error(), "require-availability 1.5 is not between 0 and 1");
}

TEST_F(SettingsTest, KillsOfForgetfulNodesStayWithinWhatAnAcknowledgedWriteOutlives) {
  settings_.nemeses = {"kill"};
  settings_.cluster.storage = "memory";
  EXPECT_EQ(nemesis_settings(settings_).max_lost_disks, 1) << "W - 1";
  settings_.kill_targets = "all";
  EXPECT_EQ(nemesis_settings(settings_).max_lost_disks, 0) << "asked for: no limit";
  settings_.kill_targets = "";
  settings_.cluster.storage = "lmdb";
  EXPECT_EQ(nemesis_settings(settings_).max_lost_disks, 0) << "no disk is lost";
}

TEST_F(SettingsTest, ConcurrencyIsANumberOrAMultipleOfTheNodes) {
  EXPECT_EQ(parse_concurrency("12", 5), 12);
  EXPECT_EQ(parse_concurrency("2n", 5), 10);
  for (const char* text : {"", "n", "0", "-1", "2m", "2 n", "99999999999"}) {
    EXPECT_FALSE(parse_concurrency(text, 5)) << text;
  }
}

TEST_F(SettingsTest, TheCommandThatRepeatsARunSaysWhatIsUnusualAndTheSeed) {
  settings_.target = "fake";
  settings_.nemeses = {"partition", "kill"};
  settings_.cluster.seed = 7;
  settings_.cluster.mode = "strict";
  settings_.cluster.hints = false;
  settings_.time_limit = 1min;
  EXPECT_EQ(command_line(settings_, system_),
            "bin/harness run --target fake --workload cart --nemesis partition,kill --strict --time-limit 1m "
            "--no-hints --seed 7");
}

TEST_F(SettingsTest, TheScheduleHeaderHoldsEverySetting) {
  settings_.cluster.seed = 7;
  std::string header = schedule_header(settings_);
  for (const Flag& flag : all_flags(settings_))
    EXPECT_NE((" " + header).find(" " + flag.name), std::string::npos) << flag.name;
  EXPECT_NE(header.find("seed=7"), std::string::npos);
}

TEST_F(SettingsTest, ASimulatedRunRefusesWhatItCannotSimulate) {
  settings_.sim = true;
  EXPECT_EQ(error(), "--sim simulates the nodes of dynamo, and the target is fake");
  settings_.target = "dynamo";
  EXPECT_EQ(error(), "");
  settings_.cluster.storage = "redis";
  EXPECT_EQ(error(), "--sim has no storage redis: it has lmdb (a disk) and memory");
  settings_.cluster.storage = "memory";
  settings_.keep_running = true;
  EXPECT_EQ(error(), "--keep-running: a simulated cluster is gone when it is judged");
  settings_.keep_running = false;
  settings_.sim = false;
  settings_.trace = "trace";
  EXPECT_EQ(error(), "--trace writes the events of a simulated run: it needs --sim");
}

TEST_F(SettingsTest, FaultsThatOnlyASimulatedWorldCanHaveNeedOne) {
  settings_.nemeses = {"clock"};
  EXPECT_EQ(error(), "nemesis clock is one of the simulated world: add --sim");
  settings_.nemeses = {"none"};
  settings_.schedule = *nemesis::parse_schedule("@1s fail-disk n1");
  EXPECT_EQ(error(), "schedule: only a simulated world can do \"@1.000s fail-disk n1\": add --sim");
}

TEST_F(SettingsTest, LostDisksNeedSomethingThatBringsBackWhatTheyHeld) {
  settings_.target = "dynamo";
  settings_.nemeses = {"lose-disk"};
  EXPECT_EQ(error(), "");
  settings_.cluster.anti_entropy = false;
  EXPECT_EQ(
      error(),
      "these nemeses lose disks, and without anti-entropy nothing brings back what they held: nothing is promised");
}

// A change is agreed on by a majority of the members that remembers what it voted for.
TEST_F(SettingsTest, MembersDoNotChangeWhereMostDisksAreWipedAtOnce) {
  const std::string nothing = "nothing is promised";
  const auto refused = [&] { return error().find(nothing) != std::string::npos; };
  settings_.nemeses = {"membership", "lose-disk"};
  EXPECT_FALSE(refused()) << "one of five";
  settings_.nemeses = {"membership", "lose-many-disks"};
  EXPECT_TRUE(refused());
  settings_.nemeses = {"membership", "kill"};
  settings_.kill_targets = "minority";
  EXPECT_FALSE(refused()) << "the disks survive";
  settings_.cluster.storage = "memory";
  EXPECT_TRUE(refused());
  settings_.kill_targets = "one";
  EXPECT_FALSE(refused());
  settings_.cluster.replicas = settings_.cluster.read_quorum = settings_.cluster.write_quorum = 2;
  EXPECT_TRUE(refused()) << "two may be left, and one is no majority";
}

TEST_F(SettingsTest, AnExperimentNeedsWhatItMeasuresToBeLeftAlone) {
  settings_.target = "dynamo";
  settings_.cluster.experiment = "shrinking";
  EXPECT_EQ(error(), "unknown experiment \"shrinking\": there are non-expanding");
  settings_.cluster.experiment = "non-expanding";
  EXPECT_EQ(error(),
            "experiment non-expanding needs --strict, --no-hints and --no-anti-entropy: they mend what it measures");
  settings_.cluster.mode = "strict";
  settings_.cluster.hints = settings_.cluster.anti_entropy = false;
  EXPECT_EQ(error(), "");
}

TEST_F(SettingsTest, ALayoutIsOneOfCartsAndARingOneOfDynamo) {
  settings_.cluster.cart_layout = "scattered";
  EXPECT_EQ(error(), "unknown cart layout \"scattered\": there are object, segregated");
  settings_.cluster.cart_layout = "segregated";
  EXPECT_EQ(error(), "");
  EXPECT_TRUE(test_info(settings_, system_).segregated_carts);
  EXPECT_NE(schedule_header(settings_).find("cart-layout=segregated"), std::string::npos);
  settings_.workload = "set";
  EXPECT_EQ(error(), "--cart-layout segregated has no effect: the workload is set");
  settings_.cluster.cart_layout = "object";
  settings_.cluster.ring = "equal";
  settings_.target = "redis";
  EXPECT_EQ(error(), "--ring equal has no effect: the target is redis");
}

TEST_F(SettingsTest, OnlyClientsOfASystemWithRoutesCanCoordinate) {
  settings_.coordination = "both";
  EXPECT_EQ(error(), "unknown coordination \"both\": there are client, server");
  settings_.coordination = "client";
  settings_.target = "fake";
  EXPECT_EQ(error(), "--coordination client: the target is fake, whose clients cannot route by themselves");
  const auto dynamo = make_dynamo("dynamo-node", "");
  RunSettings settings = default_settings(*dynamo);
  settings.coordination = "client";
  EXPECT_TRUE(validate(settings, *dynamo));
  EXPECT_TRUE(test_info(settings, *dynamo).client_driven);
  EXPECT_NE(command_line(settings, *dynamo).find(" --coordination client "), std::string::npos);
  EXPECT_NE(schedule_header(settings).find(" coordination=client "), std::string::npos);
}

TEST_F(SettingsTest, AScheduleMustFitIntoTheRun) {
  const auto with = [this](const std::string& lines) {
    settings_.schedule = *nemesis::parse_schedule(lines);
    return error();
  };
  EXPECT_EQ(with("@1s kill n1\n@2s p1 cart.read cart:1 via n5"), "");
  EXPECT_EQ(with("@1s kill n6"), "schedule: \"@1.000s kill n6\" names n6, and the nodes are n1 to n5");
  EXPECT_EQ(with("@1s partition mine n1>x"),
            "schedule: \"@1.000s partition mine n1>x\" names x, and the nodes are n1 to n5");
  EXPECT_EQ(with("@21s heal"), "schedule: \"@21.000s heal\" comes after the main phase, which lasts 20s");
  EXPECT_EQ(with("@1s p1 counter.read c"),
            "schedule: \"@1.000s p1 counter.read c\" is no operation of the workload cart");
}

}  // namespace
}  // namespace harness
