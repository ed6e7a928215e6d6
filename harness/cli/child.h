// Programs that a benchmark runs beside this one, each to its end or until it is killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace harness {

struct Finished {
  int exit_code = 0;  // 128 + the signal, if one ended it
  std::string output;
  std::chrono::steady_clock::time_point began;  // just before it was started
};
// Runs argv (argv[0] is searched on PATH) and collects its standard output; standard error goes to `errors`. Where a
// Signals is alive, a signal to us ends the program too, and is the error.
tl::expected<Finished, std::string> run_program(const std::vector<std::string>& argv,
                                                const std::filesystem::path& errors);

// A server in the background: killed when this object ends, or this process.
class Server {
 public:
  static tl::expected<Server, std::string> start(const std::vector<std::string>& argv,
                                                 const std::filesystem::path& log);
  Server(Server&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Server& operator=(Server&&) = delete;
  ~Server();
  pid_t pid() const { return pid_; }

 private:
  explicit Server(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

// A port of 127.0.0.1 that nobody listened on a moment ago.
tl::expected<int, std::string> free_port();

// Waits until somebody listens there.
bool wait_for_port(int port, std::chrono::milliseconds limit);

}  // namespace harness
