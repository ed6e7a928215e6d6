// Shopping carts, and sets: carts without quantities. An addition is known by its tag, session:seq; a removal names the
// tags that its process knows to be in the cart (it read them, or added them itself), or leaves it to the node to read
// the cart first.
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "workloads/key_log.h"
#include "workloads/key_pool.h"
#include "workloads/kinds.h"
#include "workloads/memory.h"

namespace workloads {
namespace {

using checkers::EventType;
using checkers::Map;
using checkers::Value;

constexpr int kReadPercent = 25;
constexpr int kRemovePercent = 20;
constexpr int kObservedPercent = 65;  // of the removals of an item of which tags are known
constexpr int kNegativePercent = 10;  // of the additions: one item less
constexpr uint64_t kLargestQuantity = 3;

struct Style {
  Operation::Kind kind;
  const char* prefix;  // of the keys
  const char* item;    // name of the field that names one
  bool quantities;
  std::vector<std::string_view> items;
};
const Style kCart = {
    Operation::Kind::kCart, "cart", "item", true, {"apples", "bread", "eggs", "milk", "rice", "salt", "soap", "tea"}};
// More of them than a cart has: an addition of a member that is there already tells less.
const Style kSet = {Operation::Kind::kSet, "set", "member", false, {"ada",     "alan",   "anita",  "barbara", "dennis",
                                                                    "donald",  "edsger", "fran",   "grace",   "jim",
                                                                    "john",    "ken",    "leslie", "lynn",    "nancy",
                                                                    "niklaus", "radia",  "rich",   "shafi",   "tony"}};

class Cart : public Workload {
 public:
  Cart(const Style& style, int keys_at_once, CartLayout layout)
      : style_(style),
        segregated_(layout == CartLayout::kSegregated),
        pool_({.prefix = style.prefix, .keys_at_once = keys_at_once}),
        items_(style.items.begin(), style.items.end()) {}

  Operation next(int64_t process, Random& random) override {
    const KeyPool::Pick pick = pool_.pick(random);
    Operation operation = bind(process, draw(process, pick, random));
    if (pick.last) views_.forget_key(pick.key);
    return operation;
  }

  Operation bind(int64_t process, Operation operation) override {
    keys_.note(operation.key);
    if (operation.f != "read") items_.insert(operation.value[style_.item].string());
    operation = laid_out(std::move(operation));
    View& view = views_.of(process, operation.key);  // also for a read: what it shows is remembered there
    if (operation.f == "add") {
      operation.session = session_of(process);
      operation.seq = ++view.seq;
      operation.value.set("tag", operation.session + ":" + std::to_string(operation.seq));
    } else if (operation.has_observed) {
      const auto known = view.tags.find(operation.value[style_.item].string());
      // Of a schedule of which lines were taken away: then the node has to look.
      operation.has_observed = known != view.tags.end();
      if (operation.has_observed) operation.observed = known->second;
    }
    return operation;
  }

  void completed(int64_t process, const Operation& operation, EventType outcome, const Value& value) override {
    if (outcome == EventType::kInfo) return views_.forget_process(process);
    View* view = views_.find(process, operation.key);
    if (view == nullptr) return;
    if (outcome == EventType::kFail) return;  // its number is not used again: a tag names one addition for ever
    if (operation.f == "add") {
      view->tags[operation.value[style_.item].string()].push_back(operation.value["tag"].string());
    } else if (operation.f == "remove") {
      forget_tags(*view, value[style_.item].string(), value["removed"]);
    } else if (operation.f == "read") {
      view->tags.clear();
      for (const Value& line : value.list()) {
        const std::string& item = line[style_.item].string();
        for (const auto& [tag, quantity] : line["tags"].map()) view->tags[item].push_back(tag);
        for (const Value& tag : line["tags"].list()) view->tags[item].push_back(tag.string());
      }
    }
  }

  std::vector<std::string> written_keys() const override { return keys_.keys(); }
  Operation final_read(const std::string& key) const override { return laid_out(read_of(style_.kind, key, true)); }

 private:
  // What a process knows of a cart: its last read, with what it added and removed since.
  struct View {
    int64_t seq = 0;
    std::map<std::string, std::vector<std::string>> tags;  // by item, none empty
  };

  Operation draw(int64_t process, const KeyPool::Pick& pick, Random& random) {
    View& view = views_.of(process, pick.key);
    const uint64_t dice = random.below(100);
    if (!pick.first && dice < kReadPercent && !pick.cold) return read_of(style_.kind, pick.key, false);
    if (!pick.first && dice >= kReadPercent && dice < kReadPercent + kRemovePercent) {
      const bool observed = random.chance(kObservedPercent) || pick.cold;
      if (observed && !view.tags.empty()) return remove_observed(pick.key, view, random);
      // Without tags the node reads the cart, which a cold one must not see.
      if (!pick.cold) return operation("remove", pick.key, some_item(random));
    }
    return add(pick.key, random);
  }

  Operation laid_out(Operation operation) const {
    operation.segregated = segregated_;
    if (segregated_ && operation.f == "read") operation.items.assign(items_.begin(), items_.end());
    return operation;
  }

  std::string some_item(Random& random) const { return std::string(style_.items[random.below(style_.items.size())]); }

  Operation operation(const char* f, const std::string& key, const std::string& item) const {
    Operation operation;
    operation.kind = style_.kind;
    operation.f = f;
    operation.key = key;
    operation.value = Map{{style_.item, item}};
    return operation;
  }

  Operation add(const std::string& key, Random& random) const {
    Operation add = operation("add", key, some_item(random));
    if (style_.quantities) {
      const bool negative = random.chance(kNegativePercent);
      const auto quantity = static_cast<int64_t>(1 + random.below(kLargestQuantity));
      add.value.set("quantity", negative ? int64_t{-1} : quantity);
    }
    return add;
  }

  Operation remove_observed(const std::string& key, const View& view, Random& random) const {
    auto item = std::next(view.tags.begin(), static_cast<std::ptrdiff_t>(random.below(view.tags.size())));
    Operation remove = operation("remove", key, item->first);
    remove.has_observed = true;
    return remove;
  }

  static void forget_tags(View& view, const std::string& item, const Value& removed) {
    auto known = view.tags.find(item);
    if (known == view.tags.end()) return;
    for (const Value& tag : removed.list()) std::erase(known->second, tag.string());
    if (known->second.empty()) view.tags.erase(known);
  }

  const Style& style_;
  const bool segregated_;
  KeyPool pool_;
  std::set<std::string> items_;  // of the shop, and what a schedule added: whatever a cart may hold
  KeyLog keys_;
  Memory<View> views_;
};

}  // namespace

std::unique_ptr<Workload> make_cart(int keys_at_once, CartLayout layout) {
  return std::make_unique<Cart>(kCart, keys_at_once, layout);
}
std::unique_ptr<Workload> make_set(int keys_at_once) {
  return std::make_unique<Cart>(kSet, keys_at_once, CartLayout::kObject);
}

}  // namespace workloads
