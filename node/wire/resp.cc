#include "node/wire/resp.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace node::resp {

namespace {

// Redis' own bounds: beyond them a number is no request but noise, and waiting for that many bytes would be for ever.
constexpr int64_t kMostWords = 1 << 20;
constexpr int64_t kMostWordBytes = int64_t{512} << 20;
// `*`, a sign, 19 digits and the line end fit; a longer header is noise.
constexpr size_t kMaxHeaderBytes = 32;
// A word announces its length before its bytes arrive; more than this is allocated only as they do.
constexpr size_t kTrustedReserveBytes = 64u << 10;
constexpr size_t kKeptBufferBytes = 16u << 10;

void number_line(std::string& out, char type, int64_t value) {
  char line[32] = {type};
  char* end = std::to_chars(line + 1, line + sizeof line, value).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line, static_cast<size_t>(end - line));
}

void text_line(std::string& out, char type, std::string_view text) {
  out += type;
  const size_t start = out.size();
  out += text;
  std::replace_if(
      out.begin() + start, out.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  out += kLineEnd;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Takes the inside of a double-quoted word, up to its closing quote; false if there is none.
bool take_double_quoted(std::string_view line, size_t& i, std::string& word) {
  for (; i < line.size(); ++i) {
    char c = line[i];
    if (c == '"') return ++i, true;
    if (c == '\\' && i + 3 < line.size() && line[i + 1] == 'x' && hex_digit(line[i + 2]) >= 0 &&
        hex_digit(line[i + 3]) >= 0) {
      word += static_cast<char>(hex_digit(line[i + 2]) * 16 + hex_digit(line[i + 3]));
      i += 3;
      continue;
    }
    if (c == '\\' && i + 1 < line.size()) {
      c = line[++i];
      constexpr std::string_view kLetters = "nrtba", kMeanings = "\n\r\t\b\a";
      const size_t letter = kLetters.find(c);
      if (letter != std::string_view::npos) c = kMeanings[letter];
    }
    word += c;
  }
  return false;
}

bool take_single_quoted(std::string_view line, size_t& i, std::string& word) {
  for (; i < line.size(); ++i) {
    if (line[i] == '\'') return ++i, true;
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '\'') ++i;
    word += line[i];
  }
  return false;
}

// Takes a whole header line of this type; nothing: it is none, or not all of it is there.
std::optional<size_t> take_header(std::string_view& bytes, char type) {
  if (bytes.empty() || bytes.front() != type) return std::nullopt;
  constexpr size_t kFewDigits = 9;  // more is for those who look closely
  size_t number = 0;
  size_t at = 1;
  for (; at < std::min(bytes.size(), kFewDigits + 1) && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
    number = number * 10 + static_cast<size_t>(bytes[at] - '0');
  }
  if (at == 1 || at + 2 > bytes.size() || bytes[at] != '\r' || bytes[at + 1] != '\n') return std::nullopt;
  bytes.remove_prefix(at + 2);
  return number;
}

// As redis-cli and Redis split a line; nothing if a quote is not closed, or its word goes on behind it.
std::optional<std::vector<std::string>> split_line(std::string_view line) {
  std::vector<std::string> words;
  size_t i = 0;
  while (true) {
    while (i < line.size() && is_space(line[i])) ++i;
    if (i == line.size()) return words;
    std::string word;
    while (i < line.size() && !is_space(line[i])) {
      const char c = line[i++];
      if (c != '"' && c != '\'') {
        word += c;
        continue;
      }
      const bool closed = c == '"' ? take_double_quoted(line, i, word) : take_single_quoted(line, i, word);
      if (!closed || (i < line.size() && !is_space(line[i]))) return std::nullopt;
    }
    words.push_back(std::move(word));
  }
}

std::string printable(char c) {
  if (c >= 0x20 && c < 0x7f) return std::string("'") + c + "'";
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("byte 0x") + kHex[byte >> 4] + kHex[byte & 15];
}

}  // namespace

void status(std::string& out, std::string_view text) { text_line(out, '+', text); }
void error(std::string& out, std::string_view text) { text_line(out, '-', text); }
void integer(std::string& out, int64_t value) { number_line(out, ':', value); }
void null(std::string& out) { out += "$-1\r\n"; }
void array(std::string& out, size_t elements) { number_line(out, '*', static_cast<int64_t>(elements)); }

void bulk_head(std::string& out, size_t bytes) { number_line(out, '$', static_cast<int64_t>(bytes)); }

void bulk(std::string& out, std::string_view bytes) {
  bulk_head(out, bytes.size());
  out += bytes;
  out += kLineEnd;
}

void words(std::string& out, const std::vector<std::string>& words) {
  array(out, words.size());
  for (const std::string& word : words) bulk(out, word);
}

RespReader::RespReader(Limits limits) : limits_(limits) {}

void RespReader::feed(std::string_view bytes) {
  if (state_ == State::kBroken) return;
  if (position_ > 0) buffer_.erase(0, position_);
  position_ = 0;
  // The bulk of a large word goes straight to where it belongs.
  if (buffer_.empty() && state_ == State::kBody) bytes.remove_prefix(take_body(bytes));
  buffer_ += bytes;
}

RespReader::Result RespReader::next(std::vector<std::string>& words, std::string& error) {
  Step step = Step::kGoOn;
  while (step == Step::kGoOn) {
    switch (state_) {
      case State::kStart:
        step = read_start();
        break;
      case State::kLength:
        step = read_length();
        break;
      case State::kBody:
        step = read_body();
        break;
      case State::kBroken:
        step = stop(Result::kBroken);
        break;
    }
  }
  if (result_ == Result::kRequest) {
    words.swap(words_);  // and keep its memory for the next one
    words_.clear();
  }
  if (result_ == Result::kTooBig) error = std::move(error_), error_ = {};
  if (result_ == Result::kBroken) error = error_;
  if (available() == 0) {
    buffer_.clear();
    position_ = 0;
    if (buffer_.capacity() > kKeptBufferBytes) buffer_ = std::string();
  }
  return result_;
}

bool RespReader::pass_over(bool (*unwanted)(std::string_view first_word)) {
  if (state_ != State::kStart) return false;
  std::string_view rest = std::string_view(buffer_).substr(position_);
  const std::optional<size_t> words = take_header(rest, '*');
  if (!words || *words == 0 || *words > limits_.max_words) return false;
  for (size_t i = 0; i < *words; ++i) {
    const std::optional<size_t> length = take_header(rest, '$');
    if (!length || *length > limits_.max_word_bytes || rest.substr(std::min(*length, rest.size()), 2) != "\r\n") {
      return false;
    }
    if (i == 0 && !unwanted(rest.substr(0, *length))) return false;
    rest.remove_prefix(*length + 2);
  }
  position_ = buffer_.size() - rest.size();
  return true;
}

RespReader::Step RespReader::stop(Result result) {
  result_ = result;
  return Step::kStop;
}

RespReader::Step RespReader::broken(std::string why) {
  error_ = std::move(why);
  state_ = State::kBroken;
  buffer_ = std::string();
  position_ = scanned_ = 0;
  words_ = {};
  return stop(Result::kBroken);
}

void RespReader::refuse(std::string why) {
  if (refusal_.empty()) refusal_ = std::move(why);
  words_ = {};
}

RespReader::Step RespReader::read_start() {
  if (available() == 0) return stop(Result::kMore);
  if (buffer_[position_] != '*') return read_inline();
  int64_t count = 0;
  if (read_header("array length", count) == Step::kStop) return Step::kStop;
  if (count > kMostWords) {
    return broken("array of " + std::to_string(count) + " words, more than " + std::to_string(kMostWords));
  }
  if (count <= 0) return Step::kGoOn;
  words_left_ = count;
  request_bytes_ = 0;
  if (static_cast<size_t>(count) > limits_.max_words) {
    refuse("request of " + std::to_string(count) + " words exceeds " + std::to_string(limits_.max_words));
  } else {
    words_.reserve(std::min<size_t>(count, 64));
  }
  state_ = State::kLength;
  return Step::kGoOn;
}

RespReader::Step RespReader::read_length() {
  if (available() == 0) return stop(Result::kMore);
  if (buffer_[position_] != '$') return broken("expected '$', got " + printable(buffer_[position_]));
  int64_t length = 0;
  if (read_header("word length", length) == Step::kStop) return Step::kStop;
  if (length < 0) return broken("word length " + std::to_string(length) + " is negative");
  if (length > kMostWordBytes) {
    return broken("word of " + std::to_string(length) + " bytes, more than " + std::to_string(kMostWordBytes));
  }
  body_left_ = static_cast<size_t>(length);
  request_bytes_ += body_left_;
  if (body_left_ > limits_.max_word_bytes) {
    refuse("word of " + std::to_string(length) + " bytes exceeds " + std::to_string(limits_.max_word_bytes));
  } else if (request_bytes_ > limits_.max_request_bytes) {
    refuse("request of " + std::to_string(request_bytes_) + " bytes or more exceeds " +
           std::to_string(limits_.max_request_bytes));
  } else if (refusal_.empty() && body_left_ <= available()) {  // nearly always
    words_.emplace_back(buffer_, position_, body_left_);
    position_ += std::exchange(body_left_, 0);
  } else if (refusal_.empty()) {
    words_.emplace_back().reserve(std::min(body_left_, kTrustedReserveBytes));
  }
  state_ = State::kBody;
  return Step::kGoOn;
}

RespReader::Step RespReader::read_body() {
  if (body_left_ > 0) position_ += take_body(std::string_view(buffer_).substr(position_));
  if (body_left_ > 0 || available() < 2) return stop(Result::kMore);
  if (buffer_[position_] != '\r' || buffer_[position_ + 1] != '\n') {
    return broken("a word is longer than its length says");
  }
  position_ += 2;
  if (--words_left_ > 0) {
    state_ = State::kLength;
    return Step::kGoOn;
  }
  return finish_request();
}

size_t RespReader::take_body(std::string_view bytes) {
  const size_t taken = std::min(body_left_, bytes.size());
  if (refusal_.empty()) words_.back() += bytes.substr(0, taken);
  body_left_ -= taken;
  return taken;
}

RespReader::Step RespReader::finish_request() {
  state_ = State::kStart;
  if (refusal_.empty()) return stop(Result::kRequest);
  error_ = std::move(refusal_);
  refusal_.clear();
  return stop(Result::kTooBig);
}

RespReader::Step RespReader::read_header(const char* what, int64_t& number) {
  std::string_view rest = std::string_view(buffer_).substr(position_);
  if (const std::optional<size_t> plain = take_header(rest, rest.front())) {  // nearly always
    number = static_cast<int64_t>(*plain);
    position_ = buffer_.size() - rest.size();
    return Step::kGoOn;
  }
  const std::string_view line = std::string_view(buffer_).substr(position_, kMaxHeaderBytes);
  const size_t end = line.find('\n');
  if (end == std::string_view::npos) {
    if (line.size() < kMaxHeaderBytes) return stop(Result::kMore);
    return broken(std::string(what) + " does not end within " + std::to_string(kMaxHeaderBytes) + " bytes");
  }
  const char* first = line.data() + 1;
  const char* last = line.data() + end - 1;
  if (end < 2 || *last != '\r') return broken(std::string(what) + " does not end in CR LF");
  const auto parsed = std::from_chars(first, last, number);
  if (parsed.ec != std::errc() || parsed.ptr != last) return broken(std::string(what) + " is not a number");
  position_ += end + 1;
  return Step::kGoOn;
}

RespReader::Step RespReader::read_inline() {
  const std::string_view rest = std::string_view(buffer_).substr(position_, limits_.max_inline_bytes);
  const size_t end = rest.find('\n', scanned_);
  if (end == std::string_view::npos) {
    scanned_ = rest.size();
    if (rest.size() < limits_.max_inline_bytes) return stop(Result::kMore);
    return broken("a line of more than " + std::to_string(limits_.max_inline_bytes) + " bytes");
  }
  std::optional<std::vector<std::string>> words = split_line(rest.substr(0, end));
  if (!words) return broken("unbalanced quotes in request");
  position_ += end + 1;
  scanned_ = 0;
  if (words->empty()) return Step::kGoOn;
  if (words->size() > limits_.max_words) {
    refuse("request of " + std::to_string(words->size()) + " words exceeds " + std::to_string(limits_.max_words));
  } else {
    words_ = std::move(*words);
  }
  return finish_request();
}

}  // namespace node::resp
