#include "node/coordinator/page.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "node/coordinator/ring_commands.h"

namespace node {

namespace {

constexpr double kCentre = 210;
constexpr double kFullTurn = 6.283185307179586;

// Hues a golden angle apart: neighbours in the list never look alike, however many there are.
std::string colour(size_t place) {
  return "hsl(" + std::to_string((place * 13751 / 100 + 215) % 360) + ",62%," + (place % 2 == 0 ? "52%" : "42%") + ")";
}

std::string decimal(double value, int digits) {
  std::array<char, 48> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<size_t>(size)};
}

std::string point(double slot, double radius) {
  const double angle = kFullTurn * slot / kSlots;  // slot 0 on top, on clockwise
  return decimal(kCentre + radius * std::sin(angle), 2) + "," + decimal(kCentre - radius * std::cos(angle), 2);
}

// The part of a ring from one slot to another; of a disc, if the inner radius is 0.
std::string sector(double first, double end, double inner, double outer, const std::string& fill,
                   const std::string& title) {
  // An arc from a point to itself is no arc.
  if (end - first >= kSlots) end = first + kSlots - 0.5;
  const std::string large = end - first > kSlots / 2.0 ? "1" : "0";
  const auto arc = [&](double radius, const char* sweep, double to) {
    return "A" + decimal(radius, 0) + "," + decimal(radius, 0) + " 0 " + large + " " + sweep + " " + point(to, radius);
  };
  std::string path = "M" + point(first, outer) + arc(outer, "1", end) + "L" + point(end, inner);
  if (inner > 0) path += arc(inner, "0", first);
  return "<path d=\"" + path + "Z\" fill=\"" + fill + "\"><title>" + title + "</title></path>";
}

std::string slots_text(int first, int last) { return "slots " + std::to_string(first) + " to " + std::to_string(last); }

// Outside every range in its owner's colour, inside the sums.
std::string svg(const RingView& view, const std::vector<RingView::Node>& members) {
  std::string text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 420 420\" role=\"img\" "
      "aria-label=\"the ring of slots\" stroke=\"#fff\" stroke-width=\".4\">";
  const auto fill = [&](NodeIndex node) {
    for (size_t i = 0; i < members.size(); ++i) {
      if (members[i].index == node) return members[i].up ? colour(i) : std::string("#bbb");
    }
    return std::string("#000");
  };
  for (const RingView::Range& range : view.ranges()) {
    text += sector(range.first, range.last + 1, 160, 205, fill(range.owner),
                   view.name(range.owner) + ": " + slots_text(range.first, range.last));
  }
  int first = 0;
  for (const RingView::Node& node : members) {
    const int end = first + node.first_slots;
    if (end > first) {
      text += sector(first, end, 0, 148, fill(node.index),
                     node.name + ": " + percent(static_cast<uint64_t>(node.first_slots), kSlots) + " % of the slots");
    }
    if (node.first_slots * 25 > kSlots) {
      const std::string place = point((first + end) / 2.0, 98);
      const size_t comma = place.find(',');
      text += "<text x=\"" + place.substr(0, comma) + "\" y=\"" + place.substr(comma + 1) +
              "\" fill=\"#fff\" stroke=\"none\" font-size=\"15\" text-anchor=\"middle\" dominant-baseline=\"middle\">" +
              node.name + "</text>";
    }
    first = end;
  }
  return text + "</svg>";
}

std::string table(const std::vector<RingView::Node>& members) {
  std::string text =
      "<table><tr><th></th><th>node</th><th>address</th><th>state</th><th>ranges</th><th>share</th><th>keys</th>"
      "<th>requests/s</th><th>delay</th></tr>";
  for (size_t i = 0; i < members.size(); ++i) {
    const RingView::Node& node = members[i];
    const auto cell = [](const std::string& content, bool number) {
      return std::string(number ? "<td class=\"n\">" : "<td>") + content + "</td>";
    };
    const Load& load = node.profile.load;
    text += std::string("<tr") + (node.up ? "" : " class=\"down\"") +
            "><td><i style=\"background:" + (node.up ? colour(i) : "#bbb") + "\"></i></td>" + cell(node.name, false) +
            cell(node.address, false) + cell(node.up ? "up" : "down", false) + cell(std::to_string(node.points), true) +
            cell(percent(static_cast<uint64_t>(node.first_slots), kSlots) + " %", true) +
            cell(std::to_string(load.keys), true) + cell(std::to_string(load.ops), true) +
            cell(decimal(static_cast<double>(load.delay_us) / 1000, 1) + " ms", true) + "</tr>";
  }
  return text + "</table>";
}

std::string live_part(const RingView& view) {
  const std::vector<RingView::Node> members = view.members();
  uint64_t copies = 0;
  for (const RingView::Node& node : members) copies += node.profile.load.keys;
  return "<h1>The ring, as " + view.replica().options().name + " sees it</h1><p>" + std::to_string(members.size()) +
         " members, " + std::to_string(view.replica().replicas()) + " homes for each key, routing table of epoch " +
         std::to_string(view.epoch()) + ", " + std::to_string(copies) +
         " copies of keys in all</p><div class=\"two\">" + svg(view, members) + table(members) +
         "</div><p class=\"note\">Outside: every range of slots in the colour of its first home. Inside: all ranges of "
         "a "
         "node together. Keys: the copies that a node holds, deleted ones included until they are forgotten.</p>";
}

std::string html(const RingView& view) {
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + view.replica().options().name +
         ": the ring</title><style>"
         "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:78em;padding:0 1em;color:#222}"
         "h1{font-size:1.4em;margin:0}p{margin:.2em 0 1em;color:#555}.two{display:flex;flex-wrap:wrap;gap:2em;"
         "align-items:center}svg{width:24em;max-width:100%}table{border-collapse:collapse}th{text-align:left;"
         "font-weight:600;color:#555}th,td{padding:.25em .8em .25em 0}.n{text-align:right;font-variant-numeric:"
         "tabular-nums}.down td{color:#999}i{display:inline-block;width:1em;height:1em;border-radius:.2em;"
         "vertical-align:-.15em}.note{font-size:.85em}.gone{opacity:.35}</style></head><body><div id=\"live\">" +
         live_part(view) +
         "</div><script>"
         "setInterval(async()=>{const live=document.getElementById('live');try{"
         "const answer=await fetch('/pie/live');live.innerHTML=await answer.text();live.className=''}"
         "catch{live.className='gone'}},1000)"
         "</script></body></html>";
}

std::string json(const RingView& view) {
  std::string text = "{\"seen_by\":\"" + view.replica().options().name +
                     "\",\"epoch\":" + std::to_string(view.epoch()) + ",\"slots\":" + std::to_string(kSlots) +
                     ",\"nodes\":[";
  bool comma = false;
  for (const RingView::Node& node : view.members()) {
    const Load& load = node.profile.load;
    // 14 digits: the share of any number of slots is exact.
    text += std::string(comma ? "," : "") + "{\"node\":\"" + node.name + "\",\"address\":\"" + node.address +
            "\",\"status\":\"" + (node.up ? "up" : "down") + "\",\"ranges\":" + std::to_string(node.points) +
            ",\"share\":" + decimal(static_cast<double>(node.first_slots) / kSlots, 14) +
            ",\"first_slots\":" + std::to_string(node.first_slots) + ",\"kept_slots\":" + std::to_string(node.slots) +
            ",\"keys\":" + std::to_string(load.keys) + ",\"bytes\":" + std::to_string(load.bytes) +
            ",\"ops\":" + std::to_string(load.ops) + ",\"served\":" + std::to_string(load.served) +
            ",\"delay_us\":" + std::to_string(load.delay_us) + "}";
    comma = true;
  }
  return text + "]}\n";
}

std::string response(const char* status, const char* type, const std::string& body) {
  return std::string("HTTP/1.1 ") + status + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace

bool is_http(const Words& words) { return words.size() == 3 && words[2].starts_with("HTTP/"); }

std::string http_response(const RingView& view, const Words& request_line) {
  constexpr const char* kHtml = "text/html; charset=utf-8";
  if (request_line[0] != "GET") return response("405 Method Not Allowed", "text/plain", "GET only\n");
  const std::string path = request_line[1].substr(0, request_line[1].find('?'));
  if (path == "/" || path == "/pie") return response("200 OK", kHtml, html(view));
  if (path == "/pie/live") return response("200 OK", kHtml, live_part(view));
  if (path == "/pie.svg") return response("200 OK", "image/svg+xml", svg(view, view.members()));
  if (path == "/pie.json") return response("200 OK", "application/json", json(view));
  return response("404 Not Found", "text/plain", "there are / (or /pie), /pie.svg and /pie.json\n");
}

}  // namespace node
