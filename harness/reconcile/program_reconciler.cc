// A reconciler that is another program: one line of JSON to it, one line back.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "harness/reconcile/reconciler.h"

namespace harness {

namespace {

using nlohmann::json;

constexpr int kPatienceMs = 10'000;  // for one answer
constexpr size_t kLongestAnswer = 16u << 20;

class ProgramReconciler : public Reconciler {
 public:
  ProgramReconciler(std::string name, pid_t pid, int in, int out)
      : name_(std::move(name)), pid_(pid), in_(in), out_(out) {}
  ~ProgramReconciler() override {
    close(in_);
    close(out_);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  ProgramReconciler(const ProgramReconciler&) = delete;
  ProgramReconciler& operator=(const ProgramReconciler&) = delete;

  Result<State> write(const State& state, const std::string& actor, const std::string& context,
                      const std::string& value) override {
    json request = request_of("write", Kind::kValues, state);
    request["actor"] = actor;
    request["context"] = json::parse(context);
    request["value"] = value;
    return state_after(request);
  }
  Result<State> add(const State& state, const std::string& actor, const std::string& item,
                    const std::string& tag) override {
    json request = request_of("add", Kind::kCart, state);
    request["actor"] = actor;
    request["item"] = item;
    request["tag"] = tag;
    return state_after(request);
  }
  Result<State> remove(const State& state, const std::string& actor, const std::string& item,
                       const std::set<std::string>& observed) override {
    json request = request_of("remove", Kind::kCart, state);
    request["actor"] = actor;
    request["item"] = item;
    request["observed"] = observed;
    return state_after(request);
  }
  Result<State> increment(const State& state, const std::string& actor, int64_t amount) override {
    json request = request_of("increment", Kind::kCounter, state);
    request["actor"] = actor;
    request["amount"] = amount;
    return state_after(request);
  }
  Result<State> merge(Kind kind, const State& a, const State& b) override {
    return state_after({{"op", "merge"}, {"kind", name_of(kind)}, {"a", json::parse(a)}, {"b", json::parse(b)}});
  }

  Result<Shown> read(Kind kind, const State& state) override {
    const json request = request_of("read", kind, state);
    auto answer = ask(request);
    if (!answer) return tl::unexpected(answer.error());
    Shown shown;
    try {
      if (kind == Kind::kValues) shown.values = answer->at("values").get<std::set<std::string>>();
      if (kind == Kind::kCart) shown.cart = answer->at("items").get<std::map<std::string, std::set<std::string>>>();
      if (kind == Kind::kCounter) shown.total = answer->at("total").get<int64_t>();
      if (answer->contains("context")) {
        const json& context = answer->at("context");
        shown.context = context.dump();
        shown.context_size = context.is_structured() ? context.size() : 0;
      }
    } catch (const json::exception& error) {
      return tl::unexpected(
          fmt::format("{} answered {} to {}: {}", name_, answer->dump(), request.dump(), error.what()));
    }
    std::erase_if(shown.cart, [](const auto& item) { return item.second.empty(); });
    return shown;
  }

 private:
  static json request_of(const char* op, Kind kind, const State& state) {
    return {{"op", op}, {"kind", name_of(kind)}, {"state", json::parse(state)}};
  }

  Result<State> state_after(const json& request) {
    auto answer = ask(request);
    if (!answer) return tl::unexpected(answer.error());
    if (!answer->contains("state")) {
      return tl::unexpected(
          fmt::format("{} answered {} to {}: there is no \"state\"", name_, answer->dump(), request.dump()));
    }
    return answer->at("state").dump();
  }

  Result<json> ask(const json& request) {
    const std::string line = request.dump() + "\n";
    for (size_t at = 0; at < line.size();) {
      const ssize_t written = ::write(in_, line.data() + at, line.size() - at);
      if (written < 0 && errno != EINTR)
        return tl::unexpected(name_ + " takes no requests any more: " + strerror(errno));
      if (written > 0) at += static_cast<size_t>(written);
    }
    size_t end = 0;
    while ((end = rest_.find('\n')) == std::string::npos) {
      pollfd waited{out_, POLLIN, 0};
      if (poll(&waited, 1, kPatienceMs) == 0)
        return tl::unexpected(name_ + " did not answer within 10 s: " + request.dump());
      char bytes[1 << 16];
      const ssize_t got = ::read(out_, bytes, sizeof bytes);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return tl::unexpected(name_ + " ended instead of answering " + request.dump());
      rest_.append(bytes, static_cast<size_t>(got));
      if (rest_.size() > kLongestAnswer) return tl::unexpected(name_ + " answers without end");
    }
    const std::string text = rest_.substr(0, end);
    rest_.erase(0, end + 1);
    json answer = json::parse(text, nullptr, false);
    if (!answer.is_object()) {
      return tl::unexpected(
          fmt::format("{} answered \"{}\" to {}: that is no JSON object", name_, text, request.dump()));
    }
    return answer;
  }

  const std::string name_;
  const pid_t pid_;
  const int in_;
  const int out_;
  std::string rest_;
};

}  // namespace

tl::expected<std::unique_ptr<Reconciler>, std::string> make_program_reconciler(const std::vector<std::string>& argv) {
  signal(SIGPIPE, SIG_IGN);  // a program that has ended is an error of its own, not our end
  int to[2];
  int from[2];
  if (pipe(to) != 0 || pipe(from) != 0) return tl::unexpected(std::string("cannot make pipes: ") + strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  for (const int fd : {to[0], to[1], from[0], from[1]}) posix_spawn_file_actions_addclose(&actions, fd);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  if (error != 0) {
    close(to[1]);
    close(from[0]);
    return tl::unexpected(fmt::format("cannot start {}: {}", argv[0], strerror(error)));
  }
  return std::make_unique<ProgramReconciler>(argv[0], pid, to[1], from[0]);
}

}  // namespace harness
