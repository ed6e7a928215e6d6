// The keys of a run: a fixed number is in use at a time, each is retired after its share of operations and a new one
// takes its place. So a history holds many short lives of keys, each cheap to judge, at every stage of the faults.
//
// Some keys are cold: nothing reads them before the end. Reads repair replicas, so only a cold key shows whether
// replicas converge by themselves. From the second key on, at least one of five is cold (PROMISES: at least 20 %).
#pragma once

#include <string>
#include <vector>

#include "workloads/workload.h"

namespace workloads {

class KeyPool {
 public:
  // Both ends included.
  struct Range {
    int least = 1;
    int most = 1;
  };
  struct Options {
    std::string prefix;    // keys are named prefix:1, prefix:2, …
    int keys_at_once = 1;  // at least 1
    int cold_percent = 25;
    Range operations{100, 500};       // of a key that may be read
    Range cold_operations{100, 500};  // of one that may not
  };
  struct Pick {
    std::string key;
    bool cold = false;
    bool first = false;  // of this key: the workload writes, so that the keys handed out are the keys written
    bool last = false;   // no later pick returns this key
  };

  explicit KeyPool(Options options);

  Pick pick(Random& random);
  // Every key that was ever picked, in order of first use.
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  struct Slot {
    std::string key;
    bool cold = false;
    int left = 0;  // 0: empty, the next pick of the slot opens a new key
  };
  void open(Slot& slot, Random& random);

  Options options_;
  std::vector<Slot> slots_;
  std::vector<std::string> keys_;
  size_t cold_keys_ = 0;
};

}  // namespace workloads
