#include "checkers/linear/model.h"

#include <algorithm>

#include "checkers/linear/finding.h"

namespace checkers::linear {

RegisterModel::RegisterModel(const std::vector<Operation>& operations, std::span<const uint32_t> positions,
                             Value initial) {
  Value least = initial, greatest = initial;
  size_t values = 1;
  for (const uint32_t position : positions) {
    const Operation& operation = operations[position];
    if (!tells(operation) && !may_write(operation)) continue;
    const bool cas = operation.kind == Kind::kCas;
    least = std::min({least, operation.value, cas ? operation.expected : operation.value});
    greatest = std::max({greatest, operation.value, cas ? operation.expected : operation.value});
    values += cas ? 2 : 1;
  }
  numbers_.emplace(values, least, greatest);
  number(initial);
  items_.reserve(positions.size());
  for (const uint32_t position : positions) {
    const Operation& operation = operations[position];
    if (!tells(operation) && !may_write(operation)) continue;
    Item item{operation.called, operation.returned, position, kAny, kAny, 0, Nature::kSee};
    if (operation.kind == Kind::kRead) {
      item.needs = number(operation.value);
    } else {
      item.gives = number(operation.value);
      item.nature = Nature::kBlind;
    }
    if (operation.kind == Kind::kCas) {
      item.needs = number(operation.expected);
      const bool changes = item.needs != item.gives;
      item.nature = changes ? Nature::kOther : Nature::kSee;
      if (!changes) item.gives = kAny;
    }
    items_.push_back(item);
  }
  leave_out_useless();
}

int32_t RegisterModel::number(Value value) {
  if (numbers_->insert(value, states_)) return static_cast<int32_t>(states_++);
  return static_cast<int32_t>(numbers_->find(value));
}

std::optional<uint32_t> RegisterModel::finds_unwritten() const {
  std::vector<bool> written(states_, false);
  written[kStart] = true;
  for (const Item& item : items_) {
    if (item.gives != kAny) written[static_cast<size_t>(item.gives)] = true;
  }
  for (const Item& item : items_) {
    if (!item.crashed() && item.needs != kAny && !written[static_cast<size_t>(item.needs)]) return item.position;
  }
  return {};
}

// A crashed operation whose value nobody needs may as well not have happened.
void RegisterModel::leave_out_useless() {
  needed_until_.assign(states_, std::numeric_limits<int64_t>::min());
  const auto need = [&](const Item& item) {
    if (item.needs == kAny) return false;
    int64_t& until = needed_until_[static_cast<size_t>(item.needs)];
    const bool more = until < item.returned;
    until = std::max(until, item.returned);
    return more;
  };
  const auto useful = [&](const Item& item) {
    return !item.crashed() || (item.gives != kAny && needed(item.gives, item.called));
  };
  for (const Item& item : items_) {
    if (!item.crashed()) need(item);
  }
  for (bool more = true; more;) {
    more = false;
    for (const Item& item : items_) more = (item.crashed() && useful(item) && need(item)) || more;
  }
  items_.erase(std::remove_if(items_.begin(), items_.end(), [&](const Item& item) { return !useful(item); }),
               items_.end());
}

GeneralModel::GeneralModel(const History& history, std::span<const uint32_t> positions) : history_(history) {
  for (const uint32_t position : positions) {
    const Operation& operation = history.operations[position];
    texts_ = texts_ || operation.kind == Kind::kAppend;
    if (!operation.failed) add_item(operation, position);
  }
  if (cells_.size() > 1) {  // then a write leaves behind what it found of the other keys
    for (Item& item : items_) {
      if (item.nature == Nature::kBlind || item.nature == Nature::kAppend) item.nature = Nature::kOther;
    }
  }
  gather_seen();
  state_of(State(cells_.size(), history.initial));
}

void GeneralModel::add_item(const Operation& operation, uint32_t position) {
  std::vector<Part> script = script_of(operation);
  const bool sees_only =
      std::all_of(script.begin(), script.end(), [](const Part& part) { return part.does == Part::Does::kSee; });
  if (script.empty() || (sees_only && operation.returned == kOpen)) return;
  const auto [found, fresh] = script_numbers_.emplace(script, static_cast<int32_t>(scripts_.size()));
  if (fresh) scripts_.push_back(std::move(script));
  Nature nature = Nature::kOther;
  if (sees_only) nature = Nature::kSee;
  if (operation.kind == Kind::kWrite) nature = Nature::kBlind;
  if (operation.kind == Kind::kAppend) nature = Nature::kAppend;
  items_.push_back({operation.called, operation.returned, position, found->second, kAny, 0, nature});
}

void GeneralModel::gather_seen() {
  seen_.resize(cells_.size());
  for (const std::vector<Part>& script : scripts_) {
    for (const Part& part : script) {
      if (part.does == Part::Does::kSee) seen_[part.cell].push_back(part.value);
      if (texts_ && part.does != Part::Does::kAppend) text_numbers_.emplace(text(part.value), part.value);
    }
  }
  if (texts_) text_numbers_.emplace(text(history_.initial), history_.initial);
  for (std::vector<Value>& values : seen_) {
    std::sort(values.begin(), values.end(), [&](Value a, Value b) { return texts_ ? text(a) < text(b) : a < b; });
  }
}

bool GeneralModel::may_be_seen(size_t cell, Value value) const {
  const std::vector<Value>& seen = seen_[cell];
  if (!texts_) return std::binary_search(seen.begin(), seen.end(), value);
  const std::string& beginning = text(value);
  const auto found =
      std::lower_bound(seen.begin(), seen.end(), beginning, [&](Value a, const std::string& b) { return text(a) < b; });
  return found != seen.end() && text(*found).compare(0, beginning.size(), beginning) == 0;
}

int32_t GeneralModel::state_of(State state) {
  bool dead = true;
  for (size_t cell = 0; cell < state.size(); ++cell) {
    if (state[cell] != kDead && !may_be_seen(cell, state[cell])) state[cell] = kDead;
    dead = dead && state[cell] == kDead;
  }
  const auto [found, fresh] = state_numbers_.emplace(state, static_cast<int32_t>(states_.size()));
  if (fresh) {
    bytes_ += 2 * state.size() * sizeof(Value) + 128;
    states_.push_back(std::move(state));
    dead_.push_back(dead);
  }
  return found->second;
}

const std::string& GeneralModel::text(Value value) const {
  const auto size = static_cast<Value>(history_.texts.size());
  return value < size ? history_.texts[static_cast<size_t>(value)] : made_[static_cast<size_t>(value - size)];
}

size_t GeneralModel::cell_of(int32_t key) { return cells_.emplace(key, cells_.size()).first->second; }

std::vector<GeneralModel::Part> GeneralModel::script_of(const Operation& operation) {
  using Does = Part::Does;
  switch (operation.kind) {
    case Kind::kRead:
      if (!tells(operation)) return {};
      return {{Does::kSee, cell_of(operation.key), operation.value}};
    case Kind::kWrite:
      return {{Does::kWrite, cell_of(operation.key), operation.value}};
    case Kind::kAppend:
      return {{Does::kAppend, cell_of(operation.key), operation.value}};
    case Kind::kCas:
      return {{Does::kSee, cell_of(operation.key), operation.expected},
              {Does::kWrite, cell_of(operation.key), operation.value}};
    case Kind::kTransaction:
      break;
  }
  std::vector<Part> script;
  for (Value i = 0; i < operation.expected; ++i) {
    const Step& step = history_.steps[static_cast<size_t>(operation.value + i)];
    // An open transaction that took effect may have read anything.
    if (!step.write && (step.value == kUntold || operation.returned == kOpen)) continue;
    script.push_back({step.write ? Does::kWrite : Does::kSee, cell_of(step.key), step.value});
  }
  return script;
}

Value GeneralModel::append(Value start, Value more) {
  if (start == kDead) return kDead;
  std::string made = text(start) + text(more);
  const auto next = static_cast<Value>(history_.texts.size() + made_.size());
  const auto [found, fresh] = text_numbers_.emplace(made, next);
  if (fresh) {
    bytes_ += 2 * made.size() + 128;
    made_.push_back(std::move(made));
  }
  return found->second;
}

size_t GeneralModel::Hash::operator()(const State& state) const {
  uint64_t hash = state.size();
  for (const Value value : state) {
    hash = (hash ^ static_cast<uint64_t>(value)) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  }
  return hash;
}

int32_t GeneralModel::apply(int32_t state, const Item& item) {
  const std::vector<Part>& script = scripts_[static_cast<size_t>(item.needs)];
  const State& old = states_[static_cast<size_t>(state)];
  // Without a write before it, a part that does not fit refuses at once.
  if (script.front().does == Part::Does::kSee && old[script.front().cell] != script.front().value) return kRefused;
  State now = old;
  for (const Part& part : script) {
    Value& cell = now[part.cell];
    if (part.does == Part::Does::kSee && cell != part.value) return kRefused;
    if (part.does == Part::Does::kWrite) cell = part.value;
    if (part.does == Part::Does::kAppend) cell = append(cell, part.value);
  }
  return state_of(std::move(now));
}

}  // namespace checkers::linear
