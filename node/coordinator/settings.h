// A node's settings by name, as CONFIG GET shows them: the names are those of dynamo-node's flags.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/options.h"

namespace node {

// Every field of Options; times in milliseconds.
std::vector<std::pair<std::string, std::string>> settings(const Options& options);

// Does the whole text fit? `*` is any run of characters, `?` any one. Case is ignored.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace node
