#include "harness/cli/commands.h"

int main(int argc, char** argv) {
  const auto began = harness::SteadyClock::now();
  return harness::harness_main(argc, argv, began);
}
