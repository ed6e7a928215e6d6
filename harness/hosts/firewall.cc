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

tl::expected<uint64_t, std::string> Firewall::dropped_packets() const {
  const auto listed = run_command({.argv = {list_program_, "-v", "-S", "DYNAMOCS-DROP"}});
  if (!listed) return tl::make_unexpected(listed.error());
  // -A DYNAMOCS-DROP -c PACKETS BYTES -j DROP
  const std::string_view packets = word_after(*listed, "-A DYNAMOCS-DROP -c ");
  uint64_t count = 0;
  const auto parsed = std::from_chars(packets.data(), packets.data() + packets.size(), count);
  if (packets.empty() || parsed.ec != std::errc()) {
    return tl::make_unexpected(fmt::format("{} shows no packet counter of DYNAMOCS-DROP: {}", name_, *listed));
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
