#include "checkers/history_file.h"

#include <fmt/format.h>

#include <istream>
#include <iterator>

#include "checkers/history_builder.h"

namespace checkers {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// JSON opens an object with a quoted name, EDN with a keyword; EDN files may also begin with a comment or a vector.
bool looks_like_json(std::string_view line) {
  const size_t brace = line.find_first_not_of(kSpace);
  if (line[brace] != '{') return false;
  const size_t name = line.find_first_not_of(kSpace, brace + 1);
  return name != std::string_view::npos && (line[name] == '"' || line[name] == '}');
}

}  // namespace

std::string to_string(const ReadError& error, std::string_view file) {
  return fmt::format("{}:{}:{}: {}", file, error.line, error.column, error.reason);
}

tl::expected<History, ReadError> read_history(std::istream& in) {
  std::string skipped;  // blank lines: EDN positions count from the first byte
  std::string line;
  int64_t number = 0;
  while (std::getline(in, line)) {
    ++number;
    if (line.find_first_not_of(kSpace) == std::string::npos) {
      skipped += line + '\n';
      continue;
    }
    if (looks_like_json(line)) return read_json_lines(std::move(line), number, in);
    std::string text = skipped + line + '\n';
    text.append(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    return read_edn(text);
  }
  return tl::unexpected(ReadError{1, 1, "expected a history, found nothing"});
}

}  // namespace checkers
