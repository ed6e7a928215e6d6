#include "nemesis/nemesis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "nemesis/partitions.h"
#include "nemesis/simulated.h"
#include "nemesis/track.h"

namespace nemesis {
namespace {

using workloads::Random;
using Action = FaultEvent::Action;

constexpr Millis kLeastInterval{100};

// A node that lost its disk has its vote on changes of members back after so long, unless others hinder it.
constexpr Millis kVoteComesBack{2'000};

// Time that a lost disk's contents get to come back, free of any fault.
Millis repair_time(const Settings& settings) {
  return settings.spares.empty() ? settings.interval : std::max(settings.interval, kVoteComesBack);
}

// Disks that may be lost at once: W-1, so that every acknowledged write is on one more; and where members come and go,
// less than half of those that may be left, so that a majority knows what was agreed on.
size_t most_lost_disks(const Settings& settings) {
  const auto spare = static_cast<size_t>(std::max(0, settings.write_quorum - 1));
  return settings.spares.empty() ? spare : std::min(spare, (settings.least_members - 1) / 2);
}

// The nodes whose disks may be lost. Where members come and go they are the same few all through the run: those of a
// majority must keep what was agreed on, and how soon a wiped disk has its vote back depends on what else goes on.
std::vector<std::string> may_lose_disks(const Settings& settings) {
  if (settings.spares.empty()) return settings.nodes;
  Random random = random_of("wiped-disks", settings.seed);
  const size_t most = std::max<size_t>(1, most_lost_disks(settings));
  return choose(settings.nodes, std::min(most, settings.nodes.size()), random);
}

size_t nodes_to_kill(const Settings& settings, Random& random) {
  const size_t all = settings.nodes.size();
  size_t count = 1;
  const uint64_t drawn = random.below(3);
  if (settings.kill_targets == "minority" || (settings.kill_targets.empty() && drawn == 1))
    count = largest_minority(all);
  if (settings.kill_targets == "all" || (settings.kill_targets.empty() && drawn == 2)) count = all;
  return settings.max_lost_disks > 0 ? std::min(count, static_cast<size_t>(settings.max_lost_disks)) : count;
}

// When no other fault may be in force, because disks that were lost are being repaired.
std::vector<Span> repairs_after(const std::vector<Strike>& losses, const Settings& settings) {
  std::vector<Span> repairs;
  for (const Strike& loss : losses) repairs.push_back({loss.span.to, loss.span.to + repair_time(settings)});
  return repairs;
}

// Where no kill may strike: from the loss of a disk to its repair, and if kills lose disks themselves, so long before.
std::vector<Span> away_from(const std::vector<Strike>& losses, const Settings& settings) {
  const Millis before = settings.max_lost_disks > 0 ? repair_time(settings) : Millis(0);
  std::vector<Span> spans;
  for (const Strike& loss : losses) spans.push_back({loss.span.from - before, loss.span.to + repair_time(settings)});
  return spans;
}

std::vector<Strike> draw_lost_disks(const Settings& settings) {
  Random random = random_of("lose-disk", settings.seed);
  Track track(settings, settings.interval / 2, settings.interval / 4, {}, random);
  const std::vector<std::string> nodes = may_lose_disks(settings);
  std::vector<Strike> losses;
  while (const std::optional<Span> span = track.next()) {
    const size_t most = std::min(most_lost_disks(settings), nodes.size());
    losses.push_back({*span, choose(nodes, 1 + random.below(most), random)});
    track.not_before(span->to + repair_time(settings) + around(settings.interval / 2, random));
  }
  return losses;
}

// Beyond what is promised to survive: as many disks as acknowledge a write, or more, up to all but one.
std::vector<Strike> draw_too_many_lost_disks(const Settings& settings) {
  Random random = random_of("lose-many-disks", settings.seed);
  Track track(settings, settings.interval / 2, settings.interval / 4, {}, random);
  std::vector<Strike> losses;
  while (const std::optional<Span> span = track.next()) {
    const size_t least = std::min(static_cast<size_t>(settings.write_quorum), settings.nodes.size());
    const size_t spread = std::max(settings.nodes.size() - 1, least) - least + 1;
    losses.push_back({*span, choose(settings.nodes, least + random.below(spread), random)});
    track.not_before(span->to + repair_time(settings) + around(settings.interval / 2, random));
  }
  return losses;
}

std::vector<Strike> draw_kills(const Settings& settings, const std::vector<Strike>& losses) {
  Random random = random_of("kill", settings.seed);
  // Later than the other faults: a crash loses what a partition or a pause has left half done.
  Track track(settings, settings.interval * 5 / 8, settings.interval / 4, away_from(losses, settings), random);
  const std::vector<std::string> nodes = settings.max_lost_disks > 0 ? may_lose_disks(settings) : settings.nodes;
  std::vector<Strike> kills;
  while (const std::optional<Span> span = track.next()) {
    const size_t count = std::min(nodes_to_kill(settings, random), nodes.size());
    kills.push_back({*span, choose(nodes, count, random)});
    // The second half of the pause is for faults that may not strike into the repair.
    if (settings.max_lost_disks > 0)
      track.not_before(span->to + repair_time(settings) + around(settings.interval / 2, random));
  }
  return kills;
}

// Whom it hits is seen only when it strikes: nobody is named.
std::vector<Strike> draw_kills_of_ackers(const Settings& settings, const std::vector<Strike>& losses) {
  Random random = random_of("kill-ackers", settings.seed);
  Track track(settings, settings.interval / 2, settings.interval / 4, away_from(losses, settings), random);
  std::vector<Strike> kills;
  while (const std::optional<Span> span = track.next()) {
    kills.push_back({*span, {}});
    if (settings.max_lost_disks > 0)
      track.not_before(span->to + repair_time(settings) + around(settings.interval / 2, random));
  }
  return kills;
}

// `repairs`, and, with so much time before each, the deaths of all nodes at once: nobody is left to strike then.
std::vector<Span> nobody_to_strike(const Settings& settings, const std::vector<Strike>& deaths,
                                   std::vector<Span> repairs, Millis before) {
  for (const Strike& death : deaths) {
    if (death.nodes.size() == settings.nodes.size()) repairs.push_back({death.span.from - before, death.span.to});
  }
  std::sort(repairs.begin(), repairs.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  return repairs;
}

// A node is never paused and dead at once: resuming would find another process than the one that was paused.
std::vector<Strike> draw_pauses(const Settings& settings, const std::vector<Strike>& deaths,
                                const std::vector<Span>& repairs) {
  const std::vector<Span> blocked = nobody_to_strike(settings, deaths, repairs, Millis(0));
  Random random = random_of("pause", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, blocked, random);
  std::vector<Strike> pauses;
  while (const std::optional<Span> span = track.next()) {
    const Nodes living = without(settings.nodes, deaths, *span);
    const size_t wanted = one_or_minority(settings.nodes.size(), random);
    if (!living.empty()) pauses.push_back({*span, choose(living, std::min(wanted, living.size()), random)});
  }
  return pauses;
}

// Replies of a minority, or of all nodes.
std::vector<Strike> draw_dropped_acks(const Settings& settings, const std::vector<Span>& repairs) {
  Random random = random_of("drop-acks", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, repairs, random);
  std::vector<Strike> drops;
  while (const std::optional<Span> span = track.next()) {
    const size_t all = settings.nodes.size();
    drops.push_back({*span, choose(settings.nodes, random.below(2) == 0 ? largest_minority(all) : all, random)});
  }
  return drops;
}

// The storage server under a node that lives on, with or without its data. Nodes wait for it, but not for ever. A node
// that dies before it has written its data back has lost its disk: it is left alone so long.
constexpr Millis kLongestWithoutStorage{2'000};
std::vector<Strike> draw_kills_of_storage(const Settings& settings, const std::vector<Strike>& deaths,
                                          const std::vector<Span>& repairs, bool lose_data) {
  Random random = random_of("kill-storage", settings.seed);
  const Millis alone = settings.interval / 2;  // that a node is spared after its storage is back
  Track track(settings, settings.interval * 3 / 8, std::min(settings.interval / 4, kLongestWithoutStorage),
              nobody_to_strike(settings, deaths, repairs, alone), random);
  std::vector<Strike> kills;
  while (const std::optional<Span> span = track.next()) {
    const bool loses = random.below(2) == 1;
    const Nodes living = without(settings.nodes, deaths, {span->from, span->to + alone});
    if (living.empty()) continue;
    const Nodes chosen = choose(living, 1, random);
    if (loses == lose_data) kills.push_back({*span, chosen});
  }
  return kills;
}

Partition make_partition(std::string_view shape, const Nodes& nodes, Random& random) {
  if (shape == "isolate-one") return isolate_one(nodes);
  if (shape == "halves") return halves(nodes);
  if (shape == "majorities-ring") return majorities_ring(nodes);
  if (shape == "bridge") return bridge(nodes);
  return one_way(nodes, 1 + random.below(nodes.size() - 1));
}

std::vector<FaultEvent> draw_partitions(const Settings& settings, const std::vector<Span>& repairs) {
  Random random = random_of("partition", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, repairs, random);
  std::vector<std::string_view> shapes;
  for (const NemesisInfo& shape : partition_shapes()) {
    const bool wanted = settings.partition_shape.empty() || settings.partition_shape == shape.name;
    if (wanted && settings.nodes.size() >= least_nodes(shape.name)) shapes.push_back(shape.name);
  }
  std::vector<FaultEvent> events;
  while (const std::optional<Span> span = track.next()) {
    const std::string_view shape = shapes[random.below(shapes.size())];
    const Nodes order = shuffled(settings.nodes, random);
    Partition partition = make_partition(shape, order, random);
    FaultEvent start = event_of(span->from, Action::kPartition);
    start.shape = shape;
    start.cuts = std::move(partition.cuts);
    start.sides = std::move(partition.sides);
    events.push_back(std::move(start));
    events.push_back(event_of(span->to, Action::kHeal));
  }
  return events;
}

// Nodes join, one or two at once, leave, and are removed when they have died for good. A change takes its own time: the
// next one waits for it, nobody knows how long. A removal loses a disk: there are at most W-1, and none where other
// disks are lost, whose repair it could meet.
std::vector<FaultEvent> draw_changes(const Settings& settings, bool may_remove) {
  Random random = random_of("membership", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, {}, random);
  Nodes members = settings.nodes;
  Nodes spares = settings.spares;
  int removals = may_remove ? settings.write_quorum - 1 : 0;
  std::vector<FaultEvent> events;
  while (const std::optional<Span> span = track.next()) {
    FaultEvent event;
    event.at = span->from;
    const uint64_t drawn = random.below(4);
    const bool many = members.size() > settings.least_members;
    if (!spares.empty() && (events.empty() || drawn < 2 || !many)) {
      event.action = Action::kJoin;
      const size_t count = std::min<size_t>(1 + random.below(2), spares.size());
      event.nodes.assign(spares.begin(), spares.begin() + static_cast<std::ptrdiff_t>(count));
      spares.erase(spares.begin(), spares.begin() + static_cast<std::ptrdiff_t>(count));
      members.insert(members.end(), event.nodes.begin(), event.nodes.end());
    } else if (many) {
      const bool removed = drawn == 3 && removals > 0;
      removals -= removed;
      event.action = removed ? Action::kRemove : Action::kLeave;
      event.nodes = choose(members, 1, random);
      members.erase(std::find(members.begin(), members.end(), event.nodes.front()));
    } else {
      break;
    }
    events.push_back(std::move(event));
  }
  return events;
}

void append(std::vector<FaultEvent>& events, const std::vector<Strike>& strikes, Action start, Action end) {
  for (const Strike& strike : strikes) {
    for (const Action action : {start, end}) {
      events.push_back(event_of(action == start ? strike.span.from : strike.span.to, action,
                                action == Action::kPassAcks ? Nodes{} : strike.nodes));
    }
  }
}

// Does this nemesis do that? Most are called after what they do.
bool nemesis_of(Action action, std::string_view nemesis) {
  switch (action) {
    case Action::kLoseStorage:
      return nemesis == "kill-storage";
    case Action::kJoin:
    case Action::kLeave:
    case Action::kRemove:
      return nemesis == "membership";
    case Action::kLoseDisk:
      return nemesis == "lose-disk" || nemesis == "lose-many-disks";
    case Action::kSkewClock:
    case Action::kDriftClock:
      return nemesis == "clock";
    case Action::kSlowDisk:
    case Action::kHangDisk:
    case Action::kFailDisk:
    case Action::kTearDisk:
      return nemesis == "disk";
    default:
      return to_string(action) == nemesis;
  }
}

// Empty, or why the name is none of `infos`.
std::string unknown_name(const char* what, const std::string& name, const std::vector<NemesisInfo>& infos) {
  std::vector<std::string_view> names;
  for (const NemesisInfo& info : infos) {
    if (info.name == name) return "";
    names.push_back(info.name);
  }
  return fmt::format("unknown {} \"{}\": there are {}", what, name, fmt::join(names, ", "));
}

std::string what_does_not_fit(const Settings& settings, const auto& includes) {
  const size_t count = settings.nodes.size();
  for (const std::string& name : settings.nemeses) {
    if (std::string unknown = unknown_name("nemesis", name, all_nemeses()); !unknown.empty()) return unknown;
  }
  if (includes("none") && settings.nemeses.size() > 1) {
    return fmt::format("the nemesis none excludes all others: got {}", fmt::join(settings.nemeses, ","));
  }
  if (!settings.partition_shape.empty()) {
    if (std::string unknown = unknown_name("partition shape", settings.partition_shape, partition_shapes());
        !unknown.empty())
      return unknown;
  }
  if (includes("partition")) {
    const std::string shape = settings.partition_shape.empty() ? "isolate-one" : settings.partition_shape;
    if (count < least_nodes(shape)) {
      return fmt::format("a partition{} needs at least {} nodes, there {} {}",
                         settings.partition_shape.empty() ? "" : " of shape " + shape, least_nodes(shape),
                         count == 1 ? "is" : "are", count);
    }
  }
  const std::string& targets = settings.kill_targets;
  if (!targets.empty() && targets != "one" && targets != "minority" && targets != "all") {
    return fmt::format("unknown kill targets \"{}\": there are one, minority, all", targets);
  }
  if (includes("kill") && settings.max_lost_disks > 0) {
    const size_t lost = targets == "all" ? count : targets == "minority" ? largest_minority(count) : 1;
    if (lost > static_cast<size_t>(settings.max_lost_disks)) {
      return fmt::format("killing {} would lose the disks of {} nodes at once, and at most {} may be lost", targets,
                         lost, settings.max_lost_disks);
    }
  }
  if (includes("lose-disk") && settings.write_quorum < 2) {
    return fmt::format("a write quorum of {} allows for no lost disk: lose-disk needs 2", settings.write_quorum);
  }
  if (settings.interval < kLeastInterval) {
    return fmt::format("an interval of {} ms between faults is less than {} ms", settings.interval.count(),
                       kLeastInterval.count());
  }
  if (count == 0) return "there are no nodes to attack";
  return "";
}

}  // namespace

const std::vector<NemesisInfo>& all_nemeses() {
  static const std::vector<NemesisInfo> infos = {
      {"none", "no faults"},
      {"partition", "cuts the network between nodes, in shapes drawn from the seed or fixed with --partition"},
      {"kill", "kills one node, a minority or all at once (SIGKILL), and restarts them"},
      {"pause", "stops one node or a minority (SIGSTOP), and lets them go on"},
      {"lose-disk", "kills up to W-1 nodes, wipes their disks, restarts them empty, and leaves time for the repair"},
      {"drop-acks", "loses one in twenty replies of some nodes on the way to their clients, which try again elsewhere"},
      {"kill-ackers", "kills W-1 of the nodes that acknowledged a write the moment before, and restarts them"},
      {"membership", "has nodes join, one or two at once, leave, and be removed after they have died for good"},
      {"kill-storage", "kills the Redis under a node, with or without its data, and restarts it (--storage redis)"},
      {"lose-many-disks", "as lose-disk, of W nodes or more: beyond the promise, and judged by what is left of it"},
      {"bad-network", "messages get lost, doubled and reordered (--sim)"},
      {"slow-links", "some directions between nodes take tens to hundreds of milliseconds longer (--sim)"},
      {"clock", "wall clocks jump, clocks run fast or slow, each node's by itself (--sim)"},
      {"disk", "disks get slow, hang, fail (the node ends with code 75), tear a batch at a crash (--sim)"},
  };
  return infos;
}

const std::vector<NemesisInfo>& partition_shapes() {
  static const std::vector<NemesisInfo> infos = {
      {"isolate-one", "one node cut off from all others"},
      {"halves", "a minority and a majority that cannot talk"},
      {"majorities-ring", "every node sees a majority, no two the same (from 4 nodes on)"},
      {"bridge", "two halves that cannot talk, and one node that talks with both (from 3 nodes on)"},
      {"one-way", "what some nodes send never reaches the others, which they still hear"},
  };
  return infos;
}

tl::expected<Schedule, std::string> draw_schedule(const Settings& settings) {
  const auto includes = [&settings](const char* name) {
    return std::find(settings.nemeses.begin(), settings.nemeses.end(), name) != settings.nemeses.end();
  };
  Schedule schedule;
  if (std::string wrong = what_does_not_fit(settings, includes); !wrong.empty()) return tl::make_unexpected(wrong);

  // Whatever loses a disk comes first; the others keep out of its repair.
  std::vector<Strike> deaths, losses;
  const auto add = [&](const std::vector<Strike>& strikes, Action start, Action end) {
    append(schedule.faults, strikes, start, end);
  };
  const auto add_deaths = [&](const std::vector<Strike>& strikes, Action start, Action end, bool lose_disks) {
    add(strikes, start, end);
    deaths.insert(deaths.end(), strikes.begin(), strikes.end());
    if (lose_disks) losses.insert(losses.end(), strikes.begin(), strikes.end());
    std::sort(losses.begin(), losses.end(), [](const Strike& a, const Strike& b) { return a.span.from < b.span.from; });
  };
  const bool kills_lose_disks = settings.max_lost_disks > 0;
  if (includes("lose-disk")) add_deaths(draw_lost_disks(settings), Action::kLoseDisk, Action::kRestart, true);
  if (includes("lose-many-disks")) {
    add_deaths(draw_too_many_lost_disks(settings), Action::kLoseDisk, Action::kRestart, true);
  }
  if (includes("kill")) add_deaths(draw_kills(settings, losses), Action::kKill, Action::kRestart, kills_lose_disks);
  if (includes("kill-ackers")) {
    add_deaths(draw_kills_of_ackers(settings, losses), Action::kKillAckers, Action::kRestartAckers, kills_lose_disks);
  }
  const std::vector<Span> repairs = repairs_after(losses, settings);
  std::vector<Strike> busy = deaths;
  if (includes("pause")) {
    const std::vector<Strike> pauses = draw_pauses(settings, deaths, repairs);
    add(pauses, Action::kPause, Action::kResume);
    busy.insert(busy.end(), pauses.begin(), pauses.end());
  }
  if (includes("drop-acks")) add(draw_dropped_acks(settings, repairs), Action::kDropAcks, Action::kPassAcks);
  if (includes("kill-storage")) {
    add(draw_kills_of_storage(settings, deaths, repairs, false), Action::kKillStorage, Action::kRestartStorage);
    add(draw_kills_of_storage(settings, deaths, repairs, true), Action::kLoseStorage, Action::kRestartStorage);
  }
  if (includes("membership")) {
    const bool may_remove =
        !kills_lose_disks && !includes("lose-disk") && !includes("lose-many-disks") && !includes("kill-storage");
    const std::vector<FaultEvent> changes = draw_changes(settings, may_remove);
    schedule.faults.insert(schedule.faults.end(), changes.begin(), changes.end());
  }
  if (includes("partition")) {
    const std::vector<FaultEvent> partitions = draw_partitions(settings, repairs);
    schedule.faults.insert(schedule.faults.end(), partitions.begin(), partitions.end());
  }
  // A failing or torn disk ends a node and brings it back: not while others come back without theirs.
  const std::vector<Span> unfit_for_deaths = nobody_to_strike(settings, deaths, away_from(losses, settings), Millis(0));
  const auto add_all = [&schedule](const std::vector<FaultEvent>& events) {
    schedule.faults.insert(schedule.faults.end(), events.begin(), events.end());
  };
  if (includes("bad-network")) add_all(draw_bad_networks(settings, repairs));
  if (includes("slow-links")) add_all(draw_slow_links(settings, repairs));
  if (includes("clock")) add_all(draw_clocks(settings, repairs));
  if (includes("disk")) add_all(draw_disks(settings, busy, unfit_for_deaths));
  for (FaultEvent& fault : schedule.faults) {
    if (fault.action != Action::kKillAckers) continue;
    const size_t most = kills_lose_disks ? most_lost_disks(settings) : static_cast<size_t>(settings.write_quorum - 1);
    fault.count = static_cast<int>(std::max<size_t>(1, most));
  }
  for (const std::string& name : settings.nemeses) {
    const auto of_this = [&name](const FaultEvent& event) { return nemesis_of(event.action, name); };
    if (name != "none" && std::none_of(schedule.faults.begin(), schedule.faults.end(), of_this)) {
      return tl::make_unexpected(
          fmt::format("a time limit of {} ms leaves no time for the nemesis {} at an interval of {} ms",
                      settings.time_limit.count(), name, settings.interval.count()));
    }
  }
  std::stable_sort(schedule.faults.begin(), schedule.faults.end(),
                   [](const FaultEvent& a, const FaultEvent& b) { return a.at < b.at; });
  return schedule;
}

}  // namespace nemesis
