// A system under test: how one of its nodes is started, how a logical operation becomes requests, how a replica is
// looked at. Everything that the harness knows of a particular store is behind this interface.
//
// Scripts are pure: requests out, replies in, no network. The runner owns connections, deadlines and retries' targets.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"
#include "harness/hosts/hosts.h"
#include "workloads/workload.h"

namespace harness {

using Request = std::vector<std::string>;

// A RESP2 reply.
struct Reply {
  enum class Kind { kStatus, kError, kInteger, kString, kNull, kArray } kind = Kind::kNull;
  std::string text;  // status, error, string
  int64_t integer = 0;
  std::vector<Reply> elements;
};

// How an operation ended, for the history.
struct Completion {
  checkers::EventType outcome = checkers::EventType::kInfo;
  checkers::Value value;
  checkers::Value fields;  // coordinator, acks, hints, parents, error …
};

// One logical operation on its way. The runner sends request() to a node, then calls exactly one of on_reply and
// on_loss; std::nullopt means that there is another request(): after on_reply at the same node, after on_loss at
// another one if there is one (an attempt). When time is up the runner calls give_up.
class Script {
 public:
  enum class Loss {
    kNotSent,   // no byte left: the connection was refused, or was known to be closed
    kNoAnswer,  // sent, and the deadline passed or the connection broke: it may have happened
  };
  virtual ~Script() = default;
  virtual Request request() const = 0;
  virtual std::optional<Completion> on_reply(const Reply& reply) = 0;
  virtual std::optional<Completion> on_loss(Loss loss, const std::string& why) = 0;
  // After std::nullopt from on_reply: the reply left the operation open, and request() is a new attempt, best made at
  // another node; else it is the next step of the same attempt.
  virtual bool new_attempt() const { return false; }
  // A request() that was handed out and neither answered nor lost since counts as sent: a write is kInfo then. So
  // request() is called once for each time that it is sent, and only to be sent.
  virtual Completion give_up(const std::string& why) = 0;
};

// What a run asks of the cluster; the same facts as the flags of `harness run`.
struct ClusterSettings {
  int replicas = 3;
  int read_quorum = 2;
  int write_quorum = 2;
  std::string mode = "sloppy";  // or strict; or lin: majorities, whatever R and W are
  bool plain = false;           // registers have one value, by GET and SET, instead of siblings. So they do in mode lin
  std::string merge = "observed-remove";
  std::string cart_layout = "object";  // or segregated: a key for each item of a cart
  std::string ring;                    // of dynamo: tokens[:count] or equal[:partitions]; empty: as the node has it
  std::string storage = "lmdb";        // dynamo: memory, lmdb, redis, redis-everysec; redis: memory, aof
  bool hints = true;
  bool anti_entropy = true;
  std::string experiment;  // of the node: non-expanding; or none
  int spares = 0;          // so many of the hosts, the last ones, do not start as members: they join
  std::string bug;
  uint64_t rare_paths = 0;  // of dynamo: makes rare paths common, others for each number (node/rare_paths.h); 0: off
  uint64_t seed = 0;
  std::chrono::milliseconds request_timeout{1000};

  bool one_value() const { return plain || mode == "lin"; }
};

class Routing;
class DumpReader;

class System {
 public:
  virtual ~System() = default;
  virtual std::string_view name() const = 0;
  // What a run of this system asks for unless its flags say otherwise: the settings, and how many nodes. check()
  // accepts them.
  virtual ClusterSettings default_settings() const { return {}; }
  virtual int default_nodes() const { return 5; }
  // dump, siblings, contexts, sloppy, operation-ids, restart, membership (checkers::TestInfo::capabilities).
  virtual std::vector<std::string> capabilities() const = 0;
  // Error: a setting or workload that this system cannot take, named with its limits.
  virtual tl::expected<void, std::string> check(const ClusterSettings& settings, const std::string& workload,
                                                int nodes) const = 0;

  // Command line of the node of hosts[index].
  virtual std::vector<std::string> command(const ClusterSettings& settings, const std::vector<Host>& hosts,
                                           size_t index) const = 0;
  // Command line of the storage server that is to run under it; empty: none.
  virtual std::vector<std::string> storage_command(const ClusterSettings& /*settings*/, const Host& /*host*/) const {
    return {};
  }
  // First requests of every connection (none of their replies is an error).
  virtual std::vector<Request> greeting() const = 0;
  virtual std::unique_ptr<Script> script(const workloads::Operation& operation) const = 0;

  // How clients find the nodes of a key by themselves; null: they cannot.
  virtual const Routing* routing() const { return nullptr; }

  // Asked again and again of a node that has just started, until the reply says that it can do its share of the work.
  virtual Request ready_request() const { return {"PING"}; }
  // `calm`: for so long nothing has disturbed it. What it thinks of others it may still think because of what was
  // before.
  virtual bool is_ready(const Reply& reply, std::chrono::milliseconds /*calm*/) const {
    return reply.kind != Reply::Kind::kError;
  }

  // Only for systems with the capability "membership". What a node is, in the words of the answerer: member, joining,
  // leaving, lost, left; empty if it is unknown.
  virtual Request members_request() const { return {}; }
  virtual std::string member_state(const Reply& /*reply*/, const std::string& /*node*/) const { return ""; }
  // Counts the changes of members that the answerer knows of.
  virtual uint64_t members_epoch(const Reply& /*reply*/) const { return 0; }
  // `what`: leave or remove. (A node that joins asks for it by itself.)
  virtual Request change_request(std::string_view /*what*/, const std::string& /*node*/) const { return {}; }
  // The reply to it says that it is in vain to ask again.
  virtual bool never(const Reply& /*reply*/) const { return false; }

  // Everything that one node holds, page by page: dump_request("0") first; read_dump_page adds to `dump` and returns
  // the next cursor, "0" when complete. Only for systems with the capability "dump".
  virtual Request dump_request(const std::string& cursor) const = 0;
  virtual tl::expected<std::string, std::string> read_dump_page(const Reply& reply, DumpReader& reader,
                                                                checkers::Dump& dump) const = 0;
};

struct SystemInfo {
  std::string_view name;
  std::string_view what;
};
const std::vector<SystemInfo>& all_systems();  // dynamo, redis
// `node_binary`: path of dynamo-node; redis-server, where it is needed, is found on PATH. Error: unknown name, or
// program not found.
tl::expected<std::unique_ptr<System>, std::string> make_system(std::string_view name,
                                                               const std::filesystem::path& node_binary);

// The planted bugs of dynamo-node, for `harness list bugs` and --bug: which checker catches it and the run that shows
// it.
struct BugInfo {
  std::string_view name;
  std::string_view what;
  std::string_view checker;
  std::string_view
      flags;  // arguments of `harness run` that show it, beside --bug itself: the correct node passes with them
};
const std::vector<BugInfo>& all_bugs();

}  // namespace harness
