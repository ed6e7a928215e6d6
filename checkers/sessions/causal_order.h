// Causal consistency by bad patterns (Bouajjani, Enea, Guerraoui, Hamza, POPL 2017), for registers whose values name
// their writes. Causal order, CO, is the least transitive order that contains each session's order and "was read by".
//
//   CyclicCO         CO has a cycle
//   WriteCOInitRead  the initial value was read after, by CO, a write of the key
//   WriteCORead      a value was read after, by CO, another write of the key that itself is after the value's write
//   CyclicCF         for every read of w, all other writes of its key that are before the read by CO must have come
//                    before w (CF): CO and CF together have a cycle
//
// Without the first three (and without reads out of thin air, which are found where histories are loaded) a history is
// causally consistent (CC); without the fourth too, all sessions can agree on one order of writes (CCv).
//
// One vector clock a session and one a write (causal_past.h): O(operations x sessions) time, 4 bytes x (writes + keys)
// x sessions of memory. Reads of which a session knows a later write, later in the order in which writes were reached,
// cost up to sessions x log(operations) each: the price of disorder. No recursion.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/judging.h"
#include "checkers/sessions/session_history.h"

namespace checkers {

struct CausalFlaw {
  enum class Pattern { kCyclicCO, kWriteCOInitRead, kWriteCORead, kCyclicCF } pattern;
  // Steps of the history.
  //   kCyclicCO         read, write, read, write …: each write is the one that the read before it read, and follows the
  //                     next read in its session; the last one follows the first
  //   kWriteCOInitRead  write, read
  //   kWriteCORead      the write that was read, the later write, the read
  //   kCyclicCF         writes of a cycle, each before the next, and the last before the first
  std::vector<uint32_t> steps;
  // kCyclicCF: the reads that say so, beside each write that is before its successor by CF; kNoStep beside the others.
  std::vector<uint32_t> reads;

  static constexpr uint32_t kNoStep = 0xffffffff;
};

struct CausalAnswer {
  std::vector<CausalFlaw> flaws;  // the first few of each pattern
  int64_t cyclic_co = 0, init_reads = 0, co_reads = 0, cyclic_cf = 0;
  int64_t reads = 0;     // judged
  bool stopped = false;  // by the caller, before all was judged
};

// `convergent`: look for CyclicCF too, if nothing else was found.
CausalAnswer find_causal_flaws(const SessionHistory& history, bool convergent, const Judging& judging);

// A chain of steps by which `from` is before `to` in causal order: each follows the one before it in its session, or
// read it; steps in between in one session are left out. Empty if there is none. O(steps).
std::vector<uint32_t> causal_chain(const SessionHistory& history, uint32_t from, uint32_t to);

}  // namespace checkers
