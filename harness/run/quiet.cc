#include "harness/run/quiet.h"

#include <algorithm>

#include "checkers/verdict.h"

namespace harness {

using checkers::Dump;
using checkers::Record;

namespace {

// The first looks follow one another closely, for the time to converge is reported; the later ones leave a slow cluster
// its CPU.
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{1'000};

constexpr size_t kMostKeysNamed = 1'000;  // docs/history.md

bool same_record(const Record& a, const Record& b) {
  return a.key == b.key && a.home == b.home && a.context == b.context && a.versions == b.versions;
}

bool same_records(const std::vector<Record>& a, const std::vector<Record>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_record);
}

// What is on its way to a disk shows soon, in the next dump or after a power cycle. What is on its way to its homes can
// be all that there is of a key, and then nobody else has it to differ from.
bool settled(const std::vector<Dump>& dumps) {
  return std::all_of(dumps.begin(), dumps.end(),
                     [](const Dump& dump) { return dump.error.empty() && dump.unsynced == 0 && dump.strays == 0; });
}

// A hint is on its way home. What it holds may be superseded for all that the history shows, and be no difference; or
// it is news, and the reads that come next would miss it.
bool hints_left(const std::vector<Dump>& dumps) {
  return std::any_of(dumps.begin(), dumps.end(), [](const Dump& dump) { return !dump.hints.empty(); });
}

}  // namespace

bool same_content(const std::vector<Dump>& a, const std::vector<Dump>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Dump& x, const Dump& y) {
    return x.node == y.node && same_records(x.records, y.records) && same_records(x.hints, y.hints);
  });
}

Quiet wait_until_quiet(Loop& loop, Replicas& replicas, Recorder& recorder, const QuietOptions& options) {
  Quiet quiet;
  auto pause = kFirstPause;
  bool agreed_before = false;
  while (true) {
    std::vector<Dump> dumps = replicas.dump(options.stage, options.stop);
    if (options.stop()) return quiet;
    std::vector<std::string> differing = checkers::differing_keys(recorder.settled(), dumps);
    const auto count = static_cast<int64_t>(differing.size());
    const bool agree = differing.empty() && settled(dumps) && !hints_left(dumps);
    quiet.agreed = agree && agreed_before && same_content(dumps, quiet.dumps);
    agreed_before = agree;
    quiet.dumps = std::move(dumps);
    if (options.record_polls) {
      if (differing.size() > kMostKeysNamed) differing.resize(kMostKeysNamed);
      recorder.add(checkers::Poll{{}, count, std::move(differing)});
    }
    if (options.look) options.look(count);
    auto now = loop.now();
    if (quiet.agreed || now >= options.deadline) return quiet;
    loop.run_until(options.stop, std::min(now + pause, options.deadline));
    if (options.stop()) return quiet;
    pause = std::min(pause * 3 / 2, kLongestPause);
  }
}

}  // namespace harness
