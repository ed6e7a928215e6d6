// A node's log: few lines, on stderr, each with the time (UTC). A line says what a person would want to know who asks
// why the node did what it did; nothing is logged per request.
#pragma once

#include <string_view>

namespace node {

// "2031-05-06T07:08:09.123Z n1 ready on 10.0.0.1:7000". One write, so that lines of several processes do not mix.
void log_line(std::string_view name, std::string_view text);

}  // namespace node
