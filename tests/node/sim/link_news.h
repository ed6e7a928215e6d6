// Counts how often nodes have been told that a connection broke, or is there again.
#pragma once

#include <cstdint>
#include <string>

#include "harness/sim/world.h"

namespace node::sim {

class LinkNews {
 public:
  explicit LinkNews(harness::sim::World& world) {
    world.trace([this](const std::string& line) { count_ += line.find(" link ") != std::string::npos; });
  }
  LinkNews(const LinkNews&) = delete;
  LinkNews& operator=(const LinkNews&) = delete;

  uint64_t count() const { return count_; }

 private:
  uint64_t count_ = 0;
};

}  // namespace node::sim
