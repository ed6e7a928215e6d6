// What holds for every text that a reader of histories may be given: it answers with an error that points somewhere, or
// with a history that can be written and read again without any change.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "checkers/history_file.h"

namespace fuzz {

inline void require(bool holds, const char* what, const std::string& seen) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n%s\n", what, seen.c_str());
  std::abort();
}

inline tl::expected<checkers::History, checkers::ReadError> read(const std::string& text, const std::string& format) {
  std::istringstream in(text);
  return checkers::read_history(in, {.format = format});
}

inline std::string as_edn(const checkers::History& history) {
  std::string text;
  for (const auto& event : history.events) text += checkers::to_edn(event, history.keys);
  return text;
}

inline std::string as_json_lines(const checkers::History& history) {
  std::string text;
  for (const auto& event : history.events) text += checkers::to_line(event);
  return text;
}

// Written and read once, a history has only what the format has words for; from then on it must stay as it is.
inline void stays(const std::string& text, const std::string& format,
                  std::string (*write)(const checkers::History& history)) {
  const auto once = read(text, format);
  require(once.has_value(), "what was written cannot be read", once ? "" : to_string(once.error(), text));
  const std::string again = write(*once);
  const auto twice = read(again, format);
  require(twice.has_value(), "what was written again cannot be read", twice ? "" : to_string(twice.error(), again));
  require(write(*twice) == again, "it changed", text + again + write(*twice));
}

inline void read_and_write_again(const uint8_t* data, size_t size, const std::string& format) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto history = read(text, format);
  if (!history) {
    require(history.error().line >= 1 && history.error().column >= 1 && !history.error().reason.empty(),
            "an error says where and why", to_string(history.error(), text));
    return;
  }
  if (history->events.empty()) return;
  stays(as_edn(*history), "edn", as_edn);
  require(as_edn(*read(as_edn(*history), "edn")) == as_edn(*history), "EDN changed at once", as_edn(*history));
  if (history->notes.empty())
    stays(as_json_lines(*history), "jsonl", as_json_lines);  // there time must not run backwards
}

}  // namespace fuzz
