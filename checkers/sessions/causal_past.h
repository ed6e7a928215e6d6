// What every session knew at each of its steps: vector clocks over writes, by session. Used by what judges causal
// order.
//
// Sessions are followed through their steps in an order that extends causal order: a read waits until the write that it
// read has been reached. The place of a write in that order is its *rank*: of two writes of which one is before the
// other, it has the smaller rank. That answers most questions without a look at any clock.
//
// O(steps x sessions) time; 4 bytes x (writes + keys) x sessions of memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "checkers/judging.h"
#include "checkers/sessions/session_history.h"

namespace checkers {

class CausalPast {
 public:
  // By session, the place of the last of its writes that is known; 0: none.
  using Clock = uint32_t;
  // By session, a write's number.
  static constexpr uint32_t kNobody = 0xffffffff;

  explicit CausalPast(const SessionHistory& history);

  // Follows all sessions until they are over or wait for each other, and calls reached(step) for each step then; what
  // the others answer is true of that moment. False: `judging` stopped it.
  bool follow(const Judging& judging, const std::function<void(uint32_t step)>& reached);
  // The same once more for one session alone, after follow(); `reached` is given what it knows.
  void repeat(uint32_t session, const std::function<void(uint32_t step, const Clock* known)>& reached) const;

  const Clock* known(uint32_t session) const { return &known_[size_t{session} * sessions_]; }
  // The rank of the last write of the key, by rank, that the session knows; 0: it knows none.
  uint32_t newest(uint32_t session, uint32_t key) const { return newest_[size_t{session} * history_.keys + key]; }
  // Of a write that was reached: what its session knew, itself included.
  const Clock* past(uint32_t write) const { return &past_[size_t{write} * sessions_]; }
  uint32_t rank(uint32_t write) const { return rank_[write]; }  // from 1; 0: not reached
  bool is_before(uint32_t write, uint32_t other) const {        // or the same
    const SessionWrite& w = history_.writes[write];
    return past(other)[w.session] >= w.place;
  }

  // The last write of the key, for each session of which `known` holds one: visit(number of the pair of key and
  // session, write).
  template <typename Visit>
  void for_each_last(uint32_t key, const Clock* known, Visit visit) const {
    for (uint32_t u = first_use_[key]; u < first_use_[key + 1]; ++u) {
      const Use& use = uses_[u];
      if (known[use.session] < use.places[0]) continue;
      uint32_t last = 0, end = use.count;  // the last one that is known lies between
      while (end - last > 1) {
        const uint32_t middle = (last + end) / 2;
        (use.places[middle] <= known[use.session] ? last : end) = middle;
      }
      visit(u, use.writes[last]);
    }
  }
  size_t uses() const { return uses_.size(); }  // pairs of a key and a session that wrote it

  uint32_t step_of(uint32_t write) const { return step_of_write_[write]; }
  // Of a session that waits for ever: the write that it waits for, else kNobody; and the step that reads it.
  uint32_t waits_for(uint32_t session) const { return waits_for_[session]; }
  uint32_t next_step(uint32_t session) const { return steps_of_[first_step_[session] + done_[session]]; }

 private:
  struct Use {
    uint32_t session = 0;
    uint32_t count = 0;
    const uint32_t* places = nullptr;  // of its writes of the key, in order
    const uint32_t* writes = nullptr;
  };
  struct Written {  // by session and place
    uint32_t key = 0;
    uint32_t rank = 0;
  };

  void index();
  bool take(uint32_t session, uint32_t step);
  void learn(uint32_t session, const Clock* row);

  const SessionHistory& history_;
  const uint32_t sessions_;
  std::vector<Clock> known_;       // a row a session
  std::unique_ptr<Clock[]> past_;  // a row a write
  std::vector<uint32_t> newest_;   // a row a session
  std::vector<uint32_t> rank_;     // by write
  uint32_t last_rank_ = 0;
  std::vector<uint32_t> steps_of_, first_step_, step_of_write_;  // steps session by session
  std::vector<Written> written_;                                 // session by session
  std::vector<uint32_t> first_write_;
  std::vector<uint32_t> writes_on_, places_on_;  // key by key, and within these session by session
  std::vector<Use> uses_;                        // key by key
  std::vector<uint32_t> first_use_;
  std::vector<uint32_t> done_;  // by session: steps
  std::vector<uint32_t> waits_for_;
};

}  // namespace checkers
