// Runs the built programs as a person at a terminal would, and looks at what they leave behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace system_test {

struct Ended {
  int exit_code = -1;  // -1: ended by a signal, or by us because the time was up
  std::string output;  // standard output
  std::string errors;  // standard error
};

enum class User { kSame, kOrdinary };  // kOrdinary: "nobody" if we are root

// A folder that goes with the object, with copies of the programs in it, so that any user can run them.
class Workshop {
 public:
  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  std::filesystem::path path() const { return path_; }
  std::filesystem::path harness() const { return path_ / "bin" / "harness"; }
  std::filesystem::path node() const { return path_ / "bin" / "dynamo-node"; }
  std::filesystem::path store() const { return path_ / "store"; }

  // `harness` with these arguments, in this folder.
  Ended run(const std::vector<std::string>& arguments, User user = User::kSame) const;
  // Processes of this machine whose command line names this folder.
  std::vector<pid_t> processes() const;

 private:
  std::filesystem::path path_;
};

// A program in the background; ended with SIGKILL, and waited for, when the object goes.
class Background {
 public:
  Background(const std::vector<std::string>& command, const std::filesystem::path& folder);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Reads standard output and error until they contain the text; what came so far, or empty when the time is up.
  std::string await_output(const std::string& text, std::chrono::seconds limit);
  // Its exit code, or -1.
  int await_end(std::chrono::seconds limit);

 private:
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
};

Ended run_program(const std::vector<std::string>& command, const std::filesystem::path& folder, User user = User::kSame,
                  std::chrono::seconds limit = std::chrono::seconds(150));

bool await(const std::function<bool()>& condition, std::chrono::milliseconds limit);

}  // namespace system_test
