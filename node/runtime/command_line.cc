#include "node/runtime/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>

namespace node {

namespace {

constexpr const char* kDescription =
    "A node of a small Amazon Dynamo. It speaks the protocol of Redis: try redis-cli.\n"
    "Without arguments: one node, alone, in memory, on 127.0.0.1:7000.";
constexpr const char* kEnd =
    "Three nodes on one machine:\n"
    "  peers=n1=127.0.0.1:7001,n2=127.0.0.1:7002,n3=127.0.0.1:7003\n"
    "  for name in n1 n2 n3; do dynamo-node --name $name --peers $peers & done\n"
    "  redis-cli -p 7001 SET greeting hello; redis-cli -p 7003 GET greeting\n\n"
    "Exit codes: 0 stopped by SIGTERM or SIGINT, 75 storage failed, 254 bad arguments, 255 could not start.\n"
    "Commands and errors: node/PROTOCOL.md";

// What the command line says, before defaults that depend on other settings.
struct Raw {
  std::string listen = "127.0.0.1:7000", ring = "tokens:64";
  std::vector<std::string> peers;
  int replicas = 0, read_quorum = 0, write_quorum = 0;  // 0: not given
  std::string mode = "sloppy", merge = "observed-remove", storage, data, hints = "on", anti_entropy = "on", bug;
  std::string experiment = "none";
  int max_queue_delay = 50, max_open_requests = 50'000, max_hint_age = 10'800'000, reap_after = 21'600'000;
  int request_timeout = 1000, hint_timeout = 150, heartbeat_interval = 100, suspect_after = 500;
  int gossip_interval = 250, anti_entropy_interval = 250, handoff_interval = 100, hint_batch = 256, max_hint_mib = 256;
  int heartbeat_fanout = 8;
  int transfer_mib = 32;
};

using Wrong = tl::unexpected<std::string>;

std::vector<std::string> bug_names() {
  std::vector<std::string> names;
  for (const BugName& bug : all_bugs()) names.emplace_back(bug.name);
  return names;
}

std::string bug_help() {
  std::string help = "Plant a bug, to see whether a judge finds it:";
  for (const BugName& bug : all_bugs()) help += fmt::format("\n{}: {}", bug.name, bug.what);
  return help;
}

// "--mode sloppy|strict   what it does [sloppy]"
class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat() { column_width(36); }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_items_expected_max() > 0 ? " " + option->get_type_name() : "";
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string value = option->get_default_str();
    return option->get_description() + (value.empty() ? "" : " [" + value + "]");
  }
};

// One of these words.
void choice(CLI::Option* option, const std::vector<std::string>& words) {
  option->transform(CLI::IsMember(words).description(""))->type_name(fmt::format("{}", fmt::join(words, "|")));
}

// Breaks lines at spaces, so that a help text fits beside its option.
std::string wrapped(std::string text) {
  constexpr size_t kWidth = 80;
  size_t line = 0, space = std::string::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line = i + 1, space = std::string::npos;
    if (text[i] == ' ') space = i;
    if (i - line >= kWidth && space != std::string::npos) {
      text[space] = '\n';
      line = space + 1;
      space = std::string::npos;
    }
  }
  return text;
}

void declare_cluster(CLI::App& app, Raw& raw, CommandLine& line) {
  app.add_option("--name", line.options.name, "This node's name, as in --peers")->type_name("NAME");
  app.add_option("--listen", raw.listen,
                 "Where clients and other nodes connect, unless --peers says it; port 0: any free one")
      ->type_name("IP:PORT");
  app.add_option("--listen-fd", line.inherited_fd, "Serve this inherited listening socket too")
      ->type_name("FD")
      ->default_str("");
  app.add_option("--peers", raw.peers,
                 "All members, this node included: n1=10.0.0.1:7000,n2=10.0.0.2:7000*1.5\n"
                 "(n2 is to keep 1.5 times as much as n1)")
      ->delimiter(',')
      ->type_name("LIST")
      ->default_str("this node alone");
  app.add_option("--join", line.options.join,
                 wrapped("Join the cluster of the node there, any of its members; of several, they are asked in turn. "
                         "The cluster's N, R, W and ring hold then. A node with data of a former life as a member just "
                         "comes back"))
      ->delimiter(',')
      ->type_name("IP:PORT,…")
      ->default_str("");
  app.add_option("--replace", line.options.replaces, "With --join: in place of this member, which is dead")
      ->type_name("NAME")
      ->default_str("");
  app.add_option(
         "--ring", raw.ring,
         wrapped("How slots are given to members, the same everywhere. tokens:64: random ranges, so many a node; "
                 "equal:256: so many equal ones in all, better balanced. More: better balance, longer table"))
      ->type_name("KIND");
  app.add_option("--max-clients", line.max_clients, "Connections of clients at most; further ones get an error")
      ->type_name("N");
}

void declare_promises(CLI::App& app, Raw& raw) {
  app.add_option("--replicas", raw.replicas, "N: homes of a key")->type_name("N")->default_str("3, or all if fewer");
  app.add_option("--read-quorum", raw.read_quorum,
                 wrapped("R: nodes that must answer a read. With R + W > N and strict mode a read sees every write "
                         "acknowledged before it"))
      ->type_name("R")
      ->default_str("majority of N");
  app.add_option("--write-quorum", raw.write_quorum, "W: nodes that must hold a write before it is acknowledged")
      ->type_name("W")
      ->default_str("majority of N");
  choice(app.add_option("--mode", raw.mode,
                        wrapped("Who counts. sloppy: the first N nodes that can be reached, and stand-ins keep hints "
                                "for homes that cannot; strict: homes only, fewer requests succeed; lin: a majority of "
                                "the homes, GET, SET and DEL only, linearizable")),
         {"sloppy", "strict", "lin"});
  choice(app.add_option("--merge", raw.merge,
                        wrapped("Concurrent carts. observed-remove: nothing is lost; union: removed items can come "
                                "back; last-write-wins: additions are lost")),
         {"observed-remove", "union", "last-write-wins"});
}

void declare_storage(CLI::App& app, Raw& raw) {
  app.add_option(
         "--storage", raw.storage,
         wrapped("memory: a restart loses all; lmdb: what is acknowledged is on disk; "
                 "redis://HOST:PORT[/DB] or redis+unix:///PATH: in a Redis of this node's own, as safe as that"))
      ->type_name("memory|lmdb|redis://…")
      ->default_str("lmdb with --data");
  app.add_option("--data", raw.data, "Directory of this node's data, made if missing")->type_name("DIR");
}

void declare_repair(CLI::App& app, Raw& raw) {
  choice(app.add_option("--hints", raw.hints, "off: nobody keeps writes for an absent home"), {"on", "off"});
  app.add_option("--hint-batch", raw.hint_batch, "Hints under way to one home at most; more: faster, and burstier")
      ->type_name("N");
  app.add_option("--max-hints", raw.max_hint_mib, "Size of all hints at most; further ones are refused, not counted")
      ->type_name("MIB")
      ->check(CLI::Range(0, 1 << 20).description(""));
  app.add_option("--max-hint-age", raw.max_hint_age,
                 wrapped("For a home silent for longer no further hints are kept, and anti-entropy alone fills it"))
      ->type_name("MS");
  app.add_option("--reap-after", raw.reap_after,
                 wrapped("What is left of a deleted key is forgotten after so long, once all nodes agree; longer than "
                         "--max-hint-age, and than clients retry"))
      ->type_name("MS");
  app.add_option("--transfer-rate", raw.transfer_mib,
                 wrapped("What a node that joins, or takes over, fetches at most; less: it takes longer, and requests "
                         "are quicker meanwhile"))
      ->type_name("MIB/S")
      ->check(CLI::Range(1, 1 << 20).description(""));
  choice(app.add_option("--anti-entropy", raw.anti_entropy, "off: replicas that nobody reads stay behind"),
         {"on", "off"});
}

void declare_times(CLI::App& app, Raw& raw) {
  const auto milliseconds = [&app](const char* name, int& value, const char* help) {
    app.add_option(name, value, wrapped(help))->type_name("MS");
  };
  milliseconds("--request-timeout", raw.request_timeout,
               "A request unanswered for so long gets -TIMEOUT; longer rides out more, and holds clients longer");
  milliseconds("--max-queue-delay", raw.max_queue_delay,
               "A request that waited so long for its turn, in a queue that stands, gets -BUSY");
  milliseconds("--hint-timeout", raw.hint_timeout, "A home silent for so long gets a hint at a stand-in");
  app.add_option("--max-open-requests", raw.max_open_requests, "Of clients at a time; further ones get -BUSY")
      ->type_name("N");
  milliseconds("--heartbeat-interval", raw.heartbeat_interval, "Between signs of life to other nodes");
  app.add_option("--heartbeat-fanout", raw.heartbeat_fanout,
                 "To so many others at a time, the same at all nodes; of more, they take turns, silent for longer")
      ->type_name("N");
  milliseconds("--suspect-after", raw.suspect_after,
               "A node silent for so long is taken for down; shorter: quicker, and more often wrong");
  milliseconds("--gossip-interval", raw.gossip_interval, "Between telling one other node how busy nodes are");
  milliseconds("--anti-entropy-interval", raw.anti_entropy_interval, "Between two comparisons with another node");
  milliseconds("--handoff-interval", raw.handoff_interval, "Between two offers of hints to homes that are back");
}

void declare_tests(CLI::App& app, Raw& raw, CommandLine& line) {
  app.add_flag("--debug-commands", line.options.debug_commands, "Allow DEBUG: dumps, and damage on purpose");
  choice(app.add_option("--experiment", raw.experiment,
                        wrapped("non-expanding: each request reaches R or W homes drawn at random, and no others ever; "
                                "needs --mode strict --hints off --anti-entropy off")),
         {"none", "non-expanding"});
  app.add_option("--bug", raw.bug, bug_help())
      ->transform(CLI::IsMember(bug_names()).description(""))
      ->type_name("NAME");
  app.add_option("--rare-paths", line.options.rare_paths,
                 wrapped("Makes what a node seldom does common: tiny limits, short times, late answers; others for "
                         "each number. No promise is broken by it. 0: off"))
      ->type_name("N");
}

void declare(CLI::App& app, Raw& raw, CommandLine& line) {
  app.option_defaults()->always_capture_default();
  app.option_defaults()->group("Cluster");
  declare_cluster(app, raw, line);
  app.option_defaults()->group("Promises");
  declare_promises(app, raw);
  app.option_defaults()->group("Storage");
  declare_storage(app, raw);
  app.option_defaults()->group("Repair");
  declare_repair(app, raw);
  app.option_defaults()->group("Times");
  declare_times(app, raw);
  app.option_defaults()->group("For tests");
  declare_tests(app, raw, line);
}

// "1.5", in percent; 0 if it is no such number.
int parse_weight(const std::string& text) {
  char* end = nullptr;
  const double times = std::strtod(text.c_str(), &end);
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos && *end == '\0';
  return plain && times <= 100 ? static_cast<int>(times * 100 + 0.5) : 0;
}

// "n1=10.0.0.1:7000*1.5"
tl::expected<Peer, std::string> parse_peer(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return Wrong(fmt::format("--peers: '{}' is not name=ip:port", text));
  const size_t star = std::min(text.find('*', equals), text.size());
  const int weight = star == text.size() ? 100 : parse_weight(text.substr(star + 1));
  if (weight == 0) return Wrong(fmt::format("--peers: the weight in '{}' is not 0.01 to 100", text));
  auto address = Address::parse(text.substr(equals + 1, star - equals - 1));
  if (!address) return Wrong(fmt::format("--peers: {}", address.error()));
  if (address->port() == 0) return Wrong(fmt::format("--peers: '{}' has port 0", text));
  return Peer{text.substr(0, equals), address->text(), weight};
}

tl::expected<void, std::string> take_peers(const Raw& raw, CommandLine& line) {
  for (const std::string& text : raw.peers) {
    auto peer = parse_peer(text);
    if (!peer) return Wrong(peer.error());
    line.options.peers.push_back(std::move(*peer));
  }
  if (!line.options.join.empty()) {
    for (const std::string& text : line.options.join) {
      const auto contact = Address::parse(text);
      if (!contact) return Wrong(fmt::format("--join: {}", contact.error()));
    }
    if (line.listen.port() == 0) return Wrong("--join needs a --listen with a port: other nodes must find this one");
    if (line.listen.is_wildcard()) return Wrong("--join needs a --listen with an ip: other nodes must find this one");
    line.options.address = line.listen.text();
  } else if (raw.peers.empty()) {
    line.options.peers.push_back({line.options.name, line.listen.text(), 100});
  }
  return {};
}

tl::expected<void, std::string> take_storage(const Raw& raw, CommandLine& line) {
  line.data_directory = raw.data;
  const std::string storage = !raw.storage.empty() ? raw.storage : raw.data.empty() ? "memory" : "lmdb";
  line.options.storage = storage;
  if (storage == "memory") return {};
  if (storage == "lmdb") {
    line.storage = StorageKind::kLmdb;
    if (raw.data.empty()) return Wrong("--storage lmdb needs --data DIRECTORY");
    return {};
  }
  line.storage = StorageKind::kRedis;
  auto address = parse_redis_url(storage);
  if (!address) return Wrong(fmt::format("--storage is memory, lmdb or the URL of a Redis: {}", address.error()));
  line.redis = std::move(*address);
  return {};
}

void take_the_rest(const Raw& raw, Options& options) {
  const auto ms = [](int count) { return std::chrono::milliseconds(count); };
  options.replicas = raw.replicas != 0      ? raw.replicas
                     : options.join.empty() ? std::min<int>(3, static_cast<int>(options.peers.size()))
                                            : 3;
  const int majority = options.replicas / 2 + 1;
  options.read_quorum = raw.read_quorum != 0 ? raw.read_quorum : majority;
  options.write_quorum = raw.write_quorum != 0 ? raw.write_quorum : majority;
  options.mode = raw.mode == "strict" ? Mode::kStrict : raw.mode == "lin" ? Mode::kLin : Mode::kSloppy;
  options.merge = raw.merge == "union"             ? Merge::kUnion
                  : raw.merge == "last-write-wins" ? Merge::kLastWriteWins
                                                   : Merge::kObservedRemove;
  options.hints = raw.hints == "on";
  options.anti_entropy = raw.anti_entropy == "on";
  options.non_expanding = raw.experiment == "non-expanding";
  options.request_timeout = ms(raw.request_timeout);
  options.max_queue_delay = ms(raw.max_queue_delay);
  options.max_open_requests = static_cast<size_t>(raw.max_open_requests);
  options.max_hint_age = ms(raw.max_hint_age);
  options.reap_after = ms(raw.reap_after);
  options.hint_timeout = ms(raw.hint_timeout);
  options.heartbeat_interval = ms(raw.heartbeat_interval);
  options.suspect_after = ms(raw.suspect_after);
  options.gossip_interval = ms(raw.gossip_interval);
  options.anti_entropy_interval = ms(raw.anti_entropy_interval);
  options.handoff_interval = ms(raw.handoff_interval);
  options.heartbeat_fanout = static_cast<size_t>(raw.heartbeat_fanout);
  options.hint_batch = static_cast<size_t>(raw.hint_batch);
  options.max_hint_bytes = static_cast<size_t>(raw.max_hint_mib) << 20;
  options.transfer_bytes_per_second = static_cast<size_t>(raw.transfer_mib) << 20;
  for (const BugName& bug : all_bugs()) {
    if (bug.name == raw.bug) options.bug = bug.bug;
  }
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// The file that the command line names.
std::string config_of(int argc, const char* const* argv) {
  std::string file;
  constexpr std::string_view kFlag = "--config";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == kFlag && i + 1 < argc) file = argv[i + 1];
    if (word.substr(0, kFlag.size() + 1) == "--config=") file = word.substr(kFlag.size() + 1);
  }
  return file;
}

}  // namespace

tl::expected<std::variant<CommandLine, HelpAsked>, std::string> parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  Raw raw;
  CLI::App app(kDescription, "dynamo-node");
  app.footer(kEnd);
  app.formatter(std::make_shared<HelpFormat>());
  declare(app, raw, line);
  app.set_config("--config", "", "Settings from a file, as in node/dynamo-node.toml; what is given here goes before it")
      ->type_name("FILE")
      ->group("Cluster");
  app.allow_config_extras(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return HelpAsked{app.help()};
  } catch (const CLI::FileError&) {
    return Wrong(fmt::format("--config {}: cannot be read", config_of(argc, argv)));
  } catch (const CLI::ConfigError& error) {
    return Wrong(fmt::format("--config {}: {}", config_of(argc, argv), one_line(error.what())));
  } catch (const CLI::ParseError& error) {
    return Wrong(one_line(error.what()));
  }
  line.bare = argc <= 1;
  const auto given = [&app](const char* name) { return app.count(name) > 0; };
  for (const char* name :
       {"--replicas", "--read-quorum", "--write-quorum", "--hint-batch", "--max-open-requests", "--heartbeat-fanout"}) {
    if (given(name) && app.get_option(name)->as<int>() < 1) {
      return Wrong(fmt::format("{} {} is less than 1", name, app.get_option(name)->as<int>()));
    }
  }
  if (given("--listen-fd") && line.inherited_fd < 0) {
    return Wrong(fmt::format("--listen-fd {} is no file descriptor", line.inherited_fd));
  }

  const auto ring = RingKind::parse(raw.ring);
  if (!ring) return Wrong(fmt::format("--ring: {}", ring.error()));
  line.options.ring = *ring;
  const auto listen = Address::parse(raw.listen);
  if (!listen) return Wrong(fmt::format("--listen: {}", listen.error()));
  line.listen = *listen;
  if (const auto taken = take_peers(raw, line); !taken) return Wrong(taken.error());
  for (const Peer& peer : line.options.peers) {
    if (peer.name == line.options.name && !given("--listen")) line.listen = *Address::parse(peer.address);
  }
  if (const auto taken = take_storage(raw, line); !taken) return Wrong(taken.error());
  take_the_rest(raw, line.options);
  if (const auto valid = validate(line.options); !valid) return Wrong(valid.error());
  return line;
}

}  // namespace node
