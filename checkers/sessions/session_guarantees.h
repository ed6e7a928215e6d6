// The four session guarantees (Terry et al. 1994), read by read, as far as clients can tell.
//
// One write is *older* than another if it had happened before the other began: it, or a read that showed it, was over.
// A read is too old for a write if it shows the value from before any write, or only writes older than it. It must not
// be too old for
//
//   read your writes      what its session wrote to the key
//   monotonic reads       what its session read of the key before; and of registers with one value, no value comes back
//                         after another one was read in between
//   monotonic writes      what a session wrote to the key before some write, of any key, that this session has read
//   writes follow reads   what a session had read of the key before such a write
//
// The last two are seen through the eyes of a session that reads: that its reads are monotonic is part of them.
// O(steps x sessions): each session learns once what each other one did.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "checkers/sessions/session_history.h"

namespace checkers {

enum class Guarantee { kReadYourWrites, kMonotonicReads, kMonotonicWrites, kWritesFollowReads };
inline constexpr std::array<std::string_view, 4> kGuarantees = {"read your writes", "monotonic reads",
                                                                "monotonic writes", "writes follow reads"};

struct SessionFlaw {
  Guarantee guarantee;
  uint32_t read = 0;  // step
  // What the read should have reflected: a write's number. Of a value that came back: the one that was read in between.
  uint32_t write = 0;
  // How its session knows: the step of its own write, of its earlier read, or of its read of `through` …
  uint32_t known_by = 0;
  // … which that write's session wrote after `write`, or after it had read it.
  uint32_t through = kInitialWrite;
  // Of a value that came back: the step that had read it before; else none.
  uint32_t read_before = kInitialWrite;
};

struct SessionAnswer {
  std::vector<SessionFlaw> flaws;       // the first few of each guarantee
  std::array<int64_t, 4> violations{};  // reads that violate it
  std::array<int64_t, 4> judged{};      // reads that could have
};
SessionAnswer find_session_flaws(const SessionHistory& history, const Judging& judging = {});

}  // namespace checkers
