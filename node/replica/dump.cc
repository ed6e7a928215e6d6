#include "node/replica/dump.h"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <iterator>

namespace node {

namespace {

void quote(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const auto is_text = [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'; };
  out.push_back('"');
  for (auto at = text.begin(); at != text.end();) {
    const auto plain_end = std::find_if_not(at, text.end(), is_text);
    out.append(at, static_cast<size_t>(plain_end - at));
    at = plain_end;
    if (at == text.end()) break;
    const char c = *at++;
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else {  // bytes, not text: one escape each
      out += "\\u00";
      out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
    }
  }
  out.push_back('"');
}

void begin_field(std::string& out, std::string_view name) {
  if (out.back() != '{') out.push_back(',');
  out.push_back('"');
  out += name;
  out += "\":";
}

void field(std::string& out, std::string_view name, std::string_view text) {
  begin_field(out, name);
  quote(out, text);
}

template <std::integral Number>
void field(std::string& out, std::string_view name, Number number) {
  begin_field(out, name);
  char digits[24];
  out.append(digits, std::to_chars(std::begin(digits), std::end(digits), number).ptr);
}

void put(std::string& out, const CartLine& line) {
  field(out, line.of_set() ? "member" : "item", line.item);
  if (!line.of_set()) field(out, "quantity", line.quantity);
}

void put(std::string& out, const Sibling& sibling) {
  out += "{";
  field(out, "id", sibling.dot.to_string());
  if (const auto* plain = std::get_if<PlainValue>(&sibling.content)) {
    field(out, "value", plain->bytes);
  } else if (const auto* line = std::get_if<CartLine>(&sibling.content)) {
    put(out, *line);
  } else if (const auto* cart = std::get_if<WholeCart>(&sibling.content)) {
    out += ",\"entries\":[";
    for (const CartEntry& entry : cart->entries) {
      if (out.back() != '[') out += ",";
      out += "{";
      field(out, "tag", entry.tag.to_string());
      put(out, entry.line);
      out += "}";
    }
    out += "]";
  }
  out += "}";
}

void put(std::string& out, const Tally& tally) {
  out += "{";
  field(out, "id", tally.actor.to_string());
  field(out, "seq", tally.n);
  field(out, "plus", tally.plus);
  field(out, "minus", tally.minus);
  out += "}";
}

void put(std::string& out, const Linear& linear) {
  out += "{";
  field(out, "id", std::to_string(linear.tag.counter) + "@" + linear.tag.actor.to_string());
  field(out, "value", *linear.value);
  out += "}";
}

// Pages one table; returns false when the limit was reached before its end.
template <typename Line>
bool page_table(const RecordTable& table, const std::string& from, size_t limit, char name, DumpPage& page, Line line) {
  return table.tree().each_from(from, [&](const Tree::Item& item) {
    if (page.lines.size() == limit) {
      page.next = name + to_hex(item.key);
      return false;
    }
    const std::string key(item.key);
    const Record record = table.visible(key);
    if (!record.empty()) page.lines.push_back(line(key, record));
    return true;
  });
}

// Records that belong to others.
size_t strays(const Replica& replica) {
  size_t count = 0;
  replica.each_stray([&](Slot slot) {
    count += replica.records.tree().count({slot, 0, 0});
    return true;
  });
  return count;
}

// What is still to move, if anything is.
std::string unsettled_json(uint64_t unsynced, size_t strays) {
  if (unsynced == 0 && strays == 0) return "";
  std::string out = "{";
  if (unsynced > 0) field(out, "unsynced", unsynced);
  if (strays > 0) field(out, "strays", strays);
  return out + "}";
}

}  // namespace

std::string record_json(const std::string& key, const Record& record, const std::string& home) {
  std::string out = "{";
  field(out, "key", key);
  out += ",\"versions\":[";
  for (const Sibling& sibling : record.siblings) {
    if (out.back() != '[') out += ",";
    put(out, sibling);
  }
  for (const Tally& tally : record.tallies) {
    if (out.back() != '[') out += ",";
    put(out, tally);
  }
  if (record.linear.value) {
    if (out.back() != '[') out += ",";
    put(out, record.linear);
  }
  out += "]";
  field(out, "context", record.context.token());
  if (!home.empty()) field(out, "home", home);
  out += "}";
  return out;
}

bool dump_page(const Replica& replica, const std::string& cursor, size_t limit, DumpPage& page) {
  page.next = "0";
  bool hints = !cursor.empty() && cursor[0] == 'h';
  bool records = cursor == "0" || (!cursor.empty() && cursor[0] == 'r');
  if (!hints && !records) return false;
  if (cursor == "0") {
    std::string unsettled = unsettled_json(replica.journal.unsynced(), strays(replica));
    if (!unsettled.empty()) page.lines.push_back(std::move(unsettled));
  }
  std::string from = from_hex(std::string_view(cursor).substr(1));
  if (records) {
    bool done = page_table(replica.records, from, limit, 'r', page, [](const std::string& key, const Record& r) {
      return record_json(key_of_storage_key(key), r, "");
    });
    if (!done) return true;
    from.clear();
  }
  page_table(replica.hints, from, limit, 'h', page, [&](const std::string& key, const Record& r) {
    NodeIndex home = replica.home_of_hint(key);
    return record_json(key_of_storage_key(Replica::storage_key_of_hint(key)), r,
                       home == Ring::kNobody ? "?" : replica.name(home));
  });
  return true;
}

}  // namespace node
