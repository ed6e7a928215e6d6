#include "harness/hosts/firewall.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <charconv>

#include "harness/hosts/command.h"

namespace harness {
namespace {

// iptables-nft sends a batch as one netlink message, which an unprivileged socket limits to 208 KiB: some 640 rules.
constexpr size_t kRulesInABatch = 300;

// What follows `key` in `text` up to the next space.
std::string_view word_after(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return text.substr(0, text.find(' '));
}

}  // namespace

tl::expected<Firewall, std::string> Firewall::create() {
  // Only iptables-legacy takes this lock, and in /run, where an ordinary user may not create it. Nobody shares our
  // rules: any file will do.
  setenv("XTABLES_LOCKFILE", "/dev/null", 1);
  std::string refused = "iptables is not installed";
  for (const std::string name : {"iptables-nft", "iptables", "iptables-legacy"}) {
    Firewall firewall;
    firewall.name_ = name;
    firewall.restore_program_ = find_program(name + "-restore");
    firewall.list_program_ = find_program(name);
    if (firewall.restore_program_.empty() || firewall.list_program_.empty()) continue;
    const Status hooked = firewall.restore(
        ":DYNAMOCS - [0:0]\n:DYNAMOCS-A - [0:0]\n:DYNAMOCS-B - [0:0]\n:DYNAMOCS-DROP - [0:0]\n"
        "-A FORWARD -j DYNAMOCS\n-A DYNAMOCS -j DYNAMOCS-A\n-A DYNAMOCS-DROP -j DROP\n");
    if (hooked) return firewall;
    refused = hooked.error();
  }
  return tl::make_unexpected(refused);
}

Status Firewall::cut(const std::vector<AddressPair>& pairs) {
  std::string rules = fmt::format(":{} - [0:0]\n", prepared_);  // naming a chain empties it
  for (size_t i = 0; i < pairs.size(); ++i) {
    rules += fmt::format("-A {} -s {} -d {} -j DYNAMOCS-DROP\n", prepared_, pairs[i].first, pairs[i].second);
    if ((i + 1) % kRulesInABatch != 0) continue;
    if (Status filled = restore(rules); !filled) return filled;
    rules.clear();
  }
  rules += fmt::format(":DYNAMOCS - [0:0]\n-A DYNAMOCS -j {}\n:{} - [0:0]\n", prepared_, in_force_);
  if (Status switched = restore(rules); !switched) return switched;
  std::swap(prepared_, in_force_);
  return {};
}

Status Firewall::lose_replies(const std::vector<std::string>& addresses) {
  std::string rules = ":DYNAMOCS-REPLIES - [0:0]\n";
  if (!has_replies_) {
    rules += ":DYNAMOCS-LOST - [0:0]\n-A INPUT -j DYNAMOCS-REPLIES\n";
    rules += "-A DYNAMOCS-LOST -p tcp -j REJECT --reject-with tcp-reset\n";
  }
  for (const std::string& address : addresses) {
    rules += fmt::format(
        "-A DYNAMOCS-REPLIES -s {} -p tcp --tcp-flags PSH PSH -m statistic --mode nth --every {} --packet 0 "
        "-j DYNAMOCS-LOST\n",
        address, kEveryReply);
  }
  Status restored = restore(rules);
  has_replies_ = has_replies_ || restored;
  return restored;
}

tl::expected<uint64_t, std::string> Firewall::lost_replies() const {
  if (!has_replies_) return 0;
  return packets_of("DYNAMOCS-LOST");
}

tl::expected<uint64_t, std::string> Firewall::dropped_packets() const { return packets_of("DYNAMOCS-DROP"); }

tl::expected<uint64_t, std::string> Firewall::packets_of(const std::string& chain) const {
  const auto listed = run_command({.argv = {list_program_, "-v", "-S", chain}});
  if (!listed) return tl::make_unexpected(listed.error());
  // -A CHAIN [-p tcp] -c PACKETS BYTES -j DROP
  const std::string_view packets = word_after(*listed, " -c ");
  uint64_t count = 0;
  const auto parsed = std::from_chars(packets.data(), packets.data() + packets.size(), count);
  if (packets.empty() || parsed.ec != std::errc()) {
    return tl::make_unexpected(fmt::format("{} shows no packet counter of {}: {}", name_, chain, *listed));
  }
  return count;
}

Status Firewall::restore(const std::string& rules) const {
  const auto restored =
      run_command({.argv = {restore_program_, "--noflush"}, .input = "*filter\n" + rules + "COMMIT\n"});
  if (!restored) return tl::make_unexpected(restored.error());
  return {};
}

}  // namespace harness
