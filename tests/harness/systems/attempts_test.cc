// The table of outcomes, rule by rule.
#include "harness/systems/attempts.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

using checkers::EventType;

constexpr Attempts::Rules kRead{.writes = false, .repeatable = true, .most = 2};
constexpr Attempts::Rules kIdentified{.writes = true, .repeatable = true, .most = 3};
constexpr Attempts::Rules kUnidentified{.writes = true, .repeatable = false, .most = 3};

// Rows RT4 and RT5: bounded retries, past nodes that cannot be reached.
TEST(Attempts, AWriteThatNeverLeftFailsOnlyAfterItsLastAttempt) {
  Attempts attempts(kUnidentified);
  EXPECT_EQ(attempts.not_sent("refused"), std::nullopt);
  EXPECT_EQ(attempts.not_sent("refused"), std::nullopt);
  EXPECT_EQ(attempts.not_sent("refused"), EventType::kFail);
}

TEST(Attempts, AnUnidentifiedWriteIsNeverRepeatedOnceItMayHaveHappened) {
  Attempts attempts(kUnidentified);
  EXPECT_EQ(attempts.unanswered("timeout"), EventType::kInfo);
}

TEST(Attempts, AnIdentifiedWriteIsRepeatedAndStaysUnknownWhenNobodyAnswers) {
  Attempts attempts(kIdentified);
  EXPECT_EQ(attempts.unanswered("timeout"), std::nullopt);
  EXPECT_EQ(attempts.unanswered("timeout"), std::nullopt);
  EXPECT_EQ(attempts.unanswered("timeout"), EventType::kInfo);
}

TEST(Attempts, ARefusalAtOnceIsAFail) {
  Attempts attempts(kIdentified);
  EXPECT_EQ(attempts.refused("UNAVAIL", true), EventType::kFail);
}

// Row RT5: the two are never mixed.
TEST(Attempts, UnknownThenRefusedStaysUnknown) {
  Attempts attempts(kIdentified);
  EXPECT_EQ(attempts.unanswered("timeout"), std::nullopt);
  EXPECT_EQ(attempts.refused("ERR", false), EventType::kInfo);
}

TEST(Attempts, UnknownThenUnavailableIsTriedOnceMoreBeforeItStaysUnknown) {
  Attempts attempts(kIdentified);
  EXPECT_EQ(attempts.unanswered("timeout"), std::nullopt);
  EXPECT_EQ(attempts.refused("UNAVAIL", true), std::nullopt);
  EXPECT_EQ(attempts.refused("UNAVAIL", true), EventType::kInfo);
}

TEST(Attempts, UnknownThenNotSentStaysUnknown) {
  Attempts attempts(kIdentified);
  EXPECT_EQ(attempts.unanswered("timeout"), std::nullopt);
  EXPECT_EQ(attempts.not_sent("refused"), std::nullopt);
  EXPECT_EQ(attempts.not_sent("refused"), EventType::kInfo);
}

TEST(Attempts, AReadWithoutAReplyFailsAfterItsSecondAttempt) {
  Attempts attempts(kRead);
  EXPECT_EQ(attempts.unanswered("timeout"), std::nullopt);
  EXPECT_EQ(attempts.unanswered("timeout"), EventType::kFail);
}

TEST(Attempts, AWriteGivenUpOnItsWayIsUnknownAndAReadFails) {
  EXPECT_EQ(Attempts(kUnidentified).given_up("end of the run", true), EventType::kInfo);
  EXPECT_EQ(Attempts(kRead).given_up("end of the run", true), EventType::kFail);
}

TEST(Attempts, AWriteGivenUpBeforeItLeftFails) {
  EXPECT_EQ(Attempts(kUnidentified).given_up("end of the run", false), EventType::kFail);
}

TEST(Attempts, TheErrorTellsEveryAttempt) {
  Attempts attempts(kIdentified);
  attempts.unanswered("n1: no answer within 500 ms");
  attempts.refused("UNAVAIL 1 of 2 nodes", true);
  EXPECT_EQ(attempts.error(), "n1: no answer within 500 ms; then: UNAVAIL 1 of 2 nodes");
}

}  // namespace
}  // namespace harness
