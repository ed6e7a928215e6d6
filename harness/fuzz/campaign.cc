#include "harness/fuzz/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "harness/fuzz/children.h"
#include "harness/run/artifacts.h"
#include "harness/run/signals.h"
#include "harness/run/store.h"

namespace harness {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kListen{100};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

// What a child says, in fields: begin SEED | done SEED VIRTUAL EVENTS [checker=anomaly …] | error SEED TEXT.
constexpr char kField = '\t';

void search(const CampaignSettings& settings, const System& system, uint64_t first, const Voice& voice) {
  const auto step = static_cast<uint64_t>(settings.jobs);
  const uint64_t end = settings.first_seed + static_cast<uint64_t>(settings.runs);
  for (uint64_t seed = first; settings.runs == 0 || seed < end; seed += step) {
    voice.say(fmt::format("begin{}{}", kField, seed));
    const auto played = play(draw_swarm(settings.frame, system, seed), system);
    if (Signals::interrupted()) return;
    if (!played) {
      voice.say(fmt::format("error{}{}{}{}", kField, seed, kField, played.error()));
      return;
    }
    std::string line =
        fmt::format("done{}{}{}{}{}{}", kField, seed, kField, played->virtual_time.count(), kField, played->events);
    for (const FailureClass& failure : played->failures) {
      line += fmt::format("{}{}={}", kField, failure.checker, failure.anomaly);
    }
    voice.say(line);
  }
}

class Campaign {
 public:
  Campaign(const CampaignSettings& settings, const System& system, const CampaignProgress& progress)
      : settings_(settings), system_(system), progress_(progress) {}

  CampaignState run() {
    search_all();
    state_.search_time = Clock::now() - began_;
    if (settings_.shrink_time.count() > 0) {
      for (FoundClass& found : state_.found) {
        if (!Signals::interrupted()) shrink_class(found);
      }
    }
    state_.interrupted = Signals::interrupted();
    return std::move(state_);
  }

 private:
  struct Job {
    size_t worker = 0;
    uint64_t next = 0;  // seed, should it have to be started again
    bool playing = false;
    uint64_t seed = 0;
  };

  void search_all() {
    for (int i = 0; i < settings_.jobs; ++i) start_job(settings_.first_seed + static_cast<uint64_t>(i));
    while (children_.working() && !time_is_up()) {
      for (const Children::News& news : children_.listen(kListen)) {
        take(news);
        if (settings_.first_only && !state_.found.empty()) break;
      }
      if (settings_.first_only && !state_.found.empty()) break;
      if (progress_) progress_(state_, nullptr);
    }
    children_.kill_all();
  }

  bool time_is_up() const {
    const bool late = settings_.time.count() > 0 && Clock::now() - began_ >= settings_.time;
    return late || Signals::interrupted() || !state_.error.empty();
  }

  void start_job(uint64_t seed) {
    Job job;
    job.next = seed;
    job.worker = children_.start([&](const Voice& voice) { search(settings_, system_, seed, voice); });
    jobs_.push_back(job);
  }

  void take(const Children::News& news) {
    const auto job = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& j) { return j.worker == news.worker; });
    if (news.ended) return ended(*job, news.signal);
    const std::vector<std::string> fields = split(news.line, kField);
    if (fields.size() < 2) return;
    const uint64_t seed = std::stoull(fields[1]);
    if (fields[0] == "begin") {
      job->playing = true;
      job->seed = seed;
      job->next = seed + static_cast<uint64_t>(settings_.jobs);
      return;
    }
    job->playing = false;
    if (fields[0] == "error") {
      state_.error = fmt::format("seed {}: {}", seed, fields.size() > 2 ? fields[2] : "");
      return;
    }
    ++state_.seeds;
    state_.virtual_time += std::chrono::nanoseconds(std::stoll(fields.at(2)));
    state_.events += std::stoull(fields.at(3));
    if (fields.size() > 4) ++state_.failed_seeds;
    for (size_t i = 4; i < fields.size(); ++i) {
      const size_t equals = fields[i].find('=');
      count({fields[i].substr(0, equals), fields[i].substr(equals + 1)}, seed, "");
    }
  }

  // A child that died while it played a seed: its node or our harness has broken an assertion.
  void ended(const Job& job, int signal) {
    if (signal == 0 || !job.playing) return;
    ++state_.seeds;
    ++state_.failed_seeds;
    count({"crashes", signal_name(signal)}, job.seed, "it ends the process that plays it");
    start_job(job.next);
  }

  void count(const FailureClass& failure, uint64_t seed, const std::string& problem) {
    auto found = std::find_if(state_.found.begin(), state_.found.end(),
                              [&](const FoundClass& each) { return each.failure == failure; });
    if (found == state_.found.end()) {
      state_.found.push_back({failure, 0, seed, state_.seeds, std::nullopt, problem, {}});
      found = std::prev(state_.found.end());
    }
    ++found->seeds;
  }

  // In a child: a candidate may end the process that plays it. What it found comes back as a file or as lines.
  void shrink_class(FoundClass& found) {
    if (!found.problem.empty()) return;
    if (!settings_.directory.empty()) found.folder = settings_.directory / to_folder(found.failure);
    children_.start([&](const Voice& voice) {
      const ShrinkOptions options{.most_time = settings_.shrink_time};
      const auto result = shrink_run(draw_swarm(settings_.frame, system_, found.first_seed), system_, found.failure,
                                     options, found.folder, nullptr);
      if (!result) return voice.say(fmt::format("problem{}{}", kField, result.error()));
      const Smallest& smallest = result->smallest;
      voice.say(fmt::format("shrunk{0}{1}{0}{2}{0}{3}{0}{4}", kField, smallest.lines_before, smallest.lines_after,
                            smallest.runs, smallest.time.count()));
      for (const std::string& line : split(nemesis::to_text(smallest.schedule), '\n')) {
        voice.say(fmt::format("line{}{}", kField, line));
      }
    });
    std::string text;
    while (children_.working() && !Signals::interrupted()) {
      for (const Children::News& news : children_.listen(kListen)) {
        const std::vector<std::string> fields = split(news.line, kField);
        if (news.ended) {
          if (news.signal != 0) found.problem = "ended by " + signal_name(news.signal);
        } else if (fields[0] == "shrunk") {
          found.smallest = Smallest{{},
                                    std::stoull(fields.at(1)),
                                    std::stoull(fields.at(2)),
                                    std::stoi(fields.at(3)),
                                    std::chrono::nanoseconds(std::stoll(fields.at(4)))};
        } else if (fields[0] == "line" && fields.size() > 1) {
          text += fields[1] + "\n";
        } else if (fields[0] == "problem" && fields.size() > 1) {
          found.problem = fields[1];
        }
      }
      if (progress_) progress_(state_, &found);
    }
    children_.kill_all();
    if (!found.smallest) return;
    if (auto schedule = nemesis::parse_schedule(text)) found.smallest->schedule = std::move(*schedule);
  }

  const CampaignSettings& settings_;
  const System& system_;
  const CampaignProgress& progress_;
  const Clock::time_point began_ = Clock::now();
  Children children_;
  std::vector<Job> jobs_;
  CampaignState state_;
};

// What the judge says of the first failure in a class.
struct Testimony {
  std::string explanation;
  std::string key;
};

Testimony testimony_on(const FailureClass& failure, const checkers::Judgement& judgement) {
  for (const checkers::Result& result : judgement.results) {
    if (result.checker != failure.checker) continue;
    for (const checkers::Witness& witness : result.witnesses) {
      if (witness.anomaly == failure.anomaly) return {witness.explanation, witness.key};
    }
    return {result.summary, ""};
  }
  return {};
}

tl::expected<Played, std::string> play_and_keep(const RunSettings& settings, const System& system,
                                                const std::filesystem::path& directory) {
  if (directory.empty()) return play(settings, system);
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return tl::unexpected(fmt::format("cannot make {}: {}", directory.string(), error.message()));
  auto played = play(settings, system, {.history_file = directory / "history.jsonl"});
  if (!played) return played;
  const std::string results = pretty_json(checkers::to_value(played->judgement));
  auto kept = write_artifacts(directory, settings, played->history, played->schedule.faults, results);
  if (!kept) return tl::unexpected(kept.error());
  return played;
}

}  // namespace

CampaignState run_campaign(const CampaignSettings& settings, const System& system, const CampaignProgress& progress) {
  return Campaign(settings, system, progress).run();
}

tl::expected<ShrinkResult, std::string> shrink_run(const RunSettings& failing, const System& system,
                                                   std::optional<FailureClass> failure, ShrinkOptions options,
                                                   const std::filesystem::path& directory,
                                                   const std::function<void(const Shrunk&)>& progress) {
  auto first = play(failing, system);
  if (!first) return tl::unexpected(first.error());
  if (first->failures.empty()) return tl::unexpected(std::string("the run does not fail: there is nothing to shrink"));
  if (!failure) failure = first->failures.front();
  const auto fails = [&](const Played& played) {
    return std::find(played.failures.begin(), played.failures.end(), *failure) != played.failures.end();
  };
  if (!fails(*first)) return tl::unexpected(fmt::format("the run does not fail as {}", to_text(*failure)));

  options.suspect = testimony_on(*failure, first->judgement).key;
  RunSettings settings = failing;
  settings.schedule = first->schedule;
  settings.cluster.spares = spares_needed(settings);
  const StillFails still_fails = [&](const RunSettings& candidate) {
    if (!validate(candidate, system)) return false;
    const auto played = play(candidate, system, {.only = failure->checker});
    return played && fails(*played);
  };
  if (!still_fails(settings)) {
    return tl::unexpected(std::string("the schedule of the failing run does not fail when it is played by itself"));
  }
  const Shrunk shrunk = shrink(settings, still_fails, options, progress);
  auto small = play_and_keep(shrunk.settings, system, directory);
  if (!small) return tl::unexpected(small.error());

  ShrinkResult result;
  result.failure = *failure;
  result.smallest.schedule = *shrunk.settings.schedule;
  result.smallest.schedule.header = schedule_header(shrunk.settings);
  result.smallest.lines_before = shrunk.lines_before;
  result.smallest.lines_after = shrunk.lines_after;
  result.smallest.runs = shrunk.runs;
  result.smallest.time = shrunk.time;
  result.explanation = testimony_on(*failure, small->judgement).explanation;
  if (directory.empty()) return result;
  const std::pair<const char*, std::string> files[] = {{"original.txt", nemesis::to_text(first->schedule)},
                                                       {"schedule.txt", nemesis::to_text(result.smallest.schedule)},
                                                       {"explanation.txt", result.explanation + "\n"}};
  for (const auto& [name, text] : files) {
    if (auto written = write_file(directory / name, text); !written) return tl::unexpected(written.error());
  }
  return result;
}

}  // namespace harness
