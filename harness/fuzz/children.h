// Child processes of this one that each do some work and say lines about it. A run that ends its process (a broken
// assertion in a node) ends a child, and is seen as what it is.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace harness {

// The end of the pipe that a child writes to.
class Voice {
 public:
  explicit Voice(int fd) : fd_(fd) {}
  void say(const std::string& line) const;  // without '\n'

 private:
  int fd_;
};

class Children {
 public:
  Children() = default;
  ~Children();  // kills those that are left
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  // Forks a child that does `work` and ends; returns its number. The calling process must have one thread.
  size_t start(const std::function<void(const Voice&)>& work);

  struct News {
    size_t worker = 0;
    std::string line;  // said; empty: it has ended
    bool ended = false;
    int signal = 0;  // that ended it; 0: it came to its end
  };
  // What was said, or who ended, within `patience`; empty when nothing was.
  std::vector<News> listen(std::chrono::milliseconds patience);
  bool working() const;
  void kill_all();

 private:
  struct Child {
    pid_t pid = 0;
    int fd = -1;  // -1: it has ended
    std::string rest;
  };
  void hear(size_t worker, std::vector<News>& news);
  std::vector<Child> children_;
};

// "SIGABRT"
std::string signal_name(int signal);

}  // namespace harness
