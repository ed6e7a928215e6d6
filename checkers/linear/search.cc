#include "checkers/linear/search.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <tuple>

namespace checkers::linear {
namespace {

using Words = std::vector<uint64_t>;
constexpr uint32_t kNobody = ~uint32_t{0};

template <typename Model>
class Search {
 public:
  Search(Model& model, Budget& budget, uint64_t most)
      : model_(model), budget_(budget), most_(most), items_(model.items()) {}
  ~Search() { budget_.give_back(taken_); }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  SearchAnswer run();

 private:
  struct Event {
    int64_t when;
    bool is_return;
    uint32_t item;
  };
  // Where an operation had to take effect: a configuration in store_, and what is still to be tried there.
  struct Frame {
    size_t configuration;  // its number in store_
    uint32_t event;
    size_t next, end;  // in tries_
  };
  struct Try {
    enum class How : uint8_t { kNow, kCrashed, kBefore } how;  // kBefore: it is spare, and has taken effect unseen
    uint32_t item;
  };
  using How = typename Try::How;
  struct Crashed {  // all items of unknown outcome that do the same
    uint32_t item;
    int64_t available = 0;
    uint32_t word = 0, shift = 0;
    uint64_t mask = 0;
  };
  struct Remembered {  // the configuration of the same number in store_
    uint64_t hash;
    uint32_t older;  // number + 1 of the next in its bucket; 0: none
  };

  // A configuration: [event << 32 | state] [done …] [spare …] [used …]
  size_t size() const { return 1 + 2 * lanes_ + used_words_; }
  int32_t state() const { return static_cast<int32_t>(now_[0] & 0xFFFFFFFFu); }
  void set_state(int32_t state) { now_[0] = uint64_t{event_} << 32 | static_cast<uint32_t>(state); }
  // `place`: a number that an operation has while it is under way, the lowest that is free.
  uint64_t& done(uint32_t place) { return now_[1 + place / 64]; }
  uint64_t& spare(uint32_t place) { return now_[1 + lanes_ + place / 64]; }
  static uint64_t bit(uint32_t place) { return uint64_t{1} << (place % 64); }
  uint64_t used(const Crashed& crashed) const {
    return now_[1 + 2 * lanes_ + crashed.word] >> crashed.shift & crashed.mask;
  }

  void order_events();
  void place_items();
  void group_crashed();
  bool advance();
  void rewind(uint32_t event);
  void begin(uint32_t item);
  void flip(const Item& item);
  void take_effect(const Try& next);
  void see();
  void spare_if_idle(uint32_t place);
  bool wanted(int32_t state);
  bool fits(int32_t state, const Item& item) { return model_.apply(state, item) != kRefused; }
  void push_frame();
  bool was_tried();
  bool dominates(const uint64_t* old) const;
  bool afford();
  SearchAnswer answer(SearchAnswer::Verdict verdict);

  // Calls visit(place) for every set bit.
  template <typename Visit>
  void for_each_place(const Words& lanes, Visit visit) {
    for (size_t i = 0; i < lanes_; ++i) {
      for (uint64_t rest = lanes[i]; rest != 0; rest &= rest - 1) {
        visit(static_cast<uint32_t>(64 * i) + static_cast<uint32_t>(std::countr_zero(rest)));
      }
    }
  }

  Model& model_;
  Budget& budget_;
  const uint64_t most_;
  std::vector<Item> items_;
  std::vector<Event> events_;
  std::vector<Crashed> crashed_;
  size_t lanes_ = 0, used_words_ = 0;
  Words guards_;  // the highest bit of every counter in the words of used

  // At the moment:
  uint32_t event_ = 0;               // the next one
  Words now_;                        // configuration
  std::vector<uint32_t> under_way_;  // place → item
  Words sees_, mutes_, others_;      // places of these natures

  std::vector<Frame> frames_;
  std::vector<Try> tries_, later_, last_;
  Words store_;
  std::vector<Remembered> remembered_;
  std::vector<uint32_t> buckets_;
  uint64_t configurations_ = 0;
  uint32_t furthest_ = 0;
  size_t taken_ = 0;  // bytes of the budget
};

// Returns after calls at the same moment: only what is over strictly before is before.
template <typename Model>
void Search<Model>::order_events() {
  std::vector<Event> returns;  // items come in the order of their calls
  returns.reserve(items_.size());
  for (uint32_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].crashed()) returns.push_back({items_[i].returned, true, i});
  }
  const auto earlier = [](const Event& a, const Event& b) {
    return std::tie(a.when, a.item) < std::tie(b.when, b.item);
  };
  std::sort(returns.begin(), returns.end(), earlier);
  events_.reserve(items_.size() + returns.size());
  auto next = returns.begin();
  for (uint32_t i = 0; i < items_.size(); ++i) {
    while (next != returns.end() && next->when < items_[i].called) events_.push_back(*next++);
    events_.push_back({items_[i].called, false, i});
  }
  events_.insert(events_.end(), next, returns.end());
  place_items();
}

// Each gets the lowest place that is free while it is under way.
template <typename Model>
void Search<Model>::place_items() {
  std::vector<uint32_t> free;
  uint32_t places = 0;
  for (const Event& event : events_) {
    Item& item = items_[event.item];
    if (item.crashed()) continue;
    if (event.is_return) {
      free.push_back(item.place);
      std::push_heap(free.begin(), free.end(), std::greater<>());
    } else if (free.empty()) {
      item.place = places++;
    } else {
      std::pop_heap(free.begin(), free.end(), std::greater<>());
      item.place = free.back();
      free.pop_back();
    }
  }
  lanes_ = (places + 63) / 64;
  under_way_.assign(places, kNobody);
  sees_.assign(lanes_, 0);
  mutes_.assign(lanes_, 0);
  others_.assign(lanes_, 0);
}

template <typename Model>
void Search<Model>::group_crashed() {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < items_.size(); ++i) {
    if (items_[i].crashed()) order.push_back(i);
  }
  const auto key = [&](uint32_t i) { return std::pair(items_[i].needs, items_[i].gives); };
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  uint32_t word = 0, shift = 0;
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    while (end < order.size() && Model::same(items_[order[i]], items_[order[end]])) {
      items_[order[end++]].place = static_cast<uint32_t>(crashed_.size());
    }
    // One bit more than the counter needs: a guard, which catches the borrow when counters are compared.
    const auto width = static_cast<uint32_t>(std::bit_width(end - i)) + 1;
    if (shift + width > 64) {
      ++word;
      shift = 0;
    }
    crashed_.push_back({order[i], 0, word, shift, (uint64_t{1} << (width - 1)) - 1});
    guards_.resize(word + 1, 0);
    guards_[word] |= uint64_t{1} << (shift + width - 1);
    shift += width;
    i = end;
  }
  used_words_ = guards_.size();
}

// Runs until an operation returns of which is to be decided how it has taken effect: false. True at the end of the
// history.
template <typename Model>
bool Search<Model>::advance() {
  for (; event_ < events_.size(); ++event_) {
    const Event& event = events_[event_];
    Item& item = items_[event.item];
    if (!event.is_return) {
      begin(event.item);
      continue;
    }
    const uint64_t place = bit(item.place);
    if ((done(item.place) & place) == 0) {
      if ((spare(item.place) & place) == 0) return false;
      const bool fixed = item.nature == Nature::kBlind;  // else others may still change what it leaves behind
      if (!fixed || model_.needed(model_.apply(state(), item), event.when)) return false;
    }
    done(item.place) &= ~place;
    spare(item.place) &= ~place;
    under_way_[item.place] = kNobody;
    flip(item);
  }
  return true;
}

template <typename Model>
void Search<Model>::begin(uint32_t number) {
  const Item& item = items_[number];
  if (item.crashed()) {
    ++crashed_[item.place].available;
    return;
  }
  under_way_[item.place] = number;
  flip(item);
  if (item.nature == Nature::kSee) {
    if (fits(state(), item)) done(item.place) |= bit(item.place);
  } else if (item.nature != Nature::kOther) {
    spare_if_idle(item.place);
  }
}

// Enters the item into the places of its nature, or takes it out again.
template <typename Model>
void Search<Model>::flip(const Item& item) {
  Words& lanes = item.nature == Nature::kSee ? sees_ : item.nature == Nature::kOther ? others_ : mutes_;
  lanes[item.place / 64] ^= bit(item.place);
}

// Back to what was under way at an earlier event. The configuration is not touched.
template <typename Model>
void Search<Model>::rewind(uint32_t event) {
  while (event_ > event) {
    const Event& undone = events_[--event_];
    const Item& item = items_[undone.item];
    if (item.crashed()) {
      --crashed_[item.place].available;
      continue;
    }
    flip(item);
    under_way_[item.place] = undone.is_return ? undone.item : kNobody;
  }
}

// What under way only sees, or changes nothing here, may have taken effect here.
template <typename Model>
void Search<Model>::see() {
  for_each_place(sees_, [&](uint32_t place) {
    if ((done(place) & bit(place)) == 0 && fits(state(), items_[under_way_[place]])) done(place) |= bit(place);
  });
  for_each_place(mutes_, [&](uint32_t place) { spare_if_idle(place); });
}

template <typename Model>
void Search<Model>::spare_if_idle(uint32_t place) {
  if ((done(place) & bit(place)) != 0) return;
  if (model_.apply(state(), items_[under_way_[place]]) == state()) spare(place) |= bit(place);
}

template <typename Model>
void Search<Model>::take_effect(const Try& next) {
  const Item& item = items_[next.item];
  if (next.how == How::kBefore) {
    done(item.place) |= bit(item.place);
    spare(item.place) &= ~bit(item.place);
    return;
  }
  set_state(model_.apply(state(), item));
  if (next.how == How::kCrashed) {
    const Crashed& crashed = crashed_[item.place];
    now_[1 + 2 * lanes_ + crashed.word] += uint64_t{1} << crashed.shift;
  } else {
    done(item.place) |= bit(item.place);
    spare(item.place) &= ~bit(item.place);
  }
  if (item.nature == Nature::kBlind) {
    for (size_t i = 0; i < lanes_; ++i) now_[1 + lanes_ + i] |= mutes_[i] & ~now_[1 + i];
  }
  see();
}

// Does something under way want to find this state?
template <typename Model>
bool Search<Model>::wanted(int32_t state) {
  bool found = false;
  const auto wants = [&](const Item& item) {
    const int32_t next = model_.apply(state, item);
    return item.nature == Nature::kAppend ? model_.needed(next, events_[event_].when)
                                          : item.nature != Nature::kBlind && next != kRefused;
  };
  const auto look = [&](uint32_t place) {
    found = found || ((done(place) & bit(place)) == 0 && wants(items_[under_way_[place]]));
  };
  for (const Words* lanes : {&sees_, &others_, &mutes_}) {
    if (!found) for_each_place(*lanes, look);
  }
  for (const Crashed& crashed : crashed_) {
    if (found) break;
    found = static_cast<int64_t>(used(crashed)) < crashed.available && wants(items_[crashed.item]);
  }
  return found;
}

// What may take effect next, so that X can: best chances first.
template <typename Model>
void Search<Model>::push_frame() {
  const uint32_t x_number = events_[event_].item;
  const Item& x = items_[x_number];
  const size_t first = tries_.size();
  later_.clear();
  last_.clear();
  const auto consider = [&](uint32_t number, How how) {
    const Item& item = items_[number];
    const int32_t next = model_.apply(state(), item);
    if (next == kRefused) return;
    if (next == state() && how == How::kCrashed && item.nature != Nature::kBlind) return;  // for nothing
    const bool is_x = number == x_number, in_vain = !model_.needed(next, events_[event_].when);
    if (item.nature == Nature::kBlind && !is_x && !wanted(next)) return;
    if (item.nature == Nature::kAppend && !is_x && in_vain) return;  // X then, and this one may come after it
    const bool helps = is_x || ((x.nature == Nature::kSee || x.nature == Nature::kOther) && fits(next, x));
    (is_x && in_vain ? last_ : helps ? tries_ : how == How::kCrashed ? last_ : later_).push_back({how, number});
  };
  // A spare X may have been before. Better not, if nobody wants the present state any more; nor if X would leave that.
  const bool idle = x.nature == Nature::kBlind && model_.apply(state(), x) == state();
  const bool may_be_before = (spare(x.place) & bit(x.place)) != 0 && !idle;
  const bool rather_before = model_.needed(state(), events_[event_].when);
  if (may_be_before && rather_before) tries_.push_back({How::kBefore, x_number});
  const auto live = [&](uint32_t place) {
    if ((done(place) & bit(place)) == 0) consider(under_way_[place], How::kNow);
  };
  for_each_place(others_, live);
  for_each_place(mutes_, live);
  for (const Crashed& crashed : crashed_) {
    if (static_cast<int64_t>(used(crashed)) < crashed.available) consider(crashed.item, How::kCrashed);
  }
  tries_.insert(tries_.end(), later_.begin(), later_.end());
  tries_.insert(tries_.end(), last_.begin(), last_.end());
  if (may_be_before && !rather_before) tries_.push_back({How::kBefore, x_number});
  frames_.push_back({remembered_.size() - 1, event_, first, tries_.size()});
  furthest_ = std::max(furthest_, event_);
}

// Can the configuration `old`, of the same return, do all that the present one can?
template <typename Model>
bool Search<Model>::dominates(const uint64_t* old) const {
  if (old[0] != now_[0]) return false;
  for (size_t i = 0; i < lanes_; ++i) {
    const uint64_t old_done = old[1 + i], new_done = now_[1 + i];
    const uint64_t old_spare = old[1 + lanes_ + i], new_spare = now_[1 + lanes_ + i];
    if (((old_done ^ new_done) & (others_[i] | (mutes_[i] & ~old_spare))) != 0) return false;
    if ((new_done & ~old_done & sees_[i]) != 0 || (new_spare & ~old_spare) != 0) return false;
  }
  for (size_t i = 0; i < used_words_; ++i) {
    const uint64_t left = (now_[1 + 2 * lanes_ + i] | guards_[i]) - old[1 + 2 * lanes_ + i];
    if ((left & guards_[i]) != guards_[i]) return false;  // some counter of the old one is larger
  }
  return true;
}

// Else it is now.
template <typename Model>
bool Search<Model>::was_tried() {
  set_state(state());  // at this event
  uint64_t hash = now_[0] * 0x9E3779B97F4A7C15u;
  for (size_t i = 0; i < lanes_; ++i) hash = ((hash ^ hash >> 32) + (now_[1 + i] & others_[i])) * 0x9E3779B97F4A7C15u;
  hash ^= hash >> 32;
  if (2 * remembered_.size() >= buckets_.size()) {
    buckets_.assign(std::max<size_t>(64, 4 * buckets_.size()), 0);
    for (uint32_t i = 0; i < remembered_.size(); ++i) {
      uint32_t& bucket = buckets_[remembered_[i].hash & (buckets_.size() - 1)];
      remembered_[i].older = bucket;
      bucket = i + 1;
    }
  }
  uint32_t& bucket = buckets_[hash & (buckets_.size() - 1)];
  for (uint32_t i = bucket; i != 0; i = remembered_[i - 1].older) {
    if (remembered_[i - 1].hash == hash && dominates(&store_[size() * (i - 1)])) return true;
  }
  remembered_.push_back({hash, bucket});
  bucket = static_cast<uint32_t>(remembered_.size());
  store_.insert(store_.end(), now_.begin(), now_.end());
  return false;
}

template <typename Model>
bool Search<Model>::afford() {
  const size_t bytes = store_.capacity() * sizeof(uint64_t) + remembered_.capacity() * sizeof(Remembered) +
                       buckets_.capacity() * sizeof(uint32_t) + frames_.capacity() * sizeof(Frame) +
                       tries_.capacity() * sizeof(Try) + model_.bytes();
  if (bytes > taken_) {
    if (!budget_.take(bytes - taken_)) return false;
    taken_ = bytes;
  }
  return configurations_ < most_ && !budget_.spent();
}

template <typename Model>
SearchAnswer Search<Model>::answer(SearchAnswer::Verdict verdict) {
  SearchAnswer answer;
  answer.verdict = verdict;
  answer.configurations = configurations_;
  if (verdict == SearchAnswer::Verdict::kOrder) return answer;
  answer.stuck = items_[events_[furthest_].item].position;
  for (size_t i = 0; i < remembered_.size(); ++i) {
    const uint64_t head = store_[size() * i];
    const auto state = static_cast<int32_t>(head & 0xFFFFFFFFu);
    if (head >> 32 != furthest_ || answer.states.size() == 8) continue;
    if (std::find(answer.states.begin(), answer.states.end(), state) == answer.states.end()) {
      answer.states.push_back(state);
    }
  }
  const int64_t moment = events_[furthest_].when;
  for (const Item& item : items_) {
    if (!item.crashed() && item.called <= moment && item.returned >= moment) answer.under_way.push_back(item.position);
  }
  return answer;
}

template <typename Model>
SearchAnswer Search<Model>::run() {
  order_events();
  group_crashed();
  now_.assign(size(), 0);
  set_state(Model::kStart);
  if (advance()) return answer(SearchAnswer::Verdict::kOrder);
  was_tried();
  push_frame();
  while (!frames_.empty()) {
    if (configurations_ % 64 == 0 && !afford()) return answer(SearchAnswer::Verdict::kUndecided);
    Frame& frame = frames_.back();
    if (frame.next == frame.end) {
      frames_.pop_back();
      tries_.resize(frames_.empty() ? 0 : frames_.back().end);
      continue;
    }
    ++configurations_;
    const Try next = tries_[frame.next++];
    rewind(frame.event);
    now_.assign(store_.begin() + static_cast<std::ptrdiff_t>(size() * frame.configuration),
                store_.begin() + static_cast<std::ptrdiff_t>(size() * (frame.configuration + 1)));
    take_effect(next);
    if (advance()) return answer(SearchAnswer::Verdict::kOrder);
    if (!was_tried()) push_frame();
  }
  return answer(SearchAnswer::Verdict::kNoOrder);
}

}  // namespace

SearchAnswer search(RegisterModel& model, Budget& budget, uint64_t most) {
  return Search<RegisterModel>(model, budget, most).run();
}
SearchAnswer search(GeneralModel& model, Budget& budget, uint64_t most) {
  return Search<GeneralModel>(model, budget, most).run();
}

}  // namespace checkers::linear
