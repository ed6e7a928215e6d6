#pragma once

namespace harness {

// Returns to the system what the allocator holds and nobody uses, so that this process is as large as what it keeps.
void give_back_free_memory();

}  // namespace harness
