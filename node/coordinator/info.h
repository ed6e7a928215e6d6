// What INFO tells: sections of `name:value` lines, in Redis' form, so that its dashboards read them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "node/replica/replica.h"

namespace node {

using Stats = std::vector<std::pair<std::string, uint64_t>>;

// One section, or with "", "all", "default" or "everything" all of them. An unknown one gives nothing, as in Redis.
std::string info(const Replica& replica, const Stats& stats, const std::string& section, Instant now);

}  // namespace node
