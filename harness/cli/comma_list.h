// Flags that take several names: "partition,kill".
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace harness {

// Its words, in order; empty ones do not count.
inline std::vector<std::string> comma_list(const std::string& flag) {
  std::vector<std::string> words;
  std::istringstream in(flag);
  for (std::string word; std::getline(in, word, ',');) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

}  // namespace harness
