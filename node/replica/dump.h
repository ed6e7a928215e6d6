// What a node holds, as JSON lines for people and judges (docs/history.md). Looking changes nothing.
#pragma once

#include <string>
#include <vector>

#include "node/replica/replica.h"

namespace node {

std::string record_json(const std::string& key, const Record& record, const std::string& home);

struct DumpPage {
  std::string next;  // cursor of the next page; "0" when this was the last
  std::vector<std::string> lines;
};
// `cursor`: "0", or what the page before returned. Empty optional: not a cursor of ours.
bool dump_page(const Replica& replica, const std::string& cursor, size_t limit, DumpPage& page);

}  // namespace node
