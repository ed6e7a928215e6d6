// A helper program (ip, iptables-restore) run to its end with a text as its input. Started and finished apart, so that
// several run at once.
#pragma once

#include <sys/types.h>

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/hosts/posix.h"

namespace harness {

// Full path of a program out of PATH, or out of /usr/sbin and /sbin, which ordinary users lack in theirs; or empty.
std::string find_program(const std::string& name);

class Command {
 public:
  struct Options {
    std::vector<std::string> argv;        // argv[0] is a path
    std::string input = {};               // its standard input
    int network_namespace = -1;           // run there; -1: here
    std::vector<int> inherited_fds = {};  // which it shall have under the same numbers
  };
  static tl::expected<Command, std::string> start(const Options& options);

  // Waits for the end. What it wrote to standard output, or an error with its exit status and what it wrote.
  tl::expected<std::string, std::string> finish();

 private:
  std::string name_;
  pid_t pid_ = -1;
  Fd output_;
};

// start() and finish() in one.
tl::expected<std::string, std::string> run_command(const Command::Options& options);

}  // namespace harness
