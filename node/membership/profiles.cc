#include "node/membership/profiles.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

namespace {

constexpr uint64_t kTryDownEvery = 8;

bool newer(const Profile& a, const Profile& b) {
  return a.generation != b.generation ? a.generation > b.generation : a.version > b.version;
}

// By more than a fiftieth, and not only because small numbers jump.
bool differs(uint64_t now, uint64_t told) {
  const uint64_t by = now > told ? now - told : told - now;
  return by * 50 > std::max(now, told) && by > 1;
}

}  // namespace

void Profiles::begin(WallTime wall, std::string second_door) {
  Profile& me = all_[name_];
  me.name = name_;
  me.generation = static_cast<uint64_t>(std::max<WallTime::rep>(wall.count(), 1));
  me.version = 1;
  me.second_door = std::move(second_door);
}

void Profiles::publish(const Load& load, uint64_t epoch) {
  Profile& me = all_[name_];
  // Keys are counted, not estimated: they are told exactly.
  const bool told = me.epoch == epoch && me.load.keys == load.keys && !differs(load.ops, me.load.ops) &&
                    !differs(load.served, me.load.served) && !differs(load.bytes, me.load.bytes) &&
                    !differs(load.delay_us / 100, me.load.delay_us / 100);
  if (told && (load.ops == 0) == (me.load.ops == 0) && (load.served == 0) == (me.load.served == 0)) return;
  me.load = load;
  me.epoch = epoch;
  ++me.version;
}

const Profile* Profiles::of(std::string_view name) const {
  const auto found = all_.find(name);
  return found == all_.end() ? nullptr : &found->second;
}

std::vector<Profile> Profiles::all() const {
  std::vector<Profile> list;
  for (const auto& [name, profile] : all_) list.push_back(profile);
  return list;
}

Gossip Profiles::tell() const {
  if (all_.size() > kFew) return {Gossip::Step::kDigest, digest(), {}};
  return {Gossip::Step::kAll, 0, all()};
}

std::optional<Gossip> Profiles::hear(const Gossip& gossip) {
  if (gossip.step == Gossip::Step::kDigest) {
    if (gossip.digest == digest()) return std::nullopt;
    return Gossip{Gossip::Step::kAll, 0, all()};
  }
  take(gossip.profiles);
  if (gossip.step == Gossip::Step::kBetter) return std::nullopt;
  std::vector<Profile> better = better_than(gossip.profiles);
  if (better.empty()) return std::nullopt;
  return Gossip{Gossip::Step::kBetter, 0, std::move(better)};
}

// Generation and version say all about a profile.
uint64_t Profiles::digest() const {
  std::string bytes;
  Writer w(bytes);
  for (const auto& [name, profile] : all_) {
    w.string(name);
    w.u64(profile.generation);
    w.u64(profile.version);
  }
  return hash64(bytes);
}

void Profiles::take(const std::vector<Profile>& told) {
  for (const Profile& profile : told) {
    if (profile.name == name_) {
      // A former life of ours with a faster clock: whoever heard of it would not listen to us.
      Profile& me = all_[name_];
      if (newer(profile, me)) me.generation = profile.generation + 1;
      continue;
    }
    const auto [known, is_new] = all_.try_emplace(profile.name, profile);
    if (!is_new && newer(profile, known->second)) known->second = profile;
  }
}

std::vector<Profile> Profiles::better_than(const std::vector<Profile>& told) const {
  const auto by_name = [](const Profile* a, const Profile* b) { return a->name < b->name; };
  std::vector<const Profile*> sorted;  // as they mostly come
  sorted.reserve(told.size());
  for (const Profile& profile : told) sorted.push_back(&profile);
  std::stable_sort(sorted.begin(), sorted.end(), by_name);
  std::vector<Profile> better;
  auto there = sorted.begin();
  for (const auto& [name, profile] : all_) {
    while (there != sorted.end() && (*there)->name < name) ++there;
    const bool known = there != sorted.end() && (*there)->name == name;
    if (!known || newer(profile, **there)) better.push_back(profile);
  }
  return better;
}

std::string Profiles::draw_partner(const std::vector<std::string>& up, const std::vector<std::string>& down) {
  const uint64_t draw = hash64(name_, seed_ + ++round_);
  const bool try_down = !down.empty() && (up.empty() || round_ % kTryDownEvery == 0);
  const std::vector<std::string>& partners = try_down ? down : up;
  return partners.empty() ? "" : partners[draw % partners.size()];
}

}  // namespace node
