// Schedules: refused with a reason, or written as a text that reads as the same schedule.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nemesis/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto schedule = nemesis::parse_schedule({reinterpret_cast<const char*>(data), size});
  if (!schedule) {
    if (schedule.error().empty()) abort();
    return 0;
  }
  const std::string text = nemesis::to_text(*schedule);
  const auto again = nemesis::parse_schedule(text);
  if (!again || nemesis::to_text(*again) != text) abort();
  return 0;
}
