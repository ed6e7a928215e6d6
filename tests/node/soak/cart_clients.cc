#include "tests/node/soak/cart_clients.h"

namespace node::sim {

void CartLedger::judge(Cluster& t, Complaints& complaints) const {
  for (const auto& [key, cart] : carts) {
    std::map<std::string, int64_t> live;  // tag → quantity
    Answer answer = t.call(0, {"CART.GET", key}, {"R", "3", "MODE", "strict"});
    complaints.expect(answer.ok(), key + " cannot be read");
    for (const Answer& line : answer.elements) {
      const std::vector<Answer>& pairs = line.elements.at(2).elements;
      for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
        auto addition = cart.additions.find(pairs[i].text);
        bool known = addition != cart.additions.end() && addition->second.item == line.elements.at(0).text;
        complaints.expect(known, key + " holds " + pairs[i].text + ", which nobody added");
        live[pairs[i].text] = pairs[i + 1].number;
      }
    }
    for (const auto& [tag, addition] : cart.additions) {
      const std::string what = key + ": " + tag;
      bool is_live = live.count(tag) > 0;
      bool removed = cart.removed.count(tag) > 0;
      bool may_be_gone =
          removed || cart.perhaps_removed.count(tag) > 0 || cart.perhaps_emptied.count(addition.item) > 0;
      complaints.expect(!(is_live && removed), what + " came back after its removal");
      complaints.expect(!(is_live && addition.fate == Fate::kRefused), what + " was refused, and happened");
      complaints.expect(is_live || may_be_gone || addition.fate != Fate::kAcknowledged,
                        what + " was acknowledged, and is lost");
      complaints.expect(!is_live || live[tag] == addition.quantity, what + " has another quantity");
    }
  }
}

Words Shopper::request(Random& random) {
  if (doing_ != Doing::kNothing) return words_;  // a retry
  retried_ = false;
  uint64_t dice = random.below(10);
  if (dice < 5) return begin_adding(random);
  if (dice < 8) return begin_removing(random);
  doing_ = Doing::kReading;
  return words_ = {"CART.GET", keys_[random.below(keys_.size())]};
}

Words Shopper::begin_adding(Random& random) {
  doing_ = Doing::kAdding;
  const std::string& key = keys_[random.below(keys_.size())];
  std::string item = "item" + std::to_string(random.below(3));
  std::string seq = std::to_string(++seqs_[key]);
  int64_t quantity = random.chance(20) ? -1 : 1 + static_cast<int64_t>(random.below(5));
  tag_ = session_ + ":" + seq;
  ledger_.carts[key].additions[tag_] = {item, quantity, CartLedger::Fate::kUnknown};
  return words_ = {"CART.ADD", key, item, std::to_string(quantity), "ID", session_, seq};
}

Words Shopper::begin_removing(Random& random) {
  doing_ = Doing::kRemoving;
  const std::string& key = keys_[random.below(keys_.size())];
  std::string item = "item" + std::to_string(random.below(3));
  words_ = {"CART.REMOVE", key, item};
  carried_ = random.chance(70) ? seen_[key][item] : std::vector<std::string>{};
  if (!carried_.empty()) {
    std::string tags;
    for (const std::string& tag : carried_) tags += (tags.empty() ? "" : ",") + tag;
    words_.insert(words_.end(), {"CTX", tags});
  }
  return words_;
}

void Shopper::told(const Answer& answer, Random& random) {
  switch (doing_) {
    case Doing::kNothing:
      break;
    case Doing::kAdding:
      told_of_addition(answer, random);
      return;
    case Doing::kRemoving:
      told_of_removal(answer);
      break;
    case Doing::kReading:
      told_of_read(answer);
      break;
  }
  doing_ = Doing::kNothing;
}

void Shopper::told_of_addition(const Answer& answer, Random& random) {
  CartLedger::Addition& addition = ledger_.carts[words_[1]].additions[tag_];
  if (answer.ok()) {
    complaints_.expect(answer == tag_, "an addition got a tag that is not its identity");
    addition.fate = CartLedger::Fate::kAcknowledged;
  } else if (!answer.unknown() && !retried_) {
    addition.fate = CartLedger::Fate::kRefused;
  } else if (random.chance(80)) {
    retried_ = true;
    return;
  }
  doing_ = Doing::kNothing;
}

void Shopper::told_of_removal(const Answer& answer) {
  CartLedger::Cart& cart = ledger_.carts[words_[1]];
  if (answer.ok()) {
    for (const std::string& tag : answer.texts()) cart.removed.insert(tag);
  } else if (answer.unknown() && carried_.empty()) {
    cart.perhaps_emptied.insert(words_[2]);
  } else if (answer.unknown()) {
    cart.perhaps_removed.insert(carried_.begin(), carried_.end());
  }
}

void Shopper::told_of_read(const Answer& answer) {
  if (!answer.ok()) return;
  auto& items = seen_[words_[1]];
  items.clear();
  for (const Answer& line : answer.elements) {
    const std::vector<Answer>& pairs = line.elements.at(2).elements;
    for (size_t i = 0; i < pairs.size(); i += 2) items[line.elements.at(0).text].push_back(pairs[i].text);
  }
}

}  // namespace node::sim
