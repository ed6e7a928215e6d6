#include "node/coordinator/ring_commands.h"

#include <algorithm>

#include "node/wire/command.h"
#include "node/wire/resp.h"

namespace node {

namespace {

const char* up_or_down(bool up) { return up ? "up" : "down"; }

std::string members_reply(const RingView& view) {
  std::string resp;
  const std::vector<RingView::Node> members = view.members();
  resp::array(resp, members.size());
  for (const RingView::Node& node : members) {
    const auto unmet = std::chrono::ceil<std::chrono::milliseconds>(node.unmet).count();
    resp::words(resp, {node.name, node.address, view.state(node.index), std::to_string(node.points),
                       percent(static_cast<uint64_t>(node.first_slots), kSlots), std::to_string(unmet)});
  }
  return resp;
}

Profile profile_of(const RingView& view, NodeIndex node) {
  const Profile* told = view.profile(node);
  return told == nullptr ? Profile{} : *told;
}

std::string table_reply(const RingView& view) {
  std::string resp;
  const std::vector<RingView::Range> ranges = view.ranges();
  resp::array(resp, ranges.size() + 1);
  resp::words(resp, {"epoch", std::to_string(view.epoch()), "digest", view.digest()});
  for (const RingView::Range& range : ranges) {
    const Profile profile = profile_of(view, range.owner);
    resp::words(
        resp, {std::to_string(range.first), std::to_string(range.last), view.name(range.owner),
               view.address(range.owner), std::to_string(range.virtual_id), std::to_string(profile.load.ops),
               std::to_string(profile.version), std::to_string(profile.generation), up_or_down(view.up(range.owner))});
  }
  return resp;
}

// DynamoCS.md's dictionary: start of range → {ip, virtual id, version, load, end of range}. Names and addresses need no
// escapes.
std::string table_json(const RingView& view) {
  std::string json =
      "{\"epoch\":" + std::to_string(view.epoch()) + ",\"digest\":\"" + view.digest() + "\",\"ranges\":{";
  bool comma = false;
  for (const RingView::Range& range : view.ranges()) {
    const Profile profile = profile_of(view, range.owner);
    json += std::string(comma ? "," : "") + "\"" + std::to_string(range.first) + "\":{\"ip\":\"" +
            view.address(range.owner) + "\",\"v_id\":" + std::to_string(range.virtual_id) +
            ",\"version\":" + std::to_string(profile.version) + ",\"load\":" + std::to_string(profile.load.ops) +
            ",\"end_of_range\":" + std::to_string(range.last) + ",\"node\":\"" + view.name(range.owner) +
            "\",\"generation\":" + std::to_string(profile.generation) + ",\"status\":\"" +
            up_or_down(view.up(range.owner)) + "\"}";
    comma = true;
  }
  std::string resp;
  resp::bulk(resp, json + "}}");
  return resp;
}

std::string list_reply(const RingView& view, bool up) {
  std::vector<RingView::Node> members = view.members();
  members.erase(std::remove_if(members.begin(), members.end(), [&](const RingView::Node& n) { return n.up != up; }),
                members.end());
  std::string resp;
  resp::array(resp, members.size());
  for (const RingView::Node& node : members) resp::words(resp, {node.name, node.address});
  return resp;
}

std::string load_reply(const RingView& view) {
  std::string resp;
  const std::vector<RingView::Node> members = view.members();
  resp::array(resp, members.size());
  for (const RingView::Node& node : members) {
    const auto text = [](uint64_t number) { return std::to_string(number); };
    const Load& load = node.profile.load;
    resp::words(resp, {"node",       node.name,
                       "status",     up_or_down(node.up),
                       "ops",        text(load.ops),
                       "served",     text(load.served),
                       "delay_us",   text(load.delay_us),
                       "keys",       text(load.keys),
                       "bytes",      text(load.bytes),
                       "epoch",      text(node.profile.epoch),
                       "generation", text(node.profile.generation),
                       "version",    text(node.profile.version)});
  }
  return resp;
}

std::string padded(const std::string& text, size_t width, bool left) {
  const std::string blanks(width > text.size() ? width - text.size() : 0, ' ');
  return left ? text + blanks : blanks + text;
}

// For a terminal; GET / in a browser is the pie itself.
std::string pie_reply(const RingView& view) {
  constexpr size_t kBar = 50;
  const std::vector<RingView::Node> members = view.members();
  std::string resp;
  resp::array(resp, members.size());
  for (const RingView::Node& node : members) {
    const auto slots = static_cast<uint64_t>(node.first_slots);
    const size_t filled = (slots * kBar + kSlots / 2) / kSlots;
    resp::status(resp, padded(node.name, 15, true) + " " + padded(percent(slots, kSlots), 6, false) + " % " +
                           std::string(filled, '#') + std::string(kBar - filled, '.') + " " +
                           std::to_string(node.profile.load.keys) + " keys" + (node.up ? "" : ", down"));
  }
  return resp;
}

}  // namespace

std::string percent(uint64_t part, uint64_t whole) {
  const uint64_t hundredths = whole == 0 ? 0 : (part * 10000 + whole / 2) / whole;
  const std::string fraction = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + std::string(2 - fraction.size(), '0') + fraction;
}

std::string ring_command(const RingView& view, const Words& words) {
  const std::string what = words.size() > 1 ? to_upper(words[1]) : "";
  const std::string form = words.size() > 2 ? to_upper(words[2]) : "";
  if (words.size() == 1) return members_reply(view);
  if (what == "TABLE" && words.size() == 2) return table_reply(view);
  if (what == "TABLE" && words.size() == 3 && form == "JSON") return table_json(view);
  if (words.size() == 2 && (what == "UP" || what == "DOWN")) return list_reply(view, what == "UP");
  if (what == "LOAD" && words.size() == 2) return load_reply(view);
  if (what == "PIE" && words.size() == 2) return pie_reply(view);
  std::string resp;
  resp::error(resp, "ERR RING, RING TABLE [JSON], RING UP, RING DOWN, RING LOAD, RING PIE");
  return resp;
}

std::string route_reply(const RingView& view, const std::string& key, size_t most) {
  const Placement& placement = view.replica().placement(key);
  std::vector<NodeIndex> walk = placement.walk;
  // In the order of the ring, but for homes where requests wait clearly longer than at others.
  std::stable_sort(walk.begin(), walk.begin() + static_cast<std::ptrdiff_t>(placement.homes),
                   [&](NodeIndex a, NodeIndex b) { return view.replica().delay_of(a) < view.replica().delay_of(b); });
  const size_t count = std::min(most, walk.size());
  std::string resp;
  resp::array(resp, count + 1);
  resp::integer(resp, static_cast<int64_t>(view.epoch()));
  for (size_t i = 0; i < count; ++i) resp::words(resp, {view.name(walk[i]), view.address(walk[i])});
  return resp;
}

std::string where_reply(const RingView& view, const std::string& key) {
  std::vector<std::string> names;
  for (NodeIndex node : view.replica().placement(key).walk) names.push_back(view.name(node));
  std::string resp;
  resp::words(resp, names);
  return resp;
}

}  // namespace node
