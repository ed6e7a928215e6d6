#include "harness/systems/attempts.h"

namespace harness {

using checkers::EventType;

std::optional<EventType> Attempts::not_sent(const std::string& why) {
  note(why);
  if (another()) return std::nullopt;
  return ended();
}

std::optional<EventType> Attempts::unanswered(const std::string& why) {
  note(why);
  may_have_happened_ = may_have_happened_ || rules_.writes;
  if (rules_.repeatable && another()) return std::nullopt;
  return ended();
}

std::optional<EventType> Attempts::refused(const std::string& why, bool another_may_accept) {
  note(why);
  // Worth another attempt only where an earlier one left it open: a plain refusal is an answer.
  if (may_have_happened_ && another_may_accept && rules_.repeatable && another()) return std::nullopt;
  return ended();
}

EventType Attempts::given_up(const std::string& why, bool under_way) {
  note(why);
  may_have_happened_ = may_have_happened_ || (rules_.writes && under_way);
  return ended();
}

void Attempts::note(const std::string& why) { error_ += error_.empty() ? why : "; then: " + why; }

bool Attempts::another() {
  if (made_ >= rules_.most) return false;
  ++made_;
  return true;
}

EventType Attempts::ended() const { return may_have_happened_ ? EventType::kInfo : EventType::kFail; }

}  // namespace harness
