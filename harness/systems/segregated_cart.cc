#include "harness/systems/segregated_cart.h"

#include <map>
#include <utility>
#include <vector>

namespace harness {

using checkers::Record;

namespace {

constexpr std::string_view kOpen = "{";
constexpr std::string_view kClose = "}:";

// The inverse of item_key. False: it is none.
bool split(std::string_view key, std::string_view& cart, std::string_view& item) {
  const size_t close = key.rfind(kClose);
  if (!key.starts_with(kOpen) || close == std::string_view::npos) return false;
  cart = key.substr(kOpen.size(), close - kOpen.size());
  item = key.substr(close + kClose.size());
  return true;
}

void gather(std::vector<Record>& records) {
  std::vector<Record> gathered;
  std::map<size_t, checkers::List> versions;                     // of the carts that were gathered, by place
  std::map<std::pair<std::string, std::string>, size_t> places;  // by cart and home
  for (Record& record : records) {
    std::string_view cart, item;
    if (!split(record.key, cart, item)) {
      gathered.push_back(std::move(record));
      continue;
    }
    const auto [place, fresh] = places.emplace(std::pair(std::string(cart), record.home), gathered.size());
    if (fresh) gathered.push_back({std::string(cart), {}, "", record.home});
    Record& whole = gathered[place->second];
    checkers::List& all = versions[place->second];
    all.insert(all.end(), record.versions.begin(), record.versions.end());
    whole.context += (whole.context.empty() ? "" : " ") + std::string(item) + "=" + record.context;
  }
  for (auto& [place, all] : versions) gathered[place].versions = std::move(all);
  records = std::move(gathered);
}

}  // namespace

std::string item_key(std::string_view cart, std::string_view item) {
  std::string key(kOpen);
  return key.append(cart).append(kClose).append(item);
}

void gather_carts(checkers::Dump& dump) {
  gather(dump.records);
  gather(dump.hints);
}

}  // namespace harness
