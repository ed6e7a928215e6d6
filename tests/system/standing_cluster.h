// A cluster of real nodes that stays up, in namespaces of its own, and the ports at which this machine reaches its
// nodes.
#pragma once

#include <string>
#include <vector>

#include "tests/system/program.h"

namespace system_test {

class StandingCluster {
 public:
  // `more`: arguments of `harness run`.
  explicit StandingCluster(const std::vector<std::string>& more = {});
  ~StandingCluster();  // ends it, and checks that nothing is left of it
  StandingCluster(const StandingCluster&) = delete;
  StandingCluster& operator=(const StandingCluster&) = delete;

  const Workshop& workshop() const { return workshop_; }
  const std::vector<std::string>& ports() const { return ports_; }  // of n1, n2, …; empty: it did not come up
  // What redis-cli prints.
  std::string cli(size_t node, std::vector<std::string> words) const;
  int64_t stat(size_t node, const std::string& name) const;  // of INFO
  pid_t pid(size_t node) const;

 private:
  Workshop workshop_;
  Background run_;
  std::vector<std::string> ports_;
};

}  // namespace system_test
