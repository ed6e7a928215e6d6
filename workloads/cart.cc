// Shopping carts. An addition is known by its tag, session:seq; a removal names the tags that its process knows to be
// in the cart (it read them, or added them itself), or leaves it to the node to read the cart first.
#include <array>
#include <map>
#include <utility>

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
constexpr std::array<const char*, 8> kItems = {"apples", "bread", "eggs", "milk", "rice", "salt", "soap", "tea"};

class Cart : public Workload {
 public:
  explicit Cart(int keys_at_once) : pool_({.prefix = "cart", .keys_at_once = keys_at_once}) {}

  Operation next(int64_t process, Random& random) override {
    const KeyPool::Pick pick = pool_.pick(random);
    Operation operation = draw(process, pick, random);
    if (pick.last) views_.forget_key(pick.key);
    return operation;
  }

  void completed(int64_t process, const Operation& operation, EventType outcome, const Value& value) override {
    if (outcome == EventType::kInfo) return views_.forget_process(process);
    View* view = views_.find(process, operation.key);
    if (view == nullptr) return;
    if (outcome == EventType::kFail) return;  // its number is not used again: a tag names one addition for ever
    if (operation.f == "add") {
      view->tags[operation.value["item"].string()].push_back(operation.value["tag"].string());
    } else if (operation.f == "remove") {
      forget_tags(*view, value["item"].string(), value["removed"]);
    } else if (operation.f == "read") {
      view->tags.clear();
      for (const Value& line : value.list()) {
        for (const auto& [tag, quantity] : line["tags"].map()) view->tags[line["item"].string()].push_back(tag);
      }
    }
  }

  std::vector<std::string> written_keys() const override { return pool_.keys(); }
  Operation final_read(const std::string& key) const override { return read_of(Operation::Kind::kCart, key, true); }

 private:
  // What a process knows of a cart: its last read, with what it added and removed since.
  struct View {
    int64_t seq = 0;
    std::map<std::string, std::vector<std::string>> tags;  // by item, none empty
  };

  Operation draw(int64_t process, const KeyPool::Pick& pick, Random& random) {
    View& view = views_.of(process, pick.key);
    const uint64_t dice = random.below(100);
    if (!pick.first && dice < kReadPercent && !pick.cold) return read_of(Operation::Kind::kCart, pick.key, false);
    if (!pick.first && dice >= kReadPercent && dice < kReadPercent + kRemovePercent) {
      const bool observed = random.chance(kObservedPercent) || pick.cold;
      if (observed && !view.tags.empty()) return remove_observed(pick.key, view, random);
      // Without tags the node reads the cart, which a cold one must not see.
      if (!pick.cold) return remove_unobserved(pick.key, random);
    }
    return add(process, pick.key, view, random);
  }

  static Operation add(int64_t process, const std::string& key, View& view, Random& random) {
    const std::string item = kItems[random.below(kItems.size())];
    const bool negative = random.chance(kNegativePercent);
    const auto quantity = static_cast<int64_t>(1 + random.below(kLargestQuantity));
    Operation operation;
    operation.kind = Operation::Kind::kCart;
    operation.f = "add";
    operation.key = key;
    operation.session = session_of(process);
    operation.seq = ++view.seq;
    operation.value = Map{{"item", item},
                          {"quantity", negative ? int64_t{-1} : quantity},
                          {"tag", operation.session + ":" + std::to_string(operation.seq)}};
    return operation;
  }

  static Operation remove_observed(const std::string& key, const View& view, Random& random) {
    auto item = std::next(view.tags.begin(), static_cast<std::ptrdiff_t>(random.below(view.tags.size())));
    Operation operation;
    operation.kind = Operation::Kind::kCart;
    operation.f = "remove";
    operation.key = key;
    operation.value = Map{{"item", item->first}};
    operation.observed = item->second;
    operation.has_observed = true;
    return operation;
  }

  static Operation remove_unobserved(const std::string& key, Random& random) {
    Operation operation;
    operation.kind = Operation::Kind::kCart;
    operation.f = "remove";
    operation.key = key;
    operation.value = Map{{"item", kItems[random.below(kItems.size())]}};
    return operation;
  }

  static void forget_tags(View& view, const std::string& item, const Value& removed) {
    auto known = view.tags.find(item);
    if (known == view.tags.end()) return;
    for (const Value& tag : removed.list()) std::erase(known->second, tag.string());
    if (known->second.empty()) view.tags.erase(known);
  }

  KeyPool pool_;
  Memory<View> views_;
};

}  // namespace

std::unique_ptr<Workload> make_cart(int keys_at_once) { return std::make_unique<Cart>(keys_at_once); }

}  // namespace workloads
