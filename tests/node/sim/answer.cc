#include "tests/node/sim/answer.h"

#include <charconv>
#include <ostream>

namespace node::sim {

namespace {

bool take_line(std::string_view& rest, std::string_view& line) {
  size_t end = rest.find("\r\n");
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return true;
}

bool take_number(std::string_view line, int64_t& number) {
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  return error == std::errc() && end == line.data() + line.size();
}

bool take(std::string_view& rest, Answer& answer);

bool take_bulk(std::string_view& rest, int64_t size, Answer& answer) {
  if (size < 0) {
    answer.kind = Answer::Kind::kNull;
    return size == -1;
  }
  auto bytes = static_cast<size_t>(size);
  if (rest.size() < bytes + 2 || rest.substr(bytes, 2) != "\r\n") return false;
  answer.kind = Answer::Kind::kBulk;
  answer.text = rest.substr(0, bytes);
  rest.remove_prefix(bytes + 2);
  return true;
}

bool take_array(std::string_view& rest, int64_t size, Answer& answer) {
  answer.kind = Answer::Kind::kArray;
  for (int64_t i = 0; i < size; ++i) {
    if (!take(rest, answer.elements.emplace_back())) return false;
  }
  return size >= 0;
}

bool take(std::string_view& rest, Answer& answer) {
  std::string_view line;
  if (!take_line(rest, line) || line.empty()) return false;
  char type = line.front();
  line.remove_prefix(1);
  int64_t number = 0;
  switch (type) {
    case '+':
    case '-':
      answer.kind = type == '+' ? Answer::Kind::kStatus : Answer::Kind::kError;
      answer.text = line;
      return true;
    case ':':
      answer.kind = Answer::Kind::kInteger;
      return take_number(line, answer.number);
    case '$':
      return take_number(line, number) && take_bulk(rest, number, answer);
    case '*':
      return take_number(line, number) && take_array(rest, number, answer);
    default:
      return false;
  }
}

}  // namespace

bool Answer::is(std::string_view prefix) const {
  return error() && text.compare(0, prefix.size(), prefix) == 0 && text.compare(prefix.size(), 1, " ") == 0;
}

std::vector<std::string> Answer::texts(size_t first) const {
  std::vector<std::string> texts;
  for (size_t i = first; i < elements.size(); ++i) texts.push_back(elements[i].text);
  return texts;
}

Answer parse_answer(std::string_view resp) {
  Answer answer;
  if (!take(resp, answer) || !resp.empty()) return {};
  return answer;
}

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::kNone:
      return out << "(no reply)";
    case Answer::Kind::kStatus:
      return out << answer.text;
    case Answer::Kind::kError:
      return out << "(error) " << answer.text;
    case Answer::Kind::kInteger:
      return out << "(integer) " << answer.number;
    case Answer::Kind::kBulk:
      return out << '"' << answer.text << '"';
    case Answer::Kind::kNull:
      return out << "(nil)";
    case Answer::Kind::kArray:
      out << '[';
      for (const Answer& element : answer.elements) out << (&element == &answer.elements[0] ? "" : ", ") << element;
      return out << ']';
  }
  return out;
}

}  // namespace node::sim
