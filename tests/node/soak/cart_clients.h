// Shoppers who share carts.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "tests/node/soak/client.h"

namespace node::sim {

// What all shoppers together were told about the carts.
struct CartLedger {
  enum class Fate { kUnknown, kAcknowledged, kRefused };
  struct Addition {
    std::string item;
    int64_t quantity = 0;
    Fate fate = Fate::kUnknown;
  };
  struct Cart {
    std::map<std::string, Addition> additions;  // by tag
    std::set<std::string> removed;              // tags that a removal named
    std::set<std::string> perhaps_removed;      // tags that an unknown removal carried
    std::set<std::string> perhaps_emptied;      // items that an unknown removal without tags was for
  };
  std::map<std::string, Cart> carts;

  void judge(Cluster& t, Complaints& complaints) const;
};

class Shopper : public Client {
 public:
  Shopper(Complaints& complaints, CartLedger& ledger, std::string session, std::vector<std::string> keys)
      : Client(complaints), ledger_(ledger), session_(std::move(session)), keys_(std::move(keys)) {}

  Words request(Random& random) override;
  void told(const Answer& answer, Random& random) override;
  void judge(Cluster& t) override { ledger_.judge(t, complaints_); }

 private:
  enum class Doing { kNothing, kAdding, kRemoving, kReading };
  Words begin_adding(Random& random);
  Words begin_removing(Random& random);
  void told_of_addition(const Answer& answer, Random& random);
  void told_of_removal(const Answer& answer);
  void told_of_read(const Answer& answer);

  CartLedger& ledger_;
  std::string session_;
  std::vector<std::string> keys_;
  std::map<std::string, uint64_t> seqs_;                                         // by key
  std::map<std::string, std::map<std::string, std::vector<std::string>>> seen_;  // key → item → tags, when last read

  Doing doing_ = Doing::kNothing;
  bool retried_ = false;  // an earlier attempt is unknown
  Words words_;           // of the open operation
  std::string tag_;       // of the addition
  std::vector<std::string> carried_;
};

}  // namespace node::sim
