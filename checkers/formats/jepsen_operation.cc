#include "checkers/formats/jepsen_operation.h"

#include <fmt/format.h>

#include "checkers/formats/edn.h"
#include "checkers/formats/history_builder.h"

namespace checkers {
namespace {

std::string shown_as_edn(const Value& value) {
  std::string text;
  append_edn(text, value);
  return text;
}

}  // namespace

tl::expected<int64_t, std::string> jepsen_process(const Value& written) {
  if (written.is_int() && written.integer() >= 0) return written.integer();
  if (written.string() == "nemesis") return kNemesisProcess;
  return tl::unexpected(fmt::format(":process must be an integer from 0 or :nemesis, found {}", shown_as_edn(written)));
}

tl::expected<EventType, std::string> jepsen_type(const Value& written) {
  if (const auto type = event_type(written.string())) return *type;
  return tl::unexpected(fmt::format(":type must be :invoke, :ok, :fail or :info, found {}", shown_as_edn(written)));
}

std::string jepsen_f(const Value& written) { return written.is_string() ? written.string() : shown_as_edn(written); }

}  // namespace checkers
