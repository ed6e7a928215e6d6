// Which format a file has, and its text.
#include <fmt/format.h>

#include <algorithm>
#include <istream>

#include "checkers/formats/history_builder.h"

namespace checkers {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // some editors put it before UTF-8; it says nothing
constexpr std::string_view kGzip = "\x1F\x8B";
constexpr size_t kHead = size_t{64} << 10;

using Reader = tl::expected<History, ReadError> (*)(TextInput&, const Reading&);

// JSON opens an object with a quoted name, EDN with a keyword.
bool looks_like_json(std::string_view head) {
  const size_t brace = head.find_first_not_of(kSpace);
  if (brace == std::string_view::npos || head[brace] != '{') return false;
  const size_t name = head.find_first_not_of(kSpace, brace + 1);
  return name != std::string_view::npos && (head[name] == '"' || head[name] == '}');
}

// A map, a vector of maps, a tag, a comment.
bool looks_like_edn(std::string_view head) {
  const size_t start = head.find_first_not_of(kSpace);
  return start != std::string_view::npos && std::string_view("{[(#;^").find(head[start]) != std::string_view::npos;
}

struct Known {
  HistoryFormat format;
  bool (*looks_like)(std::string_view head);  // null: one of the others does
  Reader read;
};

const Known kKnown[] = {
    {{"jsonl", "history.jsonl of this harness, or any JSON object a line with type, process, f and value"},
     looks_like_json,
     read_json_lines},
    {{"jepsen-log", "lines of Jepsen's log or history.txt: PROCESS :TYPE :F VALUE"}, looks_like_log, read_log},
    {{"edn", "operation maps in Jepsen's EDN"}, looks_like_edn, read_edn},
    {{"kv", "such maps with :key in each, as Porcupine's tests of key-value stores"}, nullptr, read_edn},
};

}  // namespace

std::string to_string(const ReadError& error, std::string_view file) {
  return fmt::format("{}:{}:{}: {}", file, error.line, error.column, error.reason);
}

const std::vector<HistoryFormat>& history_formats() {
  static const std::vector<HistoryFormat> formats = [] {
    std::vector<HistoryFormat> list;
    for (const Known& known : kKnown) list.push_back(known.format);
    return list;
  }();
  return formats;
}

tl::expected<History, ReadError> read_history(std::istream& in, const Reading& how) {
  TextInput text(in);
  const std::string_view head = text.head();
  if (head.find_first_not_of(kSpace) == std::string_view::npos)
    return tl::unexpected(ReadError{1, 1, "expected a history, found nothing"});
  if (head.starts_with(kGzip)) {
    constexpr const char* kHow = "this is packed by gzip: give it unpacked, as in zcat FILE | harness check -";
    return tl::unexpected(ReadError{1, 1, kHow});
  }
  for (const Known& known : kKnown) {
    const bool wanted =
        how.format.empty() ? known.looks_like != nullptr && known.looks_like(head) : known.format.name == how.format;
    if (wanted) return known.read(text, how);
  }
  return tl::unexpected(ReadError{
      1, 1, how.format.empty() ? "expected JSON lines, EDN or Jepsen's log" : "unknown format " + how.format});
}

void TextInput::fill(size_t bytes) {
  while (held_.size() < bytes && in_) {
    const size_t before = held_.size();
    held_.resize(bytes);
    in_.read(held_.data() + before, static_cast<std::streamsize>(bytes - before));
    held_.resize(before + static_cast<size_t>(in_.gcount()));
  }
  if (!begun_ && held_.starts_with(kByteOrderMark)) held_.erase(0, kByteOrderMark.size());
  begun_ = true;
}

// Blank beginnings are no more than that: what comes first after them decides.
std::string_view TextInput::head() {
  for (size_t bytes = kHead; in_ && held_.find_first_not_of(kSpace) == std::string::npos; bytes *= 2) fill(bytes);
  return held_;
}

size_t TextInput::size() {
  if (!in_) return 0;
  const auto here = in_.tellg();
  if (here < 0) {
    in_.clear();
    return 0;
  }
  in_.seekg(0, std::ios::end);
  const auto end = in_.tellg();
  in_.clear();
  in_.seekg(here);
  return end < here ? 0 : held_.size() + static_cast<size_t>(end - here);
}

bool TextInput::next(std::string& block) {
  size_t bytes = kBlock, newline = std::string::npos;
  for (;; bytes *= 2) {  // a line may be longer than a block: a dump of a whole node
    fill(bytes);
    newline = held_.rfind('\n');
    if (newline != std::string::npos || !in_) break;
  }
  const size_t length = in_ ? newline + 1 : held_.size();
  block.assign(held_, 0, length);
  held_.erase(0, length);
  return !block.empty();
}

}  // namespace checkers
