#include "node/runtime/door.h"

#include <algorithm>
#include <utility>

#include "node/base/error.h"
#include "node/wire/resp.h"

namespace node {

namespace {

constexpr double kPaceWindow = 0.1;  // seconds that it is an average of
constexpr double kTryMore = 1.1;

std::string busy_reply(Duration longest_wait) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(longest_wait).count();
  std::string resp;
  resp::error(resp, to_line(Error{Error::Kind::kBusy,
                                  "more requests wait than can have their turn within " + std::to_string(ms) + " ms"}));
  return resp;
}

}  // namespace

Door::Door(Duration longest_wait) : wait_(longest_wait / 2), reply_(busy_reply(longest_wait)) {}

size_t Door::turned(Instant now, size_t served, size_t waiting, Instant first_came) {
  const size_t refused = std::exchange(refused_, 0);
  if (wait_ == Duration{0}) return refused;
  const double passed = std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  // What was served tells what the node can do; where there was not always somebody to serve, it could do more.
  const bool dry = std::exchange(waited_before_, waiting) == 0 || waiting == 0;
  const double pace = passed > 0 ? static_cast<double>(served) / passed : 0;
  if (!dry || pace > pace_) pace_ += (pace - pace_) * std::min(1.0, passed / kPaceWindow);
  if (dry && refused > 0) pace_ *= kTryMore;
  const Duration waited = waiting > 0 ? now - first_came : Duration{0};
  const bool slow = waited >= wait_;
  if (!slow) {
    slow_since_.reset();
  } else if (!slow_since_) {
    slow_since_ = now;
  }
  if (refused > 0 || (waited >= 2 * wait_ && now - *slow_since_ >= kStanding)) pressed_ = now;
  if (pressed_ && now - *pressed_ >= kCalm) pressed_.reset();
  const double room = pace_ * std::chrono::duration<double>(wait_).count();
  room_ = pressed_ ? std::max<size_t>(1, static_cast<size_t>(room)) : SIZE_MAX;
  return refused;
}

}  // namespace node
