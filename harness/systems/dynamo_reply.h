// The replies of a dynamo-node in the history's vocabulary: values, and what the reply claims about itself
// (node/PROTOCOL.md). Everything here is pure; errors say what was expected and what came.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/value.h"
#include "harness/systems/system.h"

namespace harness {

template <typename T>
using Parsed = tl::expected<T, std::string>;

// A reply in a connection with META ON: the reply proper, and its claims about itself as fields of the history:
// coordinator, acks (hint keepers included), hints (how many of the acks only hold a hint). The rest of the meta
// repeats what was asked.
struct Answer {
  const Reply* reply = nullptr;  // points into the reply that was parsed
  checkers::Value fields;
};
Parsed<Answer> parse_answer(const Reply& reply);

// VGET: the context token (empty: the key has none yet) and the siblings.
struct Versions {
  std::string context;
  checkers::List siblings;
};
Parsed<Versions> parse_versions(const Reply& reply);
// VPUT: the new context token.
Parsed<std::string> parse_context(const Reply& reply);
// CART.GET: [{"item","quantity","tags":{tag: quantity}}].
Parsed<checkers::Value> parse_cart(const Reply& reply);
// SMEMBERS WITHTAGS: [{"member","tags":[tag]}].
Parsed<checkers::Value> parse_set(const Reply& reply);
// CART.REMOVE: the tags removed.
Parsed<checkers::List> parse_tags(const Reply& reply);
// An integer, or a string of decimal digits.
Parsed<int64_t> parse_integer(const Reply& reply);

// "integer 3", "error \"TIMEOUT …\"", "array of 2", for messages; long texts are cut.
std::string describe(const Reply& reply);

}  // namespace harness
