// Single values: JSON and EDN side by side. The first byte chooses.
#include "checkers/formats/edn.h"
#include "checkers/formats/json.h"
#include "checkers/utf8.h"
#include "tests/fuzz/history_rules.h"

namespace {

using checkers::Value;

void json(const std::string& text) {
  checkers::JsonReader reader(text);
  Value value;
  if (!reader.read(value) || !reader.end()) {
    fuzz::require(!reader.reason().empty() && reader.column() >= 1, "an error says where and why", text);
    return;
  }
  const std::string written = to_json(value);
  Value again;
  checkers::JsonReader second(written);
  fuzz::require(second.read(again) && second.end(), "what was written cannot be read", written);
  fuzz::require(again == value && to_json(again) == written, "it changed", written);
}

void edn(const std::string& text) {
  if (checkers::find_no_utf8(text) != std::string::npos) return;  // the readers of files refuse it before
  auto value = checkers::EdnReader(text).read();
  if (!value) return;
  std::string written;
  append_edn(written, *value);
  if (written.find("NaN") != std::string::npos) return;  // equals nothing, not even itself
  auto again = checkers::EdnReader(written).read();
  fuzz::require(again.has_value(), "what was written cannot be read", written);
  std::string rewritten;
  append_edn(rewritten, *again);
  fuzz::require(rewritten == written, "it changed", written + "\n" + rewritten);
  fuzz::require(*again == *value, "it is no longer equal", written);
  fuzz::require(canonical_text(*again) == canonical_text(*value), "its canonical text changed", written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  data[0] == 'j' ? json(text) : edn(text);
  return 0;
}
