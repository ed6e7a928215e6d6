#include "harness/systems/redis.h"

#include <fmt/format.h>

#include <utility>

#include "harness/systems/redis_script.h"

namespace harness {
namespace {

tl::unexpected<std::string> refuse(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

class Redis : public System {
 public:
  explicit Redis(std::filesystem::path redis_server) : redis_server_(std::move(redis_server)) {}

  std::string_view name() const override { return "redis"; }
  std::vector<std::string> capabilities() const override { return {"restart"}; }

  ClusterSettings default_settings() const override {
    ClusterSettings settings;
    settings.replicas = settings.read_quorum = settings.write_quorum = 1;
    settings.mode = "strict";
    settings.storage = "aof";
    return settings;
  }
  int default_nodes() const override { return 1; }

  tl::expected<void, std::string> check(const ClusterSettings& settings, const std::string& workload,
                                        int nodes) const override {
    if (workload == "cart")
      return refuse("redis has no carts that merge: --target redis takes register, counter and set");
    if (workload != "register" && workload != "counter" && workload != "set") {
      return refuse(fmt::format("unknown workload \"{}\": with redis it is register, counter or set", workload));
    }
    if (nodes != 1) return refuse(fmt::format("nodes {}: the target redis is one redis-server", nodes));
    if (settings.replicas != 1 || settings.read_quorum != 1 || settings.write_quorum != 1) {
      return refuse(
          fmt::format("replicas {}, read_quorum {}, write_quorum {}: one redis-server has one copy, all are 1",
                      settings.replicas, settings.read_quorum, settings.write_quorum));
    }
    if (settings.mode != "strict") {
      return refuse(
          fmt::format("mode {}: redis has no quorums to choose from, --target redis takes --strict", settings.mode));
    }
    if (settings.storage != "aof" && settings.storage != "memory") {
      return refuse(fmt::format("unknown storage \"{}\": with redis it is aof (synced before each reply) or memory",
                                settings.storage));
    }
    if (!settings.bug.empty()) {
      return refuse(fmt::format("bug \"{}\": bugs are planted in dynamo-node alone", settings.bug));
    }
    return {};
  }

  std::vector<std::string> command(const ClusterSettings& settings, const std::vector<Host>& hosts,
                                   size_t index) const override {
    const Host& host = hosts[index];
    return redis_command(redis_server_, {.ip = host.ip,
                                         .port = host.port,
                                         .directory = host.directory,
                                         .sync = settings.storage == "aof" ? "always" : ""});
  }

  std::vector<Request> greeting() const override { return {}; }

  std::unique_ptr<Script> script(const workloads::Operation& operation) const override {
    return redis_script(operation);
  }

  Request dump_request(const std::string& /*cursor*/) const override { return {"PING"}; }
  tl::expected<std::string, std::string> read_dump_page(const Reply& /*reply*/, DumpReader& /*reader*/,
                                                        checkers::Dump& /*dump*/) const override {
    return refuse("redis cannot be dumped in the history's vocabulary (capability \"dump\")");
  }

 private:
  std::filesystem::path redis_server_;
};

}  // namespace

std::vector<std::string> redis_command(const std::filesystem::path& redis_server, const RedisSettings& settings) {
  return {redis_server.string(),
          "--bind",
          settings.ip,
          "--port",
          std::to_string(settings.port),
          "--dir",
          settings.directory.string(),
          "--daemonize",
          "no",
          "--protected-mode",
          "no",
          "--save",
          "",  // no snapshots: what survives is the append-only file, or nothing
          "--appendonly",
          settings.sync.empty() ? "no" : "yes",
          "--appendfsync",
          settings.sync.empty() ? "no" : settings.sync};
}

std::unique_ptr<System> make_redis(std::filesystem::path redis_server) {
  return std::make_unique<Redis>(std::move(redis_server));
}

}  // namespace harness
