#include "node/coordinator/cluster_commands.h"

#include <algorithm>

#include "node/base/hash.h"
#include "node/wire/command.h"
#include "node/wire/resp.h"

namespace node {

namespace {

using Homes = std::vector<NodeIndex>;

// 40 hexadecimal digits, as Redis' tools expect; of the name, so that all nodes say the same.
std::string id_of(const std::string& name) {
  std::string bytes;
  Writer writer(bytes);
  for (uint64_t part = 0; part < 3; ++part) writer.fixed64(hash64(name, part));
  return to_hex(bytes).substr(0, 40);
}

struct Endpoint {
  std::string ip;
  std::string port;
};
Endpoint endpoint_of(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, "0"};
  std::string ip = address.substr(0, colon);
  if (ip.size() > 2 && ip.front() == '[') ip = ip.substr(1, ip.size() - 2);
  return {ip, address.substr(colon + 1)};
}

// Those that own the slot before any change, those that are up first.
Homes homes_of(const RingView& view, int slot) {
  Homes homes = view.replica().layout().at(static_cast<Slot>(slot)).owners.front();
  std::stable_partition(homes.begin(), homes.end(), [&](NodeIndex node) { return view.up(node); });
  return homes;
}

struct Stretch {
  int first = 0;
  int last = 0;
  Homes homes;
};
// Neighbouring ranges with the same homes, or the same first home, are one.
std::vector<Stretch> stretches(const RingView& view, bool first_home_only) {
  std::vector<Stretch> list;
  for (const RingView::Range& range : view.ranges()) {
    Homes homes = homes_of(view, range.first);
    if (first_home_only && homes.size() > 1) homes.resize(1);
    if (!list.empty() && list.back().homes == homes) {
      list.back().last = range.last;
    } else {
      list.push_back({range.first, range.last, std::move(homes)});
    }
  }
  list.erase(std::remove_if(list.begin(), list.end(), [](const Stretch& s) { return s.homes.empty(); }), list.end());
  return list;
}

std::string slots_reply(const RingView& view) {
  const std::vector<Stretch> list = stretches(view, false);
  std::string resp;
  resp::array(resp, list.size());
  for (const Stretch& stretch : list) {
    resp::array(resp, 2 + stretch.homes.size());
    resp::integer(resp, stretch.first);
    resp::integer(resp, stretch.last);
    for (NodeIndex node : stretch.homes) {
      const Endpoint endpoint = endpoint_of(view.address(node));
      resp::array(resp, 3);
      resp::bulk(resp, endpoint.ip);
      resp::integer(resp, parse_integer(endpoint.port).value_or(0));
      resp::bulk(resp, id_of(view.name(node)));
    }
  }
  return resp;
}

std::string nodes_text(const RingView& view) {
  const std::vector<Stretch> list = stretches(view, true);
  std::string text;
  for (const RingView::Node& node : view.members()) {
    const Endpoint endpoint = endpoint_of(node.address);
    const bool self = node.index == view.replica().self();
    text += id_of(node.name) + " " + endpoint.ip + ":" + endpoint.port + "@" + endpoint.port + " " +
            (self ? "myself," : "") + "master" + (node.up ? "" : ",fail") + " - 0 0 " + std::to_string(view.epoch()) +
            " " + (node.up ? "connected" : "disconnected");
    for (const Stretch& stretch : list) {
      if (stretch.homes.front() != node.index) continue;
      text += " " + std::to_string(stretch.first);
      if (stretch.last != stretch.first) text += "-" + std::to_string(stretch.last);
    }
    text += "\n";
  }
  return text;
}

std::string shards_reply(const RingView& view) {
  const std::vector<Stretch> list = stretches(view, true);
  const std::vector<RingView::Node> members = view.members();
  std::string resp;
  resp::array(resp, members.size());
  for (const RingView::Node& node : members) {
    std::vector<int> bounds;
    for (const Stretch& stretch : list) {
      if (stretch.homes.front() == node.index) bounds.insert(bounds.end(), {stretch.first, stretch.last});
    }
    const Endpoint endpoint = endpoint_of(node.address);
    resp::array(resp, 4);
    resp::bulk(resp, "slots");
    resp::array(resp, bounds.size());
    for (int bound : bounds) resp::integer(resp, bound);
    resp::bulk(resp, "nodes");
    resp::array(resp, 1);
    resp::array(resp, 14);
    const auto field = [&resp](const char* name, const std::string& value) {
      resp::bulk(resp, name);
      resp::bulk(resp, value);
    };
    field("id", id_of(node.name));
    resp::bulk(resp, "port");
    resp::integer(resp, parse_integer(endpoint.port).value_or(0));
    field("ip", endpoint.ip);
    field("endpoint", endpoint.ip);
    field("role", "master");
    resp::bulk(resp, "replication-offset");
    resp::integer(resp, 0);
    field("health", node.up ? "online" : "fail");
  }
  return resp;
}

std::string info_text(const RingView& view) {
  int reachable = 0;
  for (const Stretch& stretch : stretches(view, true)) {
    if (view.up(stretch.homes.front())) reachable += stretch.last - stretch.first + 1;
  }
  const std::string members = std::to_string(view.members().size());
  const auto line = [](const char* name, const std::string& value) { return std::string(name) + ":" + value + "\r\n"; };
  return line("cluster_enabled", "1") + line("cluster_state", reachable == kSlots ? "ok" : "fail") +
         line("cluster_slots_assigned", std::to_string(kSlots)) + line("cluster_slots_ok", std::to_string(reachable)) +
         line("cluster_slots_pfail", "0") + line("cluster_slots_fail", std::to_string(kSlots - reachable)) +
         line("cluster_known_nodes", members) + line("cluster_size", members) +
         line("cluster_current_epoch", std::to_string(view.epoch())) +
         line("cluster_my_epoch", std::to_string(view.epoch()));
}

// Keys of the slot that this node holds, deleted ones included.
int64_t keys_in(const RingView& view, Slot slot) {
  return static_cast<int64_t>(view.replica().records.tree().count({slot, 0, 0}));
}

}  // namespace

std::string cluster_command(const RingView& view, const Words& words) {
  const std::string what = words.size() > 1 ? to_upper(words[1]) : "";
  std::string resp;
  if (what == "SLOTS" && words.size() == 2) {
    resp = slots_reply(view);
  } else if (what == "SHARDS" && words.size() == 2) {
    resp = shards_reply(view);
  } else if (what == "NODES" && words.size() == 2) {
    resp::bulk(resp, nodes_text(view));
  } else if (what == "INFO" && words.size() == 2) {
    resp::bulk(resp, info_text(view));
  } else if (what == "MYID" && words.size() == 2) {
    resp::bulk(resp, id_of(view.replica().options().name));
  } else if (what == "KEYSLOT" && words.size() == 3) {
    resp::integer(resp, slot_of(words[2]));
  } else if (what == "COUNTKEYSINSLOT" && words.size() == 3) {
    const std::optional<int64_t> slot = parse_integer(words[2]);
    if (slot && *slot >= 0 && *slot < kSlots) {
      resp::integer(resp, keys_in(view, static_cast<Slot>(*slot)));
    } else {
      resp::error(resp, "ERR a slot is 0 to " + std::to_string(kSlots - 1));
    }
  } else {
    resp::error(resp,
                "ERR CLUSTER SLOTS, CLUSTER SHARDS, CLUSTER NODES, CLUSTER INFO, CLUSTER MYID, CLUSTER KEYSLOT key, "
                "CLUSTER COUNTKEYSINSLOT slot; members come and go by ADMIN");
  }
  return resp;
}

std::string moved(const RingView& view, const std::string& key) {
  const Homes homes = homes_of(view, slot_of(key));
  if (homes.empty() || !view.up(homes.front())) return "";
  return "MOVED " + std::to_string(slot_of(key)) + " " + view.address(homes.front());
}

}  // namespace node
