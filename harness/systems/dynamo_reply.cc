#include "harness/systems/dynamo_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace harness {

using checkers::List;
using checkers::Map;
using checkers::Value;
using Kind = Reply::Kind;

namespace {

tl::unexpected<std::string> expected_but(std::string_view what, const Reply& reply) {
  return tl::unexpected(fmt::format("expected {}, got {}", what, describe(reply)));
}

bool is_text(const Reply& reply) { return reply.kind == Kind::kString || reply.kind == Kind::kStatus; }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

void add_once(List& nodes, std::string_view node) {
  const bool known = std::any_of(nodes.begin(), nodes.end(), [node](const Value& v) { return v.string() == node; });
  if (!known) nodes.emplace_back(node);
}

}  // namespace

std::string describe(const Reply& reply) {
  constexpr size_t kLongest = 120;
  const std::string text = reply.text.size() <= kLongest ? reply.text : reply.text.substr(0, kLongest) + "…";
  switch (reply.kind) {
    case Kind::kStatus:
      return fmt::format("status \"{}\"", text);
    case Kind::kError:
      return fmt::format("error \"{}\"", text);
    case Kind::kInteger:
      return fmt::format("integer {}", reply.integer);
    case Kind::kString:
      return fmt::format("string \"{}\"", text);
    case Kind::kNull:
      return "null";
    case Kind::kArray:
      return fmt::format("array of {}", reply.elements.size());
  }
  return "nothing";
}

Parsed<int64_t> parse_integer(const Reply& reply) {
  if (reply.kind == Kind::kInteger) return reply.integer;
  if (is_text(reply)) {
    int64_t number = 0;
    const char* end = reply.text.data() + reply.text.size();
    const auto [stop, error] = std::from_chars(reply.text.data(), end, number);
    if (error == std::errc() && stop == end && !reply.text.empty()) return number;
  }
  return expected_but("an integer", reply);
}

Parsed<Answer> parse_answer(const Reply& reply) {
  const bool pair = reply.kind == Kind::kArray && reply.elements.size() == 2;
  if (!pair || reply.elements[1].kind != Kind::kArray || reply.elements[1].elements.size() % 2 != 0) {
    return expected_but("[reply, meta]", reply);
  }
  Answer answer;
  answer.reply = &reply.elements[0];
  List acks;
  List hint_keepers;
  int64_t hints = 0;
  const std::vector<Reply>& meta = reply.elements[1].elements;
  for (size_t i = 0; i < meta.size(); i += 2) {
    const std::string& name = meta[i].text;
    const Reply& value = meta[i + 1];
    if (name == "coordinator") {
      answer.fields.set(name, value.text);
    } else if (name == "acks") {
      for (std::string_view node : split(value.text, ',')) add_once(acks, node);
    } else if (name == "hints") {
      for (std::string_view hint : split(value.text, ',')) {  // keeper>home
        ++hints;
        hint_keepers.emplace_back(hint.substr(0, hint.find('>')));
      }
    }
  }
  for (const Value& keeper : hint_keepers) add_once(acks, keeper.string());
  answer.fields.set("acks", std::move(acks));
  answer.fields.set("hints", hints);
  return answer;
}

Parsed<std::string> parse_context(const Reply& reply) {
  if (!is_text(reply)) return expected_but("a context token", reply);
  return reply.text;
}

Parsed<Versions> parse_versions(const Reply& reply) {
  if (reply.kind != Kind::kArray || reply.elements.empty()) return expected_but("[context, sibling …]", reply);
  Versions versions;
  if (reply.elements[0].kind != Kind::kNull) {
    Parsed<std::string> context = parse_context(reply.elements[0]);
    if (!context) return tl::unexpected(context.error());
    versions.context = std::move(*context);
  }
  for (size_t i = 1; i < reply.elements.size(); ++i) {
    if (!is_text(reply.elements[i])) return expected_but("a sibling", reply.elements[i]);
    versions.siblings.emplace_back(reply.elements[i].text);
  }
  return versions;
}

Parsed<Value> parse_cart(const Reply& reply) {
  if (reply.kind != Kind::kArray) return expected_but("an array of items", reply);
  List cart;
  for (const Reply& line : reply.elements) {
    if (line.kind != Kind::kArray || line.elements.size() != 3 || line.elements[2].kind != Kind::kArray ||
        line.elements[2].elements.size() % 2 != 0) {
      return expected_but("[item, quantity, [tag, quantity …]]", line);
    }
    const Parsed<int64_t> quantity = parse_integer(line.elements[1]);
    if (!quantity) return tl::unexpected(quantity.error());
    Map tags;
    const std::vector<Reply>& pairs = line.elements[2].elements;
    for (size_t i = 0; i < pairs.size(); i += 2) {
      const Parsed<int64_t> tagged = parse_integer(pairs[i + 1]);
      if (!tagged) return tl::unexpected(tagged.error());
      tags.emplace_back(pairs[i].text, *tagged);
    }
    cart.emplace_back(Map{{"item", line.elements[0].text}, {"quantity", *quantity}, {"tags", std::move(tags)}});
  }
  return Value(std::move(cart));
}

Parsed<Value> parse_set(const Reply& reply) {
  if (reply.kind != Kind::kArray) return expected_but("an array of members", reply);
  List set;
  for (const Reply& line : reply.elements) {
    if (line.kind != Kind::kArray || line.elements.size() != 2 || !is_text(line.elements[0])) {
      return expected_but("[member, [tag …]]", line);
    }
    Parsed<List> tags = parse_tags(line.elements[1]);
    if (!tags) return tl::unexpected(tags.error());
    set.emplace_back(Map{{"member", line.elements[0].text}, {"tags", std::move(*tags)}});
  }
  return Value(std::move(set));
}

Parsed<List> parse_tags(const Reply& reply) {
  if (reply.kind != Kind::kArray) return expected_but("an array of tags", reply);
  List tags;
  for (const Reply& tag : reply.elements) {
    if (!is_text(tag)) return expected_but("a tag", tag);
    tags.emplace_back(tag.text);
  }
  return tags;
}

}  // namespace harness
