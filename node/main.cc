// dynamo-node: the core of node.h as a process.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "node/node.h"
#include "node/runtime/command_line.h"
#include "node/runtime/entropy.h"
#include "node/runtime/lmdb_storage.h"
#include "node/runtime/redis_storage.h"
#include "node/runtime/runtime.h"

namespace {

constexpr int kBadArguments = 254;
constexpr int kCannotStart = 255;
constexpr size_t kPeers = 32;  // that are surely found room for; members come and go

node::Runtime* running = nullptr;

int complain(int code, const std::string& what) {
  fmt::print(stderr, "dynamo-node: {}\n", what);
  return code;
}

std::array<uint64_t, 2> draw_life(const node::Options& options) {
  if (options.bug != node::Bug::kReuseActor) return {node::random_bits(), node::random_bits()};
  // The planted bug: every life of this node is the same one. Any function of the name will do.
  uint64_t of_name = 0;
  for (const char c : options.name) of_name = of_name * 257 + static_cast<unsigned char>(c);
  return {of_name, of_name};
}

tl::expected<std::unique_ptr<node::Storage>, std::string> open_storage(const node::CommandLine& line) {
  switch (line.storage) {
    case node::StorageKind::kMemory:
      return node::make_memory_storage();
    case node::StorageKind::kLmdb:
      return node::open_lmdb_storage({.directory = line.data_directory});
    case node::StorageKind::kRedis:
      return node::open_redis_storage({.address = line.redis, .name = line.options.name});
  }
  return nullptr;
}

// What kind of node this is, for its ready line.
std::string describe(const node::CommandLine& line) {
  const node::Options& options = line.options;
  if (line.bare) return fmt::format("one node alone, try: redis-cli -p {} SET greeting hello", line.listen.port());
  if (!options.join.empty()) {
    return fmt::format("joins through {}, unless it is a member already", fmt::join(options.join, " or "));
  }
  std::string text =
      fmt::format("{} member{}, N={} R={} W={} {}", options.peers.size(), options.peers.size() == 1 ? "" : "s",
                  options.replicas, options.read_quorum, options.write_quorum, node::name_of(options.mode));
  for (const node::BugName& bug : node::all_bugs()) {
    if (bug.bug == options.bug) text += fmt::format(", with planted bug {}", bug.name);
  }
  return text;
}

// Every client is a file descriptor, and the soft limit is often 1,024. Returns how many clients there is room for.
size_t make_room_for(size_t clients) {
  const size_t others = 32 + 8 * kPeers;  // listeners, links both ways and their successors, storage, log
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return clients;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= clients + others) return clients;
  return limit.rlim_max > others ? limit.rlim_max - others : 1;
}

int run(const node::CommandLine& line) {
  tl::expected<std::unique_ptr<node::Storage>, std::string> storage = open_storage(line);
  if (!storage) return complain(kCannotStart, storage.error());

  node::RuntimeOptions options;
  options.name = line.options.name;
  options.listen = line.listen;
  options.inherited_fd = line.inherited_fd;
  options.max_clients = make_room_for(line.max_clients);
  options.max_queue_delay = line.options.max_queue_delay;
  options.life = draw_life(line.options);
  options.storage = std::move(*storage);
  options.remark = describe(line);
  if (options.max_clients < line.max_clients) {
    options.remark += fmt::format(", room for {} clients only (ulimit -n)", options.max_clients);
  }

  node::Node core(line.options);
  node::Runtime runtime(std::move(options), [&core](node::Instant now, node::WallTime wall, node::Input&& input) {
    return core.step(now, wall, std::move(input));
  });
  running = &runtime;  // before it says that it is ready: who reads that may send a signal at once
  const auto stop = [](int) {
    if (running != nullptr) running->stop();
  };
  std::signal(SIGTERM, stop);
  std::signal(SIGINT, stop);
  const auto started = runtime.start();
  const int code = started ? runtime.run() : complain(kCannotStart, started.error());
  running = nullptr;
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  auto parsed = node::parse_command_line(argc, argv);
  if (!parsed) return complain(kBadArguments, parsed.error());
  if (const auto* help = std::get_if<node::HelpAsked>(&*parsed)) {
    fmt::print("{}", help->text);
    return 0;
  }
  return run(std::get<node::CommandLine>(*parsed));
}
