#include "node/coordinator/settings.h"

#include <cctype>

#include "node/base/joined.h"

namespace node {

namespace {

std::string milliseconds_of(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

std::string on_off(bool on) { return on ? "on" : "off"; }

// "*1.5": as in --peers, none for an ordinary member.
std::string suffix_of(const Peer& peer) {
  if (peer.weight == 100) return "";
  std::string text = "*" + std::to_string(peer.weight / 100);
  if (const int rest = peer.weight % 100; rest != 0) text += (rest < 10 ? ".0" : ".") + std::to_string(rest);
  return text;
}

std::string list_of(const std::vector<Peer>& peers) {
  std::vector<std::string> texts;
  for (const Peer& peer : peers) texts.push_back(peer.name + "=" + peer.address + suffix_of(peer));
  return joined(texts);
}

std::string name_of(Bug bug) {
  for (const BugName& known : all_bugs()) {
    if (known.bug == bug) return std::string(known.name);
  }
  return "";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> settings(const Options& options) {
  // Every field must be bound, so that none is forgotten below.
  const auto& [name, peers, join, address, replaces, ring, replicas, read_quorum, write_quorum, mode, merge, hints,
               anti_entropy, non_expanding, debug_commands, bug, rare_paths, limits, storage, request_timeout,
               max_queue_delay, max_open_requests, hint_timeout, heartbeat_interval, heartbeat_fanout, suspect_after,
               gossip_interval, anti_entropy_interval, handoff_interval, hint_batch, max_hint_bytes, max_hint_age,
               reap_after, transfer_bytes_per_second] = options;
  return {
      {"name", name},
      {"peers", list_of(peers)},
      {"join", joined(join)},
      {"address", address},
      {"replace", replaces},
      {"ring", ring.to_string()},
      {"replicas", std::to_string(replicas)},
      {"read-quorum", std::to_string(read_quorum)},
      {"write-quorum", std::to_string(write_quorum)},
      {"mode", std::string(node::name_of(mode))},
      {"merge", std::string(node::name_of(merge))},
      {"storage", storage},
      {"hints", on_off(hints)},
      {"hint-batch", std::to_string(hint_batch)},
      {"max-hints", std::to_string(max_hint_bytes >> 20)},
      {"max-hint-age", milliseconds_of(max_hint_age)},
      {"reap-after", milliseconds_of(reap_after)},
      {"anti-entropy", on_off(anti_entropy)},
      {"request-timeout", milliseconds_of(request_timeout)},
      {"max-queue-delay", milliseconds_of(max_queue_delay)},
      {"max-open-requests", std::to_string(max_open_requests)},
      {"hint-timeout", milliseconds_of(hint_timeout)},
      {"heartbeat-interval", milliseconds_of(heartbeat_interval)},
      {"heartbeat-fanout", std::to_string(heartbeat_fanout)},
      {"suspect-after", milliseconds_of(suspect_after)},
      {"gossip-interval", milliseconds_of(gossip_interval)},
      {"anti-entropy-interval", milliseconds_of(anti_entropy_interval)},
      {"handoff-interval", milliseconds_of(handoff_interval)},
      {"transfer-rate", std::to_string(transfer_bytes_per_second >> 20)},
      {"experiment", non_expanding ? "non-expanding" : "none"},
      {"debug-commands", on_off(debug_commands)},
      {"bug", name_of(bug)},
      {"rare-paths", std::to_string(rare_paths)},
  };
}

// Both run along together; a star remembers where to try again with one character more.
bool matches(std::string_view pattern, std::string_view text) {
  const auto same = [](char a, char b) {
    return a == '?' || std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  size_t at = 0, star = std::string_view::npos, retry = 0;
  for (size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      retry = i;
    } else if (at < pattern.size() && same(pattern[at], text[i])) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace node
