// Real hosts with a talking program in each (parrot.cc), and words to describe what happens to them.
//
// Making hosts changes the namespaces of the process for good, so every scenario runs in a child process of its own.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "harness/hosts/local_hosts.h"

namespace harness {
void PrintTo(LocalHosts::Way way, std::ostream* out);  // for the names of tests
}

namespace harness::hosts_test {

constexpr std::chrono::seconds kPatience{10};

// Runs `body` in a forked child; its failed assertions fail the test.
void in_child_process(const std::function<void()>& body);

// Waits, bounded, for what must become true.
bool eventually(const std::function<bool()>& condition);

// A directory that goes with the test.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// State letter of /proc/PID/stat: R, S, T …; '-' if there is no such process, or only its status is left for a parent
// to read.
char process_state(pid_t pid);

class Parrots {
 public:
  // Makes the hosts and starts a parrot on each; all of them answer when this returns.
  Parrots(LocalHosts::Way way, int count, const std::filesystem::path& directory);

  LocalHosts& hosts() { return *hosts_; }
  const Host& host(const std::string& name) const;
  std::vector<std::string> command_of(const Host& host) const;

  // Sends a request from this process; empty if no answer comes within `patience`.
  std::string ask(const std::string& name, const std::string& request, std::chrono::milliseconds patience = kPatience);
  bool answers(const std::string& name) { return ask(name, "hello") == "hello from " + name; }

  // `from` sends the datagram `word` to `to`; returns when it was sent.
  void tell(const std::string& from, const std::string& to, const std::string& word);
  bool eventually_heard(const std::string& name, const std::string& words);

 private:
  std::unique_ptr<LocalHosts> hosts_;
};

// Scenarios run in both kinds of namespaces, where this user may make them.
std::vector<LocalHosts::Way> ways_with_namespaces();
std::string name_of_way(const testing::TestParamInfo<LocalHosts::Way>& info);

}  // namespace harness::hosts_test
