// The ring in a browser, on the port that clients use: http://ADDRESS/ is a page that shows, live, which ranges each
// node owns and how many keys it holds.
#pragma once

#include <string>

#include "node/coordinator/ring_view.h"

namespace node {

// "GET /pie HTTP/1.1", as an inline request. Whoever sends it is no client of ours but a browser.
bool is_http(const Words& words);

// The whole HTTP response; the connection closes after it. Paths: / and /pie, /pie.svg, /pie.json.
std::string http_response(const RingView& view, const Words& request_line);

}  // namespace node
