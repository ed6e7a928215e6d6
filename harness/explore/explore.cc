#include "harness/explore/explore.h"

#include <deque>
#include <set>

#include "harness/explore/tiny_world.h"

namespace harness {

namespace {

using Path = std::vector<Choice>;

TinyWorld world_after(const ExploreSettings& settings, const Path& path) {
  TinyWorld world(settings);
  for (const Choice& choice : path) world.take(choice);
  return world;
}

std::vector<std::string> told(const ExploreSettings& settings, const Path& path) {
  TinyWorld world(settings);
  std::vector<std::string> steps;
  for (const Choice& choice : path) {
    steps.push_back(world.describe(choice));
    world.take(choice);
  }
  return steps;
}

}  // namespace

Explored explore(const ExploreSettings& settings) {
  Explored explored;
  std::set<uint64_t> seen;
  std::deque<Path> open = {Path()};
  seen.insert(TinyWorld(settings).fingerprint());
  // Breadth first. Nodes cannot be copied: each state is reached again from the beginning, by its path.
  for (; !open.empty(); open.pop_front()) {
    const Path& path = open.front();
    for (const Choice& choice : world_after(settings, path).choices()) {
      Path longer = path;
      longer.push_back(choice);
      TinyWorld world = world_after(settings, longer);
      if (!seen.insert(world.fingerprint()).second) continue;
      explored.violation = world.violation();
      explored.states = seen.size();
      if (!explored.violation.empty()) {
        explored.steps = told(settings, longer);
        return explored;
      }
      if (seen.size() >= settings.most_states) return explored;
      open.push_back(std::move(longer));
    }
  }
  explored.complete = true;
  return explored;
}

}  // namespace harness
