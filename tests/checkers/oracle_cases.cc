// One knob for all comparisons with brute force: ORACLE_CASES says how many cases each has, RapidCheck's properties
// (which print it themselves) as well as those of cases.h.
#include <cstdlib>
#include <string>

namespace {

const bool kHeeded = [] {
  const char* asked = std::getenv("ORACLE_CASES");
  return asked != nullptr && setenv("RC_PARAMS", ("max_success=" + std::string(asked)).c_str(), 1) == 0;
}();

}  // namespace
