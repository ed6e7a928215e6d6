// What a change of members costs as clusters grow.
#pragma once

namespace harness {

class Terminal;
void bench_scale(Terminal& terminal);

}  // namespace harness
