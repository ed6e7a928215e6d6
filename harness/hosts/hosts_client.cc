#include "harness/hosts/hosts_client.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace harness {

HostsClient::HostsClient(Way way, std::vector<Host> hosts, Warden warden, std::string why_not_better)
    : way_(way),
      hosts_(std::move(hosts)),
      why_not_better_(std::move(why_not_better)),
      warden_(std::move(warden)),
      pids_(2 * hosts_.size(), 0) {}

HostsClient::~HostsClient() { end_warden(warden_); }

std::string HostsClient::describe() const {
  std::string text;
  switch (way_) {
    case Way::kRootless:
      text = fmt::format("rootless: user namespace, {} network namespaces, {}", hosts_.size(), warden_.firewall);
      break;
    case Way::kRoot:
      text = fmt::format("root: {} network namespaces, {}", hosts_.size(), warden_.firewall);
      break;
    case Way::kLoopback:
      text = fmt::format("loopback: {} addresses on 127.0.0.0/8, no partitions", hosts_.size());
      break;
  }
  return why_not_better_.empty() ? text : fmt::format("{} ({})", text, why_not_better_);
}

std::vector<std::string> HostsClient::nodes() const {
  std::vector<std::string> names;
  for (const Host& host : hosts_) names.push_back(host.name);
  return names;
}

std::string HostsClient::why_no_partitions() const {
  if (way_ != Way::kLoopback) return "";
  return fmt::format("all nodes share this machine's loopback interface, where nothing can be cut ({})",
                     why_not_better_.empty() ? "loopback was asked for" : why_not_better_);
}

nemesis::FaultTarget::Status HostsClient::set_cuts(const std::vector<nemesis::Cut>& cuts) {
  if (way_ == Way::kLoopback) {
    if (cuts.empty()) return {};
    return tl::make_unexpected("cannot cut the network: " + why_no_partitions());
  }
  Message message{"cut"};
  for (const nemesis::Cut& cut : cuts) {
    for (const std::string& name : {cut.from, cut.to}) {
      const auto index = index_of(name);
      if (!index) return tl::make_unexpected(index.error());
      message.push_back(hosts_[*index].ip);
    }
  }
  if (const Answer answer = request(message); !answer) return tl::make_unexpected(answer.error());
  return {};
}

tl::expected<uint64_t, std::string> HostsClient::dropped_packets() {
  if (way_ == Way::kLoopback) return 0;
  const Answer answer = request({"dropped"});
  if (!answer) return tl::make_unexpected(answer.error());
  return std::stoull(*answer);
}

nemesis::FaultTarget::Status HostsClient::pause(const std::string& node) { return request_for("pause", node); }
nemesis::FaultTarget::Status HostsClient::resume(const std::string& node) { return request_for("resume", node); }
nemesis::FaultTarget::Status HostsClient::restart(const std::string& node) { return request_for("restart", node); }
nemesis::FaultTarget::Status HostsClient::kill(const std::string& node) { return kill_at_once({node}); }

nemesis::FaultTarget::Status HostsClient::kill_at_once(const std::vector<std::string>& nodes) {
  Message message{"kill"};
  for (const std::string& node : nodes) {
    const auto index = process_index_of(node);
    if (!index) return tl::make_unexpected(index.error());
    message.push_back(std::to_string(*index));
  }
  if (const Answer answer = request(message); !answer) return tl::make_unexpected(answer.error());
  return {};
}

nemesis::FaultTarget::Status HostsClient::cut_power() {
  std::vector<std::string> all;
  for (size_t i = 0; i < 2 * hosts_.size(); ++i) all.push_back(process_name(i));
  return kill_at_once(all);
}

nemesis::FaultTarget::Status HostsClient::lose_disks(const std::vector<std::string>& nodes) {
  std::vector<std::string> processes = nodes;
  for (const std::string& node : nodes) processes.push_back(storage_of(node));
  if (Status killed = kill_at_once(processes); !killed) return killed;
  for (const std::string& node : nodes) {
    if (Status wiped = wipe(node); !wiped) return wiped;
  }
  return {};
}

nemesis::FaultTarget::Status HostsClient::kill_storage(const std::string& node, bool lose_data) {
  if (Status killed = kill_at_once({storage_of(node)}); !killed || !lose_data) return killed;
  return wipe(node);
}

nemesis::FaultTarget::Status HostsClient::restart_storage(const std::string& node) { return restart(storage_of(node)); }

// What a host has on disk belongs to its node, or to the storage server under it.
nemesis::FaultTarget::Status HostsClient::wipe(const std::string& node) {
  const auto index = index_of(node);
  if (!index) return tl::make_unexpected(index.error());
  std::error_code error;
  for (std::filesystem::directory_iterator entry(hosts_[*index].directory, error), end; !error && entry != end;
       entry.increment(error)) {
    std::filesystem::remove_all(entry->path(), error);
    if (error) break;
  }
  if (!error) return {};
  return tl::make_unexpected(fmt::format("wiping {}: {}", hosts_[*index].directory.string(), error.message()));
}

nemesis::FaultTarget::Status HostsClient::lose_replies(const std::vector<std::string>& nodes) {
  if (way_ == Way::kLoopback) {
    if (nodes.empty()) return {};
    return tl::make_unexpected("cannot lose replies: " + why_no_partitions());
  }
  Message message{"lose-replies"};
  for (const std::string& node : nodes) {
    const auto index = index_of(node);
    if (!index) return tl::make_unexpected(index.error());
    message.push_back(hosts_[*index].ip);
  }
  if (const Answer answer = request(message); !answer) return tl::make_unexpected(answer.error());
  return {};
}

tl::expected<uint64_t, std::string> HostsClient::lost_replies() {
  if (way_ == Way::kLoopback) return 0;
  const Answer answer = request({"lost-replies"});
  if (!answer) return tl::make_unexpected(answer.error());
  return std::stoull(*answer);
}

nemesis::FaultTarget::Status HostsClient::start(const std::string& host, const std::vector<std::string>& argv) {
  if (argv.empty()) return tl::make_unexpected(host + ": no command to start");
  return request_for("start", host, argv);
}

std::vector<ProcessEnd> HostsClient::reap() {
  take_news();
  const std::lock_guard lock(state_);
  return std::exchange(ends_, {});
}

pid_t HostsClient::pid(const std::string& host) const {
  const auto index = process_index_of(host);
  const std::lock_guard lock(state_);
  return index ? pids_[*index] : 0;
}

void HostsClient::stop_all(std::chrono::milliseconds grace) {
  (void)set_cuts({});  // the chain goes with its namespace anyway
  // Should the warden not answer, it is dead, and all nodes with it.
  (void)request({"stop", std::to_string(grace.count())});
}

tl::expected<size_t, std::string> HostsClient::index_of(const std::string& name) const {
  const auto host = std::find_if(hosts_.begin(), hosts_.end(), [&name](const Host& h) { return h.name == name; });
  if (host == hosts_.end()) {
    return tl::make_unexpected(
        fmt::format("no host is named {}: there are {} to {}", name, hosts_.front().name, hosts_.back().name));
  }
  return static_cast<size_t>(host - hosts_.begin());
}

std::string HostsClient::process_name(size_t index) const {
  return index < hosts_.size() ? hosts_[index].name : storage_of(hosts_[index - hosts_.size()].name);
}

tl::expected<size_t, std::string> HostsClient::process_index_of(const std::string& name) const {
  for (size_t i = hosts_.size(); i < 2 * hosts_.size(); ++i) {
    if (process_name(i) == name) return i;
  }
  return index_of(name);
}

HostsClient::Answer HostsClient::request(const Message& message) {
  const std::lock_guard lock(speaking_);
  if (warden_.pid < 0 || !send_message(warden_.control.get(), message)) {
    return tl::make_unexpected("the process that owns the hosts is gone, and all nodes with it");
  }
  const std::optional<Message> answer = receive_message(warden_.control.get());
  if (!answer)
    return tl::make_unexpected(fmt::format("the process that owns the hosts died during \"{}\"", message.front()));
  take_news();
  if (answer->at(0) != "ok") return tl::make_unexpected(answer->at(1));
  return answer->at(1);
}

nemesis::FaultTarget::Status HostsClient::request_for(const char* verb, const std::string& node,
                                                      const std::vector<std::string>& arguments) {
  const auto index = process_index_of(node);
  if (!index) return tl::make_unexpected(index.error());
  Message message{verb, std::to_string(*index)};
  message.insert(message.end(), arguments.begin(), arguments.end());
  const Answer answer = request(message);
  if (!answer) return tl::make_unexpected(answer.error());
  return {};
}

void HostsClient::take_news() {
  const std::lock_guard lock(state_);
  NodeNews news;
  ssize_t size = 0;
  while ((size = read(warden_.news.get(), &news, sizeof news)) == sizeof news) took(news);
  if (size == 0) all_ended();  // only the warden writes here: it is gone
}

void HostsClient::took(const NodeNews& news) {
  const auto index = static_cast<size_t>(news.host);
  if (news.kind == NodeNews::kStarted) {
    pids_[index] = news.pid;
    return;
  }
  pids_[index] = 0;
  ends_.push_back({.host = process_name(index),
                   .code = WIFEXITED(news.status) ? WEXITSTATUS(news.status) : 0,
                   .signal = WIFSIGNALED(news.status) ? WTERMSIG(news.status) : 0,
                   .expected = news.expected != 0});
}

void HostsClient::all_ended() {
  for (size_t index = 0; index < pids_.size(); ++index) {
    if (std::exchange(pids_[index], 0) != 0) {
      ends_.push_back({.host = process_name(index), .code = 0, .signal = SIGKILL, .expected = false});
    }
  }
}

}  // namespace harness
