// Clients who read a value with its siblings and write it anew.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "tests/node/soak/client.h"

namespace node::sim {

// Every write to the registers, and which writes its author had seen.
struct RegisterLedger {
  struct Write {
    std::set<std::string> ancestors;  // values that its context covered, and theirs
    bool refused = false;
  };
  struct Register {
    std::map<std::string, Write> writes;    // by value
    std::vector<std::string> acknowledged;  // values, in the order of their replies
  };
  bool strict = false;  // R + W > N throughout: then each read is judged
  std::map<std::string, Register> registers;

  // Of the first `count` acknowledged writes, each must be among the values, or have been seen by an author of one.
  void expect_reflected(const std::string& key, size_t count, const std::vector<std::string>& values,
                        Complaints& complaints) const;
  void judge(Cluster& t, Complaints& complaints) const;
};

class Author : public Client {
 public:
  Author(Complaints& complaints, RegisterLedger& ledger, std::string name, std::vector<std::string> keys)
      : Client(complaints), ledger_(ledger), name_(std::move(name)), keys_(std::move(keys)) {}

  Words request(Random& random) override;
  void told(const Answer& answer, Random& random) override;
  void judge(Cluster& t) override { ledger_.judge(t, complaints_); }

 private:
  RegisterLedger& ledger_;
  std::string name_;
  std::vector<std::string> keys_;
  uint64_t written_ = 0;

  std::string key_;
  std::optional<std::string> writing_;  // else reading
  size_t acknowledged_before_ = 0;      // the read began
  std::string context_;                 // of the last read of key_; empty: none
  std::vector<std::string> values_;
};

}  // namespace node::sim
