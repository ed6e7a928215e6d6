#include "checkers/linear/zones.h"

#include <fmt/format.h>

#include <algorithm>

#include "checkers/linear/value_table.h"

namespace checkers::linear {
namespace {

constexpr uint32_t kNone = ValueTable::kNone;
constexpr uint32_t kInitial = 0;  // the cluster of the initial value, which nobody wrote
constexpr int64_t kAlways = std::numeric_limits<int64_t>::min();

struct Cluster {
  int64_t first_return = kOpen;  // f and s of the cluster; at the head of a block in the end those of the block
  int64_t last_call = kAlways;
  uint32_t writer = kNone;  // position
};

class Register {
 public:
  Register(const std::vector<Operation>& operations, std::span<const uint32_t> positions, Value initial,
           std::string_view made_by)
      : operations_(operations), positions_(positions), initial_(initial), made_by_(made_by) {}

  ZoneAnswer judge() {
    if (!gather_writes()) return {};
    std::optional<Finding> finding = gather_reads();
    if (!finding && any_cas_) finding = tie_blocks();
    if (!finding) finding = find_contradiction();
    return {true, std::move(finding)};
  }

 private:
  const Operation& at(uint32_t position) const { return operations_[position]; }
  bool gather_writes();
  std::optional<Finding> gather_reads();
  std::optional<Finding> tie_blocks();
  void tie(uint32_t to);
  std::optional<Finding> walk(uint32_t head);
  std::optional<Finding> find_contradiction() const;
  std::vector<uint32_t> sorted_zones() const;

  bool is_cas(uint32_t cluster) const {
    return clusters_[cluster].writer != kNone && at(clusters_[cluster].writer).kind == Kind::kCas;
  }
  uint32_t cluster_of(uint32_t position) const { return table_->find(at(position).value); }
  std::vector<uint32_t> members(uint32_t head) const;  // clusters of a block, in their order
  std::vector<bool> marked(const std::vector<uint32_t>& clusters) const;

  uint32_t proof_of(uint32_t cluster) const;
  void add_proofs(const std::vector<uint32_t>& clusters, std::vector<uint32_t>& cast) const;
  std::string shown(const Letters& letters, const std::vector<uint32_t>& clusters) const;
  Finding never_there(uint32_t cluster) const;
  Finding from_the_future(uint32_t read, uint32_t write) const;
  Finding forked(uint32_t one, uint32_t other) const;
  Finding circular(uint32_t cluster) const;
  Finding out_of_order(uint32_t head, uint32_t later) const;
  Finding contradiction(uint32_t x, uint32_t y) const;

  const std::vector<Operation>& operations_;
  std::span<const uint32_t> positions_;
  const Value initial_;
  const std::string_view made_by_;
  bool any_cas_ = false;
  std::optional<ValueTable> table_;  // value → cluster
  std::vector<Cluster> clusters_;
  // With compare-and-set only:
  std::vector<uint32_t> next_;                           // in the block
  std::vector<bool> counts_;                             // it happened: acknowledged, or its value was seen
  std::vector<bool> inside_;                             // of a block, and not its head
  uint32_t orphan_ = kNone;                              // the first whose expected value nobody wrote
  std::pair<uint32_t, uint32_t> fork_ = {kNone, kNone};  // the first two that expected the same
};

// False if the test does not apply.
bool Register::gather_writes() {
  Value least = initial_, greatest = initial_;
  size_t count = 1;
  for (const uint32_t position : positions_) {
    const Operation& operation = at(position);
    if (operation.kind == Kind::kAppend || operation.kind == Kind::kTransaction) return false;
    if (!may_write(operation)) continue;
    ++count;
    any_cas_ = any_cas_ || operation.kind == Kind::kCas;
    least = std::min(least, operation.value);
    greatest = std::max(greatest, operation.value);
  }
  table_.emplace(count, least, greatest);
  clusters_.reserve(count);
  clusters_.push_back({kAlways, kAlways, kNone});
  table_->insert(initial_, kInitial);
  for (const uint32_t position : positions_) {
    const Operation& operation = at(position);
    if (!may_write(operation)) continue;
    if (!table_->insert(operation.value, static_cast<uint32_t>(clusters_.size()))) return false;
    clusters_.push_back({operation.returned, operation.called, position});
  }
  return true;
}

std::optional<Finding> Register::gather_reads() {
  for (const uint32_t position : positions_) {
    const Operation& read = at(position);
    if (!tells(read)) continue;
    const uint32_t number = table_->find(read.value);
    if (number == kNone) return unwritten(operations_, positions_, position);
    Cluster& cluster = clusters_[number];
    if (number != kInitial && read.returned < at(cluster.writer).called) {
      return from_the_future(position, cluster.writer);
    }
    cluster.first_return = std::min(cluster.first_return, read.returned);
    cluster.last_call = std::max(cluster.last_call, read.called);
  }
  return {};
}

std::optional<Finding> Register::tie_blocks() {
  next_.assign(clusters_.size(), kNone);
  counts_.assign(clusters_.size(), false);
  inside_.assign(clusters_.size(), false);
  for (uint32_t i = 1; i < clusters_.size(); ++i) {
    if (is_cas(i) && clusters_[i].first_return != kOpen) tie(i);
  }
  if (orphan_ != kNone) return never_there(orphan_);
  if (fork_.first != kNone) return forked(fork_.first, fork_.second);
  for (uint32_t i = 0; i < clusters_.size(); ++i) {
    if (is_cas(i) || next_[i] == kNone) continue;
    if (auto finding = walk(i)) return finding;
  }
  for (uint32_t i = 1; i < clusters_.size(); ++i) {
    if (is_cas(i) && counts_[i] && !inside_[i]) return circular(i);
    if (is_cas(i)) inside_[i] = true;  // also if it does not count: then it is nowhere
  }
  return {};
}

// `to` happened; so the value that it replaced was there, and whatever wrote it happened, too.
void Register::tie(uint32_t to) {
  while (!counts_[to]) {
    counts_[to] = true;
    const uint32_t from = table_->find(at(clusters_[to].writer).expected);
    if (from == kNone) {
      if (orphan_ == kNone) orphan_ = to;
      return;
    }
    if (next_[from] == kNone) {
      next_[from] = to;
    } else if (fork_.first == kNone) {
      fork_ = {next_[from], to};
    }
    if (!is_cas(from)) return;
    to = from;
  }
}

// Gives the head of a block its f and s. What comes later in the block must not be over before what comes earlier
// began.
std::optional<Finding> Register::walk(uint32_t head) {
  Cluster& block = clusters_[head];
  for (uint32_t i = next_[head]; i != kNone; i = next_[i]) {
    if (clusters_[i].first_return < block.last_call) return out_of_order(head, i);
    inside_[i] = true;
    block.first_return = std::min(block.first_return, clusters_[i].first_return);
    block.last_call = std::max(block.last_call, clusters_[i].last_call);
  }
  return {};
}

// Blocks with f < s, by f. They come nearly sorted, because their writes do: insertion takes as many steps as
// operations overlap. Where that is more than a few, sort.
std::vector<uint32_t> Register::sorted_zones() const {
  std::vector<uint32_t> zones;
  const auto earlier = [&](uint32_t a, uint32_t b) { return clusters_[a].first_return < clusters_[b].first_return; };
  size_t steps = 0;
  for (uint32_t i = 0; i < clusters_.size(); ++i) {
    if (clusters_[i].first_return >= clusters_[i].last_call || (any_cas_ && inside_[i])) continue;
    zones.push_back(i);
    if (steps > 16 * clusters_.size()) continue;
    for (size_t k = zones.size() - 1; k > 0 && earlier(zones[k], zones[k - 1]); --k, ++steps) {
      std::swap(zones[k], zones[k - 1]);
    }
  }
  if (steps > 16 * clusters_.size()) std::stable_sort(zones.begin(), zones.end(), earlier);
  return zones;
}

std::optional<Finding> Register::find_contradiction() const {
  const std::vector<uint32_t> zones = sorted_zones();
  for (size_t k = 1; k < zones.size(); ++k) {
    if (clusters_[zones[k]].first_return < clusters_[zones[k - 1]].last_call) {
      return contradiction(zones[k - 1], zones[k]);
    }
  }
  // Zones do not overlap now. A block with s <= f contradicts the last zone that begins before s, or none.
  size_t k = 0;  // moves little from block to block
  for (uint32_t i = 1; i < clusters_.size() && !zones.empty(); ++i) {
    const Cluster& block = clusters_[i];
    if (block.first_return < block.last_call || (any_cas_ && inside_[i])) continue;
    while (k + 1 < zones.size() && clusters_[zones[k + 1]].first_return < block.last_call) ++k;
    while (k > 0 && clusters_[zones[k]].first_return >= block.last_call) --k;
    const Cluster& zone = clusters_[zones[k]];
    if (zone.first_return < block.last_call && block.first_return < zone.last_call) return contradiction(zones[k], i);
  }
  return {};
}

std::vector<uint32_t> Register::members(uint32_t head) const {
  std::vector<uint32_t> clusters = {head};
  if (!any_cas_) return clusters;
  for (uint32_t i = next_[head]; i != kNone && i != head; i = next_[i]) clusters.push_back(i);
  return clusters;
}

std::vector<bool> Register::marked(const std::vector<uint32_t>& clusters) const {
  std::vector<bool> marks(clusters_.size(), false);
  for (const uint32_t cluster : clusters) marks[cluster] = true;
  return marks;
}

Finding Register::from_the_future(uint32_t read, uint32_t write) const {
  const Letters letters(operations_, {read, write});
  return {"value from the future", letters.cast(),
          fmt::format("{}, yet it returned the value of {}, which nobody else wrote.", letters.before(read, write),
                      letters.of(write))};
}

// What shows that the compare-and-set that wrote this value took effect, if its own acknowledgement does not: the first
// read of the value or of one made out of it. Of an append even where it took effect only a read shows.
uint32_t Register::proof_of(uint32_t cluster) const {
  for (uint32_t i = cluster; i != kNone && is_cas(i); i = next_[i]) {
    if (at(clusters_[i].writer).returned != kOpen && made_by_ != kAppended)
      return i == cluster ? kNone : clusters_[i].writer;
    for (const uint32_t position : positions_) {
      if (tells(at(position)) && cluster_of(position) == i) return position;
    }
    if (next_[i] == cluster) break;
  }
  return kNone;
}

void Register::add_proofs(const std::vector<uint32_t>& clusters, std::vector<uint32_t>& cast) const {
  for (const uint32_t cluster : clusters) {
    if (const uint32_t proof = proof_of(cluster); proof != kNone) cast.push_back(proof);
  }
}

// Words for the same.
std::string Register::shown(const Letters& letters, const std::vector<uint32_t>& clusters) const {
  std::string words;
  for (const uint32_t cluster : clusters) {
    const uint32_t proof = proof_of(cluster), writer = clusters_[cluster].writer;
    if (proof == kNone) continue;
    words += fmt::format(" {} shows {} of {}.", letters.of(proof),
                         cluster_of(proof) == cluster ? "the value" : "a value made out of that", letters.of(writer));
  }
  return words;
}

Finding Register::never_there(uint32_t cluster) const {
  const uint32_t writer = clusters_[cluster].writer;
  Finding finding = unwritten(operations_, positions_, writer);
  const uint32_t proof = proof_of(cluster);
  if (proof == kNone) return finding;
  std::vector<uint32_t> cast = {writer, proof};
  const Letters letters(operations_, cast);
  return {finding.anomaly, letters.cast(),
          fmt::format("{} replaced a value that nobody wrote, or nobody who did not fail.{}", letters.of(writer),
                      shown(letters, {cluster}))};
}

Finding Register::forked(uint32_t one, uint32_t other) const {
  const uint32_t a = clusters_[one].writer, b = clusters_[other].writer;
  std::vector<uint32_t> cast = {a, b};
  add_proofs({one, other}, cast);
  const Letters letters(operations_, cast);
  return {"value replaced twice", letters.cast(),
          fmt::format("{} both made their value out of the same one by {}, yet that was there only once: the first of "
                      "them replaced it, and nobody wrote it again.{}",
                      letters.list({a, b}), made_by_, shown(letters, {one, other}))};
}

Finding Register::circular(uint32_t cluster) const {
  std::vector<uint32_t> circle;
  for (const uint32_t i : members(cluster)) circle.push_back(clusters_[i].writer);
  const size_t length = circle.size();
  if (circle.size() > 5) circle.resize(5);
  std::vector<uint32_t> cast = circle;
  add_proofs({cluster}, cast);
  const Letters letters(operations_, cast);
  const std::string shows = shown(letters, {cluster});
  if (length == 1) {
    return {"values out of each other", letters.cast(),
            fmt::format("{} replaced a value that only {} itself wrote.{}", letters.of(circle[0]),
                        letters.of(circle[0]), shows)};
  }
  return {
      "values out of each other", letters.cast(),
      fmt::format("{}{} each replaced, by {}, a value that another of them wrote, in a circle; nobody else wrote these "
                  "values, so that none of them can have been the first.{}",
                  letters.list(circle),
                  length > circle.size() ? fmt::format(" and {} more", length - circle.size()) : "", made_by_, shows)};
}

Finding Register::out_of_order(uint32_t head, uint32_t later) const {
  // `first`: the operation called last on the earlier values of the block; `second`: the first to be over on the later.
  std::vector<uint32_t> clusters = members(head);
  clusters.erase(std::find(clusters.begin(), clusters.end(), later), clusters.end());
  const std::vector<bool> is_earlier = marked(clusters);
  uint32_t first = kNone, second = kNone;
  for (const uint32_t position : positions_) {
    if (!may_write(at(position)) && !tells(at(position))) continue;
    const uint32_t cluster = cluster_of(position);
    if (cluster == later && (second == kNone || at(position).returned < at(second).returned)) second = position;
    if (!is_earlier[cluster]) continue;
    if (first == kNone || at(position).called > at(first).called) first = position;
  }
  const uint32_t made = clusters_[later].writer;
  std::vector<uint32_t> cast = {first, second, made};
  add_proofs({later}, cast);
  const Letters letters(operations_, cast);
  return {
      "replaced value seen", letters.cast(),
      fmt::format("{} by {} out of the value of {}, directly or in several steps, and replaced it for ever. Yet {}.{}",
                  second == made
                      ? fmt::format("{} made its value", letters.of(made))
                      : fmt::format("The value of {}, which {} wrote, was made", letters.of(second), letters.of(made)),
                  made_by_, letters.of(first), letters.before(second, first), shown(letters, {later}))};
}

// Blocks x and y, of which x has a zone: something of each is over before something of the other began.
Finding Register::contradiction(uint32_t x, uint32_t y) const {
  struct Ends {
    uint32_t first_over = kNone, last_called = kNone;
    size_t values = 0;
  };
  const auto ends = [&](uint32_t head) {
    const std::vector<uint32_t> clusters = members(head);
    const std::vector<bool> is_member = marked(clusters);
    Ends found;
    found.values = clusters.size();
    for (const uint32_t position : positions_) {
      const Operation& operation = at(position);
      if (!may_write(operation) && !tells(operation)) continue;
      if (!is_member[cluster_of(position)]) continue;
      if (found.first_over == kNone || operation.returned < at(found.first_over).returned) found.first_over = position;
      if (found.last_called == kNone || operation.called > at(found.last_called).called) found.last_called = position;
    }
    return found;
  };
  if (y == kInitial) std::swap(x, y);
  const Ends of_x = ends(x), of_y = ends(y);
  // Where a compare-and-set is named, that it took effect may be known from others only.
  std::vector<uint32_t> to_show;
  for (const uint32_t position : {of_x.first_over, of_x.last_called, of_y.first_over, of_y.last_called}) {
    if (position != kNone && at(position).kind == Kind::kCas) to_show.push_back(cluster_of(position));
  }
  std::sort(to_show.begin(), to_show.end());
  to_show.erase(std::unique(to_show.begin(), to_show.end()), to_show.end());
  const auto made = [&](const Ends& block) {
    return block.values > 1 ? fmt::format(" or what was made out of it by {}", made_by_) : "";
  };

  if (x == kInitial) {
    std::vector<uint32_t> cast = {of_x.last_called, of_y.first_over};
    add_proofs(to_show, cast);
    const Letters letters(operations_, cast);
    return {
        "stale read", letters.cast(),
        fmt::format("{}; the value of {} was written and so came after the initial one, which comes first and is never "
                    "written again. Yet {} still found the initial value{}.{}",
                    letters.before(of_y.first_over, of_x.last_called), letters.of(of_y.first_over),
                    letters.of(of_x.last_called), made(of_x), shown(letters, to_show))};
  }
  std::vector<uint32_t> cast = {of_x.first_over, of_x.last_called, of_y.first_over, of_y.last_called};
  add_proofs(to_show, cast);
  const Letters letters(operations_, cast);
  // Stale: a write lies wholly between the write of a value and a read of it. Else new and old were seen in turn while
  // a write was under way.
  const auto stale = [&](uint32_t old, const Ends& of_old, uint32_t fresh) {
    const Operation &before = at(clusters_[old].writer), &after = at(clusters_[fresh].writer);
    return before.returned < after.called && after.returned < at(of_old.last_called).called;
  };
  const bool is_stale = stale(x, of_x, y) || stale(y, of_y, x);
  const auto of_one_value = [&](const Ends& block) {
    const bool one = block.first_over == block.last_called;
    return fmt::format("{} {} of one value{}", letters.list({block.first_over, block.last_called}), one ? "is" : "are",
                       made(block));
  };
  return {
      is_stale ? "stale read" : "new value, then old", letters.cast(),
      fmt::format("{}, {}; each value was written only once, and so holds in one piece. Yet {}, and {}: neither value "
                  "can come wholly before the other.{}",
                  of_one_value(of_x), of_one_value(of_y), letters.before(of_x.first_over, of_y.last_called),
                  letters.before(of_y.first_over, of_x.last_called), shown(letters, to_show))};
}

}  // namespace

ZoneAnswer judge_by_zones(const std::vector<Operation>& operations, std::span<const uint32_t> positions, Value initial,
                          std::string_view made_by) {
  return Register(operations, positions, initial, made_by).judge();
}

}  // namespace checkers::linear
