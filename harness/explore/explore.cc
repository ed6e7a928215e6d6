#include "harness/explore/explore.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <deque>
#include <iterator>
#include <set>

#include "harness/explore/tiny_world.h"

namespace harness {

namespace {

using Path = std::vector<Choice>;

TinyWorld world_after(const ExploreSettings& settings, const Path& path) {
  TinyWorld world(settings);
  for (const Choice& choice : path) world.take(choice);
  return world;
}

void tell(const ExploreSettings& settings, const Path& path, Explored& explored) {
  TinyWorld world(settings);
  for (const Choice& choice : path) {
    explored.steps.push_back(world.describe(choice));
    explored.events += choice.kind == Choice::Kind::kOperation || choice.kind == Choice::Kind::kFault;
    world.take(choice);
  }
}

constexpr const char* kFaults[] = {"none", "crash", "lose-disk", "clock"};

}  // namespace

Explored explore(const ExploreSettings& settings) {
  Explored explored;
  std::set<uint64_t> seen;
  std::deque<Path> open = {Path()};
  seen.insert(TinyWorld(settings).fingerprint());
  // Breadth first. Nodes cannot be copied: each state is reached again from the beginning, by its path.
  for (; !open.empty(); open.pop_front()) {
    const Path& path = open.front();
    explored.depth = path.size();
    for (const Choice& choice : world_after(settings, path).choices()) {
      Path longer = path;
      longer.push_back(choice);
      TinyWorld world = world_after(settings, longer);
      if (!seen.insert(world.fingerprint()).second) continue;
      explored.violation = world.violation();
      explored.states = seen.size();
      if (!explored.violation.empty()) {
        explored.depth = longer.size();
        tell(settings, longer, explored);
        return explored;
      }
      if (seen.size() >= settings.most_states) return explored;
      open.push_back(std::move(longer));
    }
  }
  explored.complete = true;
  return explored;
}

tl::expected<TinyFault, std::string> parse_fault(const std::string& name) {
  for (size_t i = 0; i < std::size(kFaults); ++i) {
    if (name == kFaults[i]) return static_cast<TinyFault>(i);
  }
  return tl::unexpected(fmt::format("unknown fault \"{}\": there are {}", name, fmt::join(kFaults, ", ")));
}

tl::expected<void, std::string> validate(const ExploreSettings& settings) {
  const std::string& workload = settings.workload;
  if (workload != "counter" && workload != "register" && workload != "set" && workload != "cart") {
    return tl::unexpected(fmt::format("unknown workload \"{}\": there are counter, register, set, cart", workload));
  }
  for (const TinyStep& step : settings.script) {
    if (step.kind != TinyStep::Kind::kRetry || workload == "counter" || workload == "cart") continue;
    return tl::unexpected(fmt::format("a {} is written without an identity here: no write can be repeated", workload));
  }
  return {};
}

tl::expected<std::vector<TinyStep>, std::string> parse_script(const std::string& text, int nodes) {
  constexpr size_t kMostOperations = 4;
  std::vector<TinyStep> script;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    TinyStep step;
    if (text[i] == '=' && !script.empty()) {
      step.kind = TinyStep::Kind::kRetry;
    } else if (text[i] == 'r') {
      step.kind = TinyStep::Kind::kRead;
    } else if (text[i] != 'w') {
      return tl::unexpected(fmt::format("\"{}\": write w (a write), = (the same again) and r (a read)", text));
    }
    step.node = static_cast<int>(script.size()) % nodes;
    if (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') step.node = text[++i] - '1';
    if (step.node < 0 || step.node >= nodes) {
      return tl::unexpected(fmt::format("\"{}\": the nodes are 1 to {}", text, nodes));
    }
    script.push_back(step);
  }
  if (script.empty() || script.size() > kMostOperations) {
    return tl::unexpected(fmt::format("\"{}\": write one to four operations", text));
  }
  return script;
}

std::string to_text(const std::vector<TinyStep>& script) {
  std::string text;
  for (const TinyStep& step : script) {
    const char kind = step.kind == TinyStep::Kind::kWrite ? 'w' : step.kind == TinyStep::Kind::kRetry ? '=' : 'r';
    text += fmt::format("{}{}{}", text.empty() ? "" : " ", kind, step.node + 1);
  }
  return text;
}

const std::vector<ExploreSettings>& tiny_cases() {
  static const std::vector<ExploreSettings> cases = [] {
    struct Case {
      int nodes;
      const char* workload;
      const char* script;
      TinyFault fault;
    };
    const Case kCases[] = {
        {2, "counter", "w1", TinyFault::kNone},    {2, "register", "w1 r2 r1", TinyFault::kNone},
        {2, "cart", "w1 =2", TinyFault::kNone},    {2, "counter", "w1 =2", TinyFault::kNone},
        {2, "counter", "w1", TinyFault::kCrash},   {2, "register", "w1 w2", TinyFault::kClock},
        {3, "set", "w1 r3", TinyFault::kNone},     {2, "set", "w1 w1", TinyFault::kCrash},
        {2, "set", "w1 w1", TinyFault::kLoseDisk}, {2, "cart", "w1 =2 r1", TinyFault::kCrash},
    };
    std::vector<ExploreSettings> out;
    for (const Case& each : kCases) {
      out.push_back({each.workload, each.nodes, *parse_script(each.script, each.nodes), each.fault});
    }
    return out;
  }();
  return cases;
}

std::string_view why_not_shown(node::Bug bug) {
  using node::Bug;
  switch (bug) {
    case Bug::kNoAntiEntropy:
    case Bug::kSkipRange:
      return "replicas are compared by a timer";
    case Bug::kReapEarly:
      return "tombstones are reaped by a timer";
    case Bug::kForgetHints:
    case Bug::kMisdeliverHints:
      return "a hint is for a home that was silent for some time";
    case Bug::kStaleTable:
    case Bug::kJoinLosesRange:
      return "routing tables are new when members come or go";
    case Bug::kNone:
    case Bug::kAcknowledgeEarly:
    case Bug::kRepairWithFirstReply:
    case Bug::kDoubleIncrement:
    case Bug::kPersistLate:
    case Bug::kReuseActor:
    case Bug::kReuseRequestIds:
    case Bug::kShowEarly:
    case Bug::kClockDecides:
      break;
  }
  return "";
}

std::string to_text(const ExploreSettings& settings) {
  return fmt::format(
      "{} nodes, {}, {}{}", settings.nodes, settings.workload, to_text(settings.script),
      settings.fault == TinyFault::kNone ? "" : fmt::format(", {}", kFaults[static_cast<size_t>(settings.fault)]));
}

}  // namespace harness
