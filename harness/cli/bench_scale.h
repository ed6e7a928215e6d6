// What gossip and a change of members cost as clusters grow.
#pragma once

namespace harness {

class Terminal;
void bench_gossip(Terminal& terminal);
void bench_scale(Terminal& terminal);

}  // namespace harness
