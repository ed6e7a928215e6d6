// What a pure core may well use, and functions of its own whose names only look like the system's.
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace planted {

class Reader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}
  char read(size_t at) const { return bytes_.at(at); }
  void write(char byte) { bytes_.push_back(byte); }
  static long time(std::chrono::nanoseconds since) { return since.count(); }

 private:
  std::string bytes_;
};

std::string everyday(const std::vector<std::string>& words) {
  static const std::string kSeparator = ", ";
  std::map<std::string, int> counts;
  for (const std::string& word : words) ++counts[word];
  std::ostringstream out;
  for (const auto& [word, count] : counts) out << word << '=' << count << kSeparator;
  const auto shared = std::make_shared<Reader>(out.str());
  const std::function<char(size_t)> read = [shared](size_t at) { return shared->read(at); };
  char number[32];
  std::snprintf(number, sizeof number, "%ld%c", Reader::time(std::chrono::seconds(1)), read(0));
  return number;
}

}  // namespace planted
