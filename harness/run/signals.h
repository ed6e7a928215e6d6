// Ctrl-C, `kill`, and a closed terminal. The first signal asks the run to end: heal, stop, say what was seen. The
// second ends this process at once; the warden of the hosts sees that and ends with every node
// (harness/hosts/warden.h).
#pragma once

#include <string>

namespace harness {

// While one is alive SIGINT, SIGTERM and SIGHUP are ours, and SIGPIPE is ignored. One at a time.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  static bool interrupted();
  static std::string name();  // of the signal that came first: "SIGINT"; empty if none came
};

}  // namespace harness
