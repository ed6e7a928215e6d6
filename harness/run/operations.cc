#include "harness/run/operations.h"

#include <algorithm>

namespace harness {

namespace {

using std::chrono::milliseconds;

size_t place(int client) { return static_cast<size_t>(client); }

}  // namespace

DrawnOperations::DrawnOperations(workloads::Workload& workload, const Options& options)
    : workload_(workload), options_(options), pacer_(options.rate, options.clients) {
  for (int i = 0; i < options_.clients; ++i) {
    clients_.push_back({workloads::Random(options_.seed + 0x9e3779b97f4a7c15u * static_cast<uint64_t>(i + 1)), {}});
  }
}

void DrawnOperations::begin(SteadyClock::time_point start) {
  start_ = start;
  for (Client& client : clients_) client.due = start;
}

std::optional<SteadyClock::time_point> DrawnOperations::due(int number, SteadyClock::time_point now) {
  Client& client = clients_[place(number)];
  const bool first_of_all = number == 0 && !client.began;
  client.began = true;
  if (first_of_all) return start_;
  client.due = pacer_.next(client.due, now, client.random);
  if (options_.whole_milliseconds && client.due > now) {
    client.due = start_ + std::chrono::ceil<milliseconds>(client.due - start_);
  }
  return client.due;
}

Operations::Next DrawnOperations::next(int number, int64_t process) {
  Client& client = clients_[place(number)];
  return {workload_.next(process, client.random), place(number) % options_.nodes, false};
}

ListedOperations::ListedOperations(workloads::Workload& workload, const std::vector<nemesis::OperationEvent>& lines,
                                   int clients, std::vector<std::string> nodes)
    : workload_(workload), nodes_(std::move(nodes)), left_(place(clients)) {
  for (const nemesis::OperationEvent& line : lines) {
    left_[static_cast<size_t>(line.client % clients)].push_back(line);
  }
}

std::optional<SteadyClock::time_point> ListedOperations::due(int client, SteadyClock::time_point /*now*/) {
  const auto& left = left_[place(client)];
  if (left.empty()) return std::nullopt;
  return start_ + left.front().at;
}

Operations::Next ListedOperations::next(int client, int64_t process) {
  auto& left = left_[place(client)];
  const nemesis::OperationEvent line = std::move(left.front());
  left.pop_front();
  const auto named = std::find(nodes_.begin(), nodes_.end(), line.node);
  const size_t node =
      named == nodes_.end() ? place(client) % nodes_.size() : static_cast<size_t>(std::distance(nodes_.begin(), named));
  return {workload_.bind(process, line.operation), node, named != nodes_.end()};
}

}  // namespace harness
