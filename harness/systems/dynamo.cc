#include "harness/systems/dynamo.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "harness/systems/dump_json.h"
#include "harness/systems/dynamo_reply.h"
#include "harness/systems/dynamo_routing.h"
#include "harness/systems/dynamo_script.h"
#include "harness/systems/redis.h"

namespace harness {
namespace {

using Status = tl::expected<void, std::string>;

Status one_of(std::string_view what, const std::string& name, const std::vector<std::string_view>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return {};
  return tl::unexpected(fmt::format("unknown {} \"{}\": it is one of {}", what, name, fmt::join(known, ", ")));
}

Status quorum(std::string_view what, int quorum, int replicas) {
  if (quorum < 1) return tl::unexpected(fmt::format("{} {} is less than 1", what, quorum));
  if (quorum > replicas) return tl::unexpected(fmt::format("{} {} exceeds replicas {}", what, quorum, replicas));
  return {};
}

// GET and SET are commands of registers, and in MODE lin there are no others.
Status values(const ClusterSettings& settings, const std::string& workload) {
  if (!settings.one_value() || workload == "register") return {};
  return tl::unexpected(fmt::format("{} is for registers, and the workload is {}: take --workload register",
                                    settings.mode == "lin" ? "mode lin" : "--plain", workload));
}

template <typename Infos>
std::vector<std::string_view> names_of(const Infos& infos) {
  std::vector<std::string_view> names;
  for (const auto& info : infos) names.push_back(info.name);
  return names;
}

class Dynamo : public System {
 public:
  Dynamo(std::filesystem::path node_binary, std::filesystem::path redis_server)
      : node_binary_(std::move(node_binary)), redis_server_(std::move(redis_server)) {}

  std::string_view name() const override { return "dynamo"; }
  std::vector<std::string> capabilities() const override {
    return {"dump", "siblings", "contexts", "sloppy", "operation-ids", "restart", "membership"};
  }

  Status check(const ClusterSettings& settings, const std::string& workload, int nodes) const override {
    if (nodes < 1) return tl::unexpected(fmt::format("nodes {} is less than 1", nodes));
    if (settings.replicas < 1) return tl::unexpected(fmt::format("replicas {} is less than 1", settings.replicas));
    if (settings.replicas > nodes) {
      return tl::unexpected(fmt::format("replicas {} exceeds nodes {}", settings.replicas, nodes));
    }
    if (settings.request_timeout.count() < 1) {
      return tl::unexpected(fmt::format("request timeout {} ms is less than 1 ms", settings.request_timeout.count()));
    }
    const Status no_bug;
    const std::vector<Status> results = {
        one_of("workload", workload, names_of(workloads::all_workloads())),
        quorum("read_quorum", settings.read_quorum, settings.replicas),
        quorum("write_quorum", settings.write_quorum, settings.replicas),
        one_of("mode", settings.mode, {"strict", "sloppy", "lin"}),
        values(settings, workload),
        one_of("merge", settings.merge, {"observed-remove", "union", "last-write-wins"}),
        one_of("storage", settings.storage, {"memory", "lmdb", "redis", "redis-everysec"}),
        settings.ring.empty() ? Status()
                              : one_of("ring", settings.ring.substr(0, settings.ring.find(':')), {"tokens", "equal"}),
        settings.bug.empty() ? no_bug : one_of("bug", settings.bug, names_of(all_bugs())),
    };
    for (const Status& result : results) {
      if (!result) return result;
    }
    if (uses_redis(settings) && redis_server_.empty()) {
      return tl::unexpected<std::string>(
          "storage redis: redis-server not found on PATH; Debian's package is redis-server");
    }
    return {};
  }

  std::vector<std::string> command(const ClusterSettings& settings, const std::vector<Host>& hosts,
                                   size_t index) const override {
    const Host& host = hosts[index];
    const size_t members = hosts.size() - static_cast<size_t>(settings.spares);
    std::vector<std::string> peers;
    for (size_t i = 0; i < members; ++i) {
      peers.push_back(fmt::format("{}={}:{}", hosts[i].name, hosts[i].ip, hosts[i].port));
    }

    std::vector<std::string> argv = {node_binary_.string()};
    const auto flag = [&argv](std::string_view name, std::string value) {
      argv.emplace_back(name);
      argv.push_back(std::move(value));
    };
    flag("--name", host.name);
    flag("--listen", fmt::format("{}:{}", host.ip, host.port));
    if (host.listen_fd >= 0) flag("--listen-fd", std::to_string(host.listen_fd));
    if (index < members) {
      flag("--peers", fmt::format("{}", fmt::join(peers, ",")));
      flag("--replicas", std::to_string(settings.replicas));
      flag("--read-quorum", std::to_string(settings.read_quorum));
      flag("--write-quorum", std::to_string(settings.write_quorum));
      if (!settings.ring.empty()) flag("--ring", settings.ring);
    } else {
      std::vector<std::string> contacts;  // each node that joins another one first
      for (size_t i = 0; i < members; ++i) {
        const Host& member = hosts[(index + i) % members];
        contacts.push_back(fmt::format("{}:{}", member.ip, member.port));
      }
      flag("--join", fmt::format("{}", fmt::join(contacts, ",")));
    }
    flag("--mode", settings.mode);
    flag("--merge", settings.merge);
    if (uses_redis(settings)) {
      flag("--storage", fmt::format("redis://{}:{}", host.storage_ip, host.storage_port));
    } else {
      flag("--storage", settings.storage);
      flag("--data", host.directory.string());
    }
    flag("--hints", settings.hints ? "on" : "off");
    flag("--anti-entropy", settings.anti_entropy ? "on" : "off");
    if (!settings.experiment.empty()) flag("--experiment", settings.experiment);
    flag("--request-timeout", std::to_string(settings.request_timeout.count()));
    argv.emplace_back("--debug-commands");  // dumps need them
    if (!settings.bug.empty()) flag("--bug", settings.bug);
    if (settings.rare_paths != 0) flag("--rare-paths", std::to_string(settings.rare_paths));
    return argv;
  }

  std::vector<std::string> storage_command(const ClusterSettings& settings, const Host& host) const override {
    if (!uses_redis(settings)) return {};
    return redis_command(redis_server_, {.ip = host.storage_ip,
                                         .port = host.storage_port,
                                         .directory = host.directory,
                                         .sync = settings.storage == "redis" ? "always" : "everysec"});
  }

  // Ready when it and every other node hear each other: before that it refuses what needs them. And have heard each
  // other since all was calm: else one may soon take the other for down, for a silence of before.
  Request ready_request() const override { return {"RING"}; }
  bool is_ready(const Reply& reply, std::chrono::milliseconds calm) const override {
    constexpr size_t kState = 2, kUnmet = 5;  // node, address, up|down, points, share, milliseconds
    return !reply.elements.empty() && std::all_of(reply.elements.begin(), reply.elements.end(), [&](const Reply& node) {
      return node.elements.size() > kUnmet && node.elements[kState].text == "up" &&
             std::strtoll(node.elements[kUnmet].text.c_str(), nullptr, 10) <= calm.count();
    });
  }
  std::vector<Request> greeting() const override { return {{"SESSION", "META", "ON"}}; }

  std::unique_ptr<Script> script(const workloads::Operation& operation) const override {
    return dynamo_script(operation);
  }
  const Routing* routing() const override { return &dynamo_routing(); }

  Request members_request() const override { return {"ADMIN", "STATUS"}; }
  uint64_t members_epoch(const Reply& reply) const override {
    for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      if (reply.elements[i].text == "epoch") return std::strtoull(reply.elements[i + 1].text.c_str(), nullptr, 10);
    }
    return 0;
  }
  std::string member_state(const Reply& reply, const std::string& node) const override {
    for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      if (reply.elements[i].text != "members") continue;
      const std::string list = "," + reply.elements[i + 1].text + ",";  // n1=member,n2=left
      const size_t at = list.find("," + node + "=");
      if (at == std::string::npos) return "";
      const size_t begin = at + node.size() + 2;
      return list.substr(begin, list.find(',', begin) - begin);
    }
    return "";
  }
  Request change_request(std::string_view what, const std::string& node) const override {
    return {"ADMIN", what == "leave" ? "LEAVE" : "REMOVE", node};
  }

  bool never(const Reply& reply) const override {
    if (reply.kind != Reply::Kind::kError) return false;
    const auto says = [&reply](const char* what) { return reply.text.find(what) != std::string::npos; };
    return says("members would be left") || says("no member is named");
  }

  Request dump_request(const std::string& cursor) const override { return {"DEBUG", "DUMP", cursor}; }

  tl::expected<std::string, std::string> read_dump_page(const Reply& reply, DumpReader& reader,
                                                        checkers::Dump& dump) const override {
    if (reply.kind != Reply::Kind::kArray || reply.elements.empty()) {
      return tl::unexpected("DEBUG DUMP: expected [cursor, JSON …], got " + describe(reply));
    }
    for (size_t i = 1; i < reply.elements.size(); ++i) {
      if (auto added = reader.add(reply.elements[i].text, dump); !added) return tl::unexpected(added.error());
    }
    const Reply& cursor = reply.elements[0];
    return cursor.kind == Reply::Kind::kInteger ? std::to_string(cursor.integer) : cursor.text;
  }

 private:
  static bool uses_redis(const ClusterSettings& settings) { return settings.storage.rfind("redis", 0) == 0; }

  std::filesystem::path node_binary_;
  std::filesystem::path redis_server_;
};

}  // namespace

std::unique_ptr<System> make_dynamo(std::filesystem::path node_binary, std::filesystem::path redis_server) {
  return std::make_unique<Dynamo>(std::move(node_binary), std::move(redis_server));
}

}  // namespace harness
