// Clients of a soak: each has one operation open at a time, retries what is unknown or gives it up, and writes down
// what it was told, so that the end can be judged by the promises made to it.
#pragma once

#include <string>
#include <vector>

#include "harness/sim/random.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {

// Collects broken promises rather than fail the test: a soak of a planted bug wants them.
class Complaints {
 public:
  void expect(bool kept, const std::string& complaint) {
    if (!kept) list_.push_back(complaint);
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::vector<std::string> list_;
};

class Client {
 public:
  explicit Client(Complaints& complaints) : complaints_(complaints) {}
  virtual ~Client() = default;
  // The next request; any node may get it.
  virtual Words request(Random& random) = 0;
  virtual void told(const Answer& answer, Random& random) = 0;
  // After everything has settled: is what this client was told still true?
  virtual void judge(Cluster& t) = 0;

 protected:
  Complaints& complaints_;
};

}  // namespace node::sim
