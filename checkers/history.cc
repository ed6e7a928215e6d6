#include "checkers/history.h"

#include <algorithm>

namespace checkers {

std::string_view to_string(EventType type) {
  switch (type) {
    case EventType::kInvoke:
      return "invoke";
    case EventType::kOk:
      return "ok";
    case EventType::kFail:
      return "fail";
    case EventType::kInfo:
      break;
  }
  return "info";
}

bool TestInfo::has(std::string_view capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

std::optional<Nanos> History::phase_time(std::string_view name) const {
  for (const Phase& phase : phases) {
    if (phase.name == name) return phase.time;
  }
  return std::nullopt;
}

const Dump* History::dump(std::string_view node, std::string_view stage) const {
  for (auto dump = dumps.rbegin(); dump != dumps.rend(); ++dump) {
    if (dump->node == node && dump->stage == stage) return &*dump;
  }
  return nullptr;
}

}  // namespace checkers
