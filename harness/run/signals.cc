#include "harness/run/signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <atomic>

#include "checkers/verdict.h"

namespace harness {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "it is set in a signal handler");

struct sigaction before[std::size(kSignals)];
struct sigaction before_pipe;

void handle(int signal) {
  int none = 0;
  if (first_signal.compare_exchange_strong(none, signal)) return;
  static const char kText[] = "\nharness: ended at the second signal; nothing was judged\n";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, kText, sizeof kText - 1);
  _exit(2);  // unknown
}

}  // namespace

Signals::Signals() {
  first_signal = 0;
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &before[i]);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before_pipe);
}

Signals::~Signals() {
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before[i], nullptr);
  sigaction(SIGPIPE, &before_pipe, nullptr);
}

bool Signals::interrupted() { return first_signal != 0; }

std::string Signals::name() {
  int signal = first_signal;
  if (signal == 0) return "";
  const char* abbreviation = sigabbrev_np(signal);
  return abbreviation == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + abbreviation;
}

}  // namespace harness
