#include "workloads/key_pool.h"

#include <algorithm>
#include <utility>

namespace workloads {

KeyPool::KeyPool(Options options)
    : options_(std::move(options)), slots_(static_cast<size_t>(std::max(1, options_.keys_at_once))) {}

KeyPool::Pick KeyPool::pick(Random& random) {
  Slot& slot = slots_[random.below(slots_.size())];
  Pick pick;
  pick.first = slot.left == 0;
  if (pick.first) open(slot, random);
  pick.key = slot.key;
  pick.cold = slot.cold;
  pick.last = --slot.left == 0;
  return pick;
}

void KeyPool::open(Slot& slot, Random& random) {
  const size_t number = keys_.size() + 1;
  // The first key may always be read: a run of one key that nobody looks at would show nothing.
  const bool too_few_cold = number > 1 && 5 * cold_keys_ < number;
  const bool drawn_cold = random.chance(options_.cold_percent);
  slot.cold = too_few_cold || (number > 1 && drawn_cold);
  const Range& range = slot.cold ? options_.cold_operations : options_.operations;
  const auto width = static_cast<uint64_t>(range.most) - static_cast<uint64_t>(range.least) + 1;
  slot.left = range.least + static_cast<int>(random.below(width));
  slot.key = options_.prefix + ":" + std::to_string(number);
  cold_keys_ += slot.cold;
  keys_.push_back(slot.key);
}

}  // namespace workloads
