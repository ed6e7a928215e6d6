// A fuzz target as an ordinary test, without libFuzzer: its seeds, and COUNT inputs that are seeds changed here and
// there. The changes depend on nothing but their number, so that a failure can be repeated:
//
//     fuzz_NAME SEEDS COUNT          all
//     fuzz_NAME SEEDS COUNT NUMBER   that change alone
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

uint64_t state = 0;
// splitmix64
uint64_t draw() {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
size_t below(size_t n) { return n == 0 ? 0 : static_cast<size_t>(draw() % n); }

// A part of `text`, mostly short.
std::pair<size_t, size_t> part(const std::string& text) {
  const size_t start = below(text.size());
  const size_t longest = below(4) == 0 ? text.size() : 16;
  return {start, std::min(text.size() - start, 1 + below(longest))};
}

void change(std::string& text, const std::vector<std::string>& seeds) {
  const auto [start, length] = part(text);
  switch (below(6)) {
    case 0:
      if (!text.empty()) text[start] = static_cast<char>(draw());
      break;
    case 1:
      text.erase(start, length);
      break;
    case 2:
      text.insert(start, text.substr(start, length));
      break;
    case 3: {
      const std::string& other = seeds[below(seeds.size())];
      const auto [other_start, other_length] = part(other);
      text.insert(start, other.substr(other_start, other_length));
      break;
    }
    case 4: {
      static const std::string kBytes("\0\xff\xc3\xed\x80{}[]()\"\\:,#\n\t 09-./eNM", 27);
      text.insert(start, 1, kBytes[below(kBytes.size())]);
      break;
    }
    default:
      text.resize(start);
  }
}

std::string doing;  // what a crash is blamed on
void blame(int signal) {
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, doing.data(), doing.size());
  ::signal(signal, SIG_DFL);
  raise(signal);
}

void feed(const std::string& input, std::string name) {
  doing = "the input was " + std::move(name) + "\n";
  // A copy of its own size on the heap, so that sanitizers see every step beyond it.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: %s SEEDS COUNT [NUMBER]\n", argv[0]);
    return 254;
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) signal(number, blame);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "%s: no seeds there\n", argv[1]);
    return 255;
  }
  const uint64_t count = std::strtoull(argv[2], nullptr, 10);
  const uint64_t first = argc == 4 ? std::strtoull(argv[3], nullptr, 10) : 0;
  if (argc == 3) {
    for (size_t i = 0; i < seeds.size(); ++i) feed(seeds[i], files[i].string());
  }
  for (uint64_t number = first; number < (argc == 4 ? first + 1 : count); ++number) {
    state = number;
    std::string input = seeds[below(seeds.size())];
    for (size_t changes = 1 + below(4); changes > 0; --changes) change(input, seeds);
    feed(input, "change " + std::to_string(number));
  }
  std::printf("%zu seeds, %llu changes\n", seeds.size(), static_cast<unsigned long long>(argc == 4 ? 1 : count));
  return 0;
}
