// Replies written by hand, as short as on paper.
#pragma once

#include <string>
#include <vector>

#include "harness/systems/system.h"

namespace harness {

Reply text(std::string value);
Reply status(std::string value);
Reply error(std::string value);
Reply integer(int64_t value);
Reply null();
Reply array(std::vector<Reply> elements);

// `reply` as a node sends it with META ON: from n2, R=2, W=2, sloppy, held by n2 and n3 and by n4 as a hint for n1.
Reply from_n2(Reply reply);

}  // namespace harness
