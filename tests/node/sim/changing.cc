#include "tests/node/sim/changing.h"

#include <algorithm>
#include <map>

namespace node::sim {

Answer Changing::admin(int node, Words words) {
  words.insert(words.begin(), "ADMIN");
  return call(node, std::move(words));
}

bool Changing::until(const std::function<bool()>& condition, Duration limit) {
  for (Instant end = now() + limit; now() < end; run_for(20ms)) {
    if (condition()) return true;
  }
  return condition();
}

testing::AssertionResult Changing::calm(Duration limit) {
  std::string why;
  const auto is_calm = [&] {
    why.clear();
    std::string epoch;
    for (int node = 0; node < size(); ++node) {
      if (!running(node) || paused(node)) continue;
      std::map<std::string, std::string> now = status(node);
      if (now["members"].find(name(node) + "=left") != std::string::npos) {  // nobody tells it any more
        if (stat(node, "records") > 0) why += name(node) + " has left, and still holds records\n";
        continue;
      }
      if (epoch.empty()) epoch = now["epoch"];
      if (now["epoch"] != epoch || !now["change"].empty() || now["slots-to-drop"] != "0" || stat(node, "hints") > 0) {
        why += name(node) + ": epoch " + now["epoch"] + " " + now["change"] + " done " + now["done"] + " to fetch " +
               now["slots-to-fetch"] + " to drop " + now["slots-to-drop"] + " of " + now["members"] + "\n";
      }
    }
    return why.empty();
  };
  for (Instant end = this->now() + limit; this->now() < end; run_for(250ms)) {
    if (is_calm()) return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "no calm after " << limit / 1ms << " ms, seed " << setup().seed << "\n" << why;
}

void Changing::expect_placed(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const Nodes owners = homes(key);
    EXPECT_EQ(owners.size(), static_cast<size_t>(setup().replicas)) << key;
    const Held first = held(owners.front(), key);
    EXPECT_FALSE(first.versions.empty()) << key << " is lost at " << name(owners.front()) << ", seed " << setup().seed;
    for (int node = 0; node < size(); ++node) {
      if (!running(node)) continue;
      const bool home = std::find(owners.begin(), owners.end(), node) != owners.end();
      const Held here = held(node, key);
      EXPECT_EQ(here.versions, home ? first.versions : "") << key << " at " << name(node) << ", seed " << setup().seed;
    }
  }
}

std::vector<std::string> Changing::write_keys(int count, int nodes) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) {
    keys.push_back("key" + std::to_string(i));
    EXPECT_EQ(set(i % nodes, keys.back(), "value" + std::to_string(i)), "OK") << i;
  }
  return keys;
}

Setup with_spares(int nodes, int spares, uint64_t seed) {
  Setup setup;
  setup.nodes = nodes;
  setup.spares = spares;
  setup.seed = seed;
  setup.mode = Mode::kStrict;
  return setup;
}

}  // namespace node::sim
