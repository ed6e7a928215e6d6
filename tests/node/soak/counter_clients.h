// Clients who count.
#pragma once

#include <vector>

#include "tests/node/soak/client.h"

namespace node::sim {

// Identified increments of one counter: they count exactly once, however often they are tried.
class Counter : public Client {
 public:
  Counter(Complaints& complaints, std::string name, std::string key)
      : Client(complaints), name_(std::move(name)), key_(std::move(key)) {}

  Words request(Random& random) override;
  void told(const Answer& answer, Random& random) override;
  void judge(Cluster& t) override;

 private:
  struct Totals {
    uint64_t seq = 0;
    uint64_t plus = 0;
    uint64_t minus = 0;
  };
  struct Session {
    std::string name;
    Totals sure;
    Totals open;              // with the operation that is under way, or was given up
    bool unresolved = false;  // whether it happened is not known
  };
  static std::string json(const Session& session, const Totals& totals);
  Session& session();

  std::string name_;
  std::string key_;
  std::vector<Session> sessions_;
  int64_t delta_ = 0;
};

// Plain increments by one: once for each attempt.
class PlainCounter : public Client {
 public:
  PlainCounter(Complaints& complaints, std::string key) : Client(complaints), key_(std::move(key)) {}

  Words request(Random&) override { return {"INCR", key_}; }
  void told(const Answer& answer, Random& random) override;
  void judge(Cluster& t) override;

 private:
  std::string key_;
  int64_t sure_ = 0;
  int64_t unknown_ = 0;
};

}  // namespace node::sim
