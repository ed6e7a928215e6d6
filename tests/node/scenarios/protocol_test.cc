// The examples of node/PROTOCOL.md, carried out.
#include <fstream>
#include <set>
#include <sstream>

#include "node/coordinator/catalogue.h"
#include "node/wire/command.h"
#include "node/wire/resp.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct Example {
  int node = 0;
  std::string request;
  std::string reply;
};

// Lines "    n1> SET k v", each followed by one with the reply.
std::vector<Example> examples() {
  std::ifstream file(SOURCE_ROOT "/node/PROTOCOL.md");
  std::vector<Example> list;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("    n", 0) != 0 || line.compare(6, 2, "> ") != 0) continue;
    Example example{line[5] - '1', line.substr(8), {}};
    std::getline(file, example.reply);
    example.reply.erase(0, 4);
    list.push_back(std::move(example));
  }
  return list;
}

constexpr const char* kAnything = "\u2026";  // …

// Every part between the ellipses occurs, in order; what is before the first begins the text.
bool fits(const std::string& pattern, const std::string& text) {
  size_t from = 0;
  for (size_t at = 0; at <= pattern.size();) {
    const size_t gap = std::min(pattern.find(kAnything, at), pattern.size());
    const std::string part = pattern.substr(at, gap - at);
    const size_t found = text.find(part, from);
    if (found == std::string::npos || (at == 0 && found != 0)) return false;
    from = found + part.size();
    if (gap == pattern.size())
      return part.empty() || from == text.size() || text.substr(text.size() - part.size()) == part;
    at = gap + std::string_view(kAnything).size();
  }
  return true;
}

Words words_of(const std::string& request) {
  resp::RespReader reader;
  reader.feed(request + "\r\n");
  Words words;
  std::string error;
  EXPECT_EQ(reader.next(words, error), resp::RespReader::Result::kRequest) << request << ": " << error;
  return words;
}

// Row O1: every command as a client types it.
TEST(Protocol, ItsExamplesAreTrue) {
  Cluster t({.nodes = 3});
  std::string token;  // of the last reply that began with one: what "CTX …" stands for
  for (const Example& example : examples()) {
    Words words = words_of(example.request);
    if (words.back() == kAnything) words.back() = token;
    const Answer answer = t.call(example.node, words);
    if (answer.kind == Answer::Kind::kArray && !answer.elements.empty()) token = answer.elements[0].text;
    std::ostringstream printed;
    printed << answer;
    EXPECT_TRUE(fits(example.reply, printed.str())) << "> " << example.request << "\n" << printed.str();
  }
}

TEST(Protocol, EveryCommandHasAnExample) {
  std::set<std::string> shown;
  for (const Example& example : examples()) shown.insert(to_upper(words_of(example.request)[0]));
  const Answer all = parse_answer(command_command({"COMMAND"}));
  ASSERT_GT(all.elements.size(), 30u);
  for (const Answer& command : all.elements) {
    const std::string name = to_upper(command.elements.at(0).text);
    if (name == "READWRITE") continue;  // as READONLY
    EXPECT_EQ(shown.count(name), 1u) << name;
  }
}

}  // namespace
}  // namespace node::sim
