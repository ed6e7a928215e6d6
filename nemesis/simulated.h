// Draws of the faults that only a simulated world can have.
#pragma once

#include <vector>

#include "nemesis/track.h"

namespace nemesis {

// Each strike ends what it began. `blocked`: when it may not strike; `busy`: when which nodes are down or paused.
std::vector<FaultEvent> draw_bad_networks(const Settings& settings, const std::vector<Span>& blocked);
std::vector<FaultEvent> draw_slow_links(const Settings& settings, const std::vector<Span>& blocked);
std::vector<FaultEvent> draw_clocks(const Settings& settings, const std::vector<Span>& blocked);
std::vector<FaultEvent> draw_disks(const Settings& settings, const std::vector<Strike>& busy,
                                   const std::vector<Span>& blocked);

}  // namespace nemesis
