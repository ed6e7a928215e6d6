// What every node tells about itself, spread by gossip (Dynamo §4.8.1): how busy it is, how much it keeps, which
// routing table it uses, where clients find it.
//
// Each node writes its own profile and no other; (generation, version) says which of two is newer. So merging is
// idempotent, commutative and associative, and gossip may lose, double and reorder as it likes. Every interval a node
// tells all it knows to one other, drawn at random, which answers with what it knows better: a change is known to all
// of n nodes after about log2(n) intervals. In a large cluster it tells a digest first, and all only to those who know
// anything else: where nothing changes, what a node says does not grow with the cluster.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/base/time.h"
#include "node/wire/message.h"

namespace node {

class Profiles {
 public:
  // `seed` decides whom this node gossips with, and when.
  Profiles(std::string name, uint64_t seed) : name_(std::move(name)), seed_(seed) {}

  // A new life begins: it outdoes what others remember of former ones.
  void begin(WallTime wall, std::string second_door);
  // Published as a new version if it differs enough to be worth telling.
  void publish(const Load& load, uint64_t epoch);

  const Profile& mine() const { return all_.at(name_); }
  const Profile* of(std::string_view name) const;
  std::vector<Profile> all() const;

  // What to begin an exchange with.
  Gossip tell() const;
  // Learns what is new. What to answer, if anything.
  std::optional<Gossip> hear(const Gossip& gossip);

  // Whom to tell this time: one of those who are up; now and then one who is down, because a node that thinks so of
  // another may be wrong, and two halves of a cluster must find each other again. Empty: nobody is there.
  std::string draw_partner(const std::vector<std::string>& up, const std::vector<std::string>& down);

 private:
  static constexpr size_t kFew = 16;  // so many at most are told at once: a round trip costs more

  void take(const std::vector<Profile>& told);
  // What is newer here than in what was told, or not told at all.
  std::vector<Profile> better_than(const std::vector<Profile>& told) const;
  uint64_t digest() const;

  std::string name_;
  uint64_t seed_;
  uint64_t round_ = 0;
  std::map<std::string, Profile, std::less<>> all_;
};

}  // namespace node
