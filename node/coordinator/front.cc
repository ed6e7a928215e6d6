#include "node/coordinator/front.h"

#include <algorithm>

#include "node/coordinator/catalogue.h"
#include "node/coordinator/cluster_commands.h"
#include "node/coordinator/info.h"
#include "node/coordinator/page.h"
#include "node/coordinator/ring_commands.h"
#include "node/coordinator/settings.h"
#include "node/replica/dump.h"
#include "node/replica/snapshot.h"
#include "node/wire/resp.h"

namespace node {

namespace {

constexpr size_t kDumpPage = 500;
constexpr size_t kSnapshotPageBytes = 1u << 20;
constexpr Duration kStanding = std::chrono::milliseconds(100);

std::string milliseconds(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

std::string error_reply(const Error& error) {
  std::string resp;
  resp::error(resp, to_line(error));
  return resp;
}

std::string error_reply(std::string text) { return error_reply(Error{Error::Kind::kBadRequest, std::move(text)}); }

std::string busy_reply(std::string why) { return error_reply(Error{Error::Kind::kBusy, std::move(why)}); }

std::string ok_reply() {
  std::string resp;
  resp::status(resp, "OK");
  return resp;
}

std::string bulk_reply(std::string_view text) {
  std::string resp;
  resp::bulk(resp, text);
  return resp;
}

std::string config_reply(const Options& options, const Words& patterns) {
  auto all = settings(options);
  // N, R and W under their own names, and what Redis' tools ask for.
  all.insert(all.end(), {{"n", std::to_string(options.replicas)},
                         {"r", std::to_string(options.read_quorum)},
                         {"w", std::to_string(options.write_quorum)},
                         {"save", ""},
                         {"appendonly", "no"}});
  std::vector<std::string> found;
  for (const auto& [name, value] : all) {
    const auto fits = [&of = name](const std::string& pattern) { return matches(pattern, of); };
    if (std::any_of(patterns.begin(), patterns.end(), fits)) found.insert(found.end(), {name, value});
  }
  std::string resp;
  resp::words(resp, found);
  return resp;
}

}  // namespace

Front::Front(Replica& replica, Coordinator& coordinator, const Handoff& handoff, Membership& membership)
    : replica_(replica),
      coordinator_(coordinator),
      handoff_(handoff),
      membership_(membership),
      too_late_(busy_reply("requests wait for their turn for more than " +
                           milliseconds(replica.options().max_queue_delay) + " ms")),
      too_many_(busy_reply(std::to_string(replica.options().max_open_requests) +
                           " requests are open, and no more are taken")) {}

void Front::on_request(Turn& turn, const ClientRequest& request) {
  const Words& words = request.words;
  if (request.ticket == 0 && is_http(words)) {
    const Doors doors{doors_, request.door};
    turn.effects.push_back(Reply{request.client, 0, http_response(RingView(replica_, doors, turn.now), words), true});
    return;
  }
  std::string name = to_upper(words[0]);
  if (is_data_command(name)) {
    if (const std::string* refusal = refuse(turn, request)) {
      turn.effects.push_back(Reply{request.client, request.ticket, *refusal});
      return;
    }
    auto session = sessions_.find(request.client);
    Asker asker;
    asker.client = request.client;
    asker.ticket = request.ticket;
    asker.arrived = request.arrived;
    replica_.meter.count_client();
    data(turn, asker, session == sessions_.end() ? Session{} : session->second, request.door, words);
    return;
  }
  if (name == "ADMIN") {  // answers in its own time
    membership_.command(turn, request.client, request.ticket, words);
    return;
  }
  Reply reply{request.client, request.ticket, {}};
  if (name == "PING") {
    if (words.size() > 1) {
      reply.resp = bulk_reply(words[1]);
    } else {
      resp::status(reply.resp, "PONG");
    }
  } else if (name == "ECHO" && words.size() == 2) {
    reply.resp = bulk_reply(words[1]);
  } else if (name == "QUIT") {
    reply.resp = ok_reply();
    reply.close = true;
  } else if (name == "SELECT" && words.size() == 2) {
    reply.resp = words[1] == "0" ? ok_reply() : error_reply("there is one database, 0");
  } else if (name == "CLIENT" || name == "READONLY" || name == "READWRITE" || name == "ASKING") {
    reply.resp = ok_reply();
  } else if (name == "COMMAND") {
    reply.resp = command_command(words);
  } else if (name == "TIME") {
    resp::words(reply.resp,
                {std::to_string(turn.wall.count() / 1000), std::to_string(turn.wall.count() % 1000 * 1000)});
  } else if (name == "SESSION") {
    reply.resp = session_command(request.client, words);
  } else if (name == "DEBUG") {
    reply.resp = debug(turn, words);
  } else {
    reply.resp = look(turn, name, request.door, words);
  }
  turn.effects.push_back(std::move(reply));
}

// Shed before anything is parsed or looked up: to refuse must be cheap, or the refused ones cost what the others need.
// Not for one long wait: after a pause, or a burst, there is a queue for a moment, and then there is none. Overload is
// a queue that stands: for kStanding nobody's turn came quickly (Nichols, Jacobson: "Controlling queue delay", 2012).
const std::string* Front::refuse(const Turn& turn, const ClientRequest& request) {
  const Options& options = replica_.options();
  const Duration waited = request.arrived > Instant{0} ? turn.now - request.arrived : Duration{0};
  if (waited < options.max_queue_delay / 2) {
    queue_since_ = Instant{-1};
  } else if (queue_since_ < Instant{0}) {
    queue_since_ = turn.now;
  }
  const bool late = waited > options.max_queue_delay && turn.now - queue_since_ > kStanding;
  if (!late && coordinator_.open_requests() < options.max_open_requests) return nullptr;
  ++replica_.counters.busy;
  replica_.background.served(waited);
  return late ? &too_late_ : &too_many_;
}

void Front::data(Turn& turn, const Asker& asker, const Session& session, int door, const Words& words) {
  const Options& options = replica_.options();
  Result<Command> command = parse_command(words, options);
  if (!command) {
    Coordinator::answer(turn, replica_, asker, error_reply(command.error()));
    return;
  }
  if (!replica_.member()) {
    Coordinator::answer(turn, replica_, asker,
                        error_reply(Error{Error::Kind::kUnavailable, "this node is no member of a cluster"}));
    return;
  }
  if (std::string elsewhere = redirection(turn, *command, session, door); !elsewhere.empty()) {
    std::string resp;
    resp::error(resp, elsewhere);
    Coordinator::answer(turn, replica_, asker, std::move(resp));
    return;
  }
  Asker with_meta = asker;
  with_meta.meta = asker.meta || session.meta;
  auto pick = [](std::optional<int> own, std::optional<int> of_session, int of_node) {
    return static_cast<size_t>(own.value_or(of_session.value_or(of_node)));
  };
  Mode mode = command->mode.value_or(session.mode.value_or(options.mode));
  if (Result<void> fits = command->fits(mode); !fits) {
    Coordinator::answer(turn, replica_, asker, error_reply(fits.error()));
    return;
  }
  command->mode = mode;
  Quorum quorum{std::min(pick(command->r, session.r, options.read_quorum), replica_.replicas()),
                std::min(pick(command->w, session.w, options.write_quorum), replica_.replicas()), mode};
  if (mode == Mode::kLin) quorum.r = quorum.w = replica_.replicas() / 2 + 1;
  Duration timeout = command->timeout.value_or(options.request_timeout);
  coordinator_.begin(turn, with_meta, std::move(*command), words, quorum, timeout);
}

std::string Front::redirection(Turn& turn, const Command& command, const Session& session, int door) {
  const uint64_t own = replica_.table().epoch;
  const uint64_t known = command.table.value_or(session.table.value_or(own));
  if (known > own) {
    heard_of_newer_table_ = true;
    return "STALE " + std::to_string(own) + " is the epoch of this node's routing table, older than the client's " +
           std::to_string(known) + "; nothing happened, ask another node";
  }
  if (!session.redirect && known == own) return "";
  if (replica_.is_home(slot_of(command.key), replica_.self())) return "";
  const Doors doors{doors_, door};
  return moved(RingView(replica_, doors, turn.now), command.key);
}

void Front::on_forward(Turn& turn, NodeIndex from, const RequestId& id, const Forward& message) {
  if (message.words.empty() || !forwards_.first(id)) return;
  Asker asker;
  asker.peer = from;
  asker.peer_request = id;
  asker.meta = message.meta;
  data(turn, asker, Session{}, 0, message.words);
}

std::string Front::session_command(ClientId client, const Words& words) {
  const std::string usage = usage_of("SESSION");
  if (words.size() != 3) return error_reply("wrong number of arguments for 'SESSION': " + usage);
  Session& session = sessions_[client];
  std::string what = to_upper(words[1]);
  std::string value = to_upper(words[2]);
  if (what == "META" && (value == "ON" || value == "OFF")) {
    session.meta = value == "ON";
  } else if (what == "REDIRECT" && (value == "ON" || value == "OFF")) {
    session.redirect = value == "ON";
  } else if (what == "TABLE" && parse_integer(value).value_or(-1) >= 0) {
    session.table = static_cast<uint64_t>(*parse_integer(value));
  } else if (what == "MODE" && parse_mode(value)) {
    session.mode = parse_mode(value);
  } else if (what == "R" || what == "W") {
    std::optional<int64_t> n = parse_integer(value);
    if (!n || *n < 1 || *n > replica_.options().replicas) {
      return error_reply(what + " is 1 to " + std::to_string(replica_.options().replicas) + ", the number of replicas");
    }
    (what == "R" ? session.r : session.w) = static_cast<int>(*n);
  } else {
    return error_reply(usage);
  }
  return ok_reply();
}

std::string Front::look(Turn& turn, const std::string& name, int door, const Words& words) {
  const Doors doors{doors_, door};
  const RingView view(replica_, doors, turn.now);
  std::string resp;
  if (name == "WHERE" && words.size() == 2) {
    resp = where_reply(view, words[1]);
  } else if (name == "ROUTE" && words.size() == 2) {
    const Options& options = replica_.options();
    resp = route_reply(view, words[1], 3 * static_cast<size_t>(std::max(options.read_quorum, options.write_quorum)));
  } else if (name == "RING") {
    resp = ring_command(view, words);
  } else if (name == "CLUSTER") {
    resp = cluster_command(view, words);
  } else if (name == "SNAPSHOT" && words.size() == 4) {
    resp = snapshot(words);
  } else if (name == "INFO") {
    resp::bulk(resp, info(replica_, stats(), words.size() > 1 ? words[1] : "", turn.now));
  } else if (name == "DBSIZE") {
    resp::integer(resp, static_cast<int64_t>(replica_.records.size()));
  } else if (name == "CONFIG" && words.size() >= 3 && to_upper(words[1]) == "GET") {
    resp = config_reply(replica_.options(), Words(words.begin() + 2, words.end()));
  } else {
    const std::string usage = usage_of(name);
    resp = !usage.empty() ? error_reply("wrong number of arguments for '" + name + "': " + usage)
                          : error_reply("unknown command '" + words[0].substr(0, 32) + "'" + suggestion(name));
  }
  return resp;
}

std::string Front::snapshot(const Words& words) const {
  const std::optional<int64_t> first = parse_integer(words[1]), last = parse_integer(words[2]);
  if (!first || !last || *first < 0 || *first > *last || *last >= kSlots) {
    return error_reply("SNAPSHOT takes the first and the last slot, of 0 to " + std::to_string(kSlots - 1));
  }
  SnapshotPage page;
  if (!snapshot_page(replica_, static_cast<Slot>(*first), static_cast<Slot>(*last), words[3], kSnapshotPageBytes,
                     page)) {
    return error_reply("not a cursor: begin with 0");
  }
  std::string resp;
  resp::array(resp, 3);
  resp::bulk(resp, page.next);
  resp::bulk(resp, page.requests);
  resp::words(resp, page.left_out);
  return resp;
}

Stats Front::stats() const {
  const Counters& c = replica_.counters;
  return {{"records", replica_.records.size()},
          {"record_bytes", replica_.records.bytes()},
          {"records_hashed", replica_.records.hashed()},
          {"recovering", replica_.whole ? 0u : 1u},
          {"hints", replica_.hints.size()},
          {"hint_bytes", replica_.hints.bytes()},
          {"hints_under_way", handoff_.under_way()},
          {"open_requests", coordinator_.open_requests()},
          {"reads", c.reads},
          {"writes", c.writes},
          {"forwards", c.forwards},
          {"timeouts", c.timeouts},
          {"unavailable", c.unavailable},
          {"suspicions", replica_.liveness.suspicions()},
          {"busy", c.busy},
          {"expired", c.expired},
          {"background_rate", replica_.background.rate()},
          {"repairs", c.repairs},
          {"exchanges", c.exchanges},
          {"synced", c.synced},
          {"many_siblings", c.many_siblings},
          {"reaped", c.reaped},
          {"hints_kept", c.hints_kept},
          {"hints_delivered", c.hints_delivered},
          {"messages_sent", c.messages_sent},
          {"message_bytes_sent", c.message_bytes_sent},
          {"epoch", replica_.table().epoch},
          {"fetched", c.fetched},
          {"slots_to_fetch", membership_.slots_to_fetch()},
          {"slots_to_drop", membership_.slots_to_drop()}};
}

std::string Front::debug(Turn& turn, const Words& words) {
  if (!replica_.options().debug_commands) {
    return error_reply("DEBUG is off; start the node with --debug-commands");
  }
  std::string what = words.size() > 1 ? to_upper(words[1]) : "";
  std::string resp;
  if (what == "DUMP" && words.size() == 3) {
    DumpPage page;
    if (!dump_page(replica_, words[2], kDumpPage, page)) return error_reply("not a cursor: begin with 0");
    resp::array(resp, 1 + page.lines.size());
    resp::bulk(resp, page.next);
    for (const std::string& line : page.lines) resp::bulk(resp, line);
  } else if (what == "RECORD" && words.size() == 3) {
    const Record record = replica_.records.visible(storage_key(slot_of(words[2]), words[2]));
    if (record.empty()) {
      resp::null(resp);
    } else {
      resp::bulk(resp, record_json(words[2], record, ""));
    }
  } else if (what == "STATS") {
    std::vector<std::string> flat;
    for (const auto& [field, value] : stats()) {
      flat.push_back(field);
      flat.push_back(std::to_string(value));
    }
    resp::words(resp, flat);
  } else if (what == "DIVERGE" && words.size() == 3) {
    return diverge(turn, words[2]);
  } else {
    return error_reply("DEBUG DUMP cursor, DEBUG RECORD key, DEBUG STATS, DEBUG DIVERGE key");
  }
  return resp;
}

// The same updates with other contents: what a damaged disk looks like.
std::string Front::diverge(Turn& turn, const std::string& key) {
  Record record = replica_.records.latest(storage_key(slot_of(key), key));
  if (record.siblings.empty() && record.tallies.empty() && !record.linear.value)
    return error_reply("this node holds no version of the key");
  for (Sibling& sibling : record.siblings) {
    if (auto* plain = std::get_if<PlainValue>(&sibling.content)) plain->bytes += "!";
    if (auto* line = std::get_if<CartLine>(&sibling.content)) line->item += "!";
    if (auto* cart = std::get_if<WholeCart>(&sibling.content)) cart->entries.clear();
  }
  if (record.linear.value) *record.linear.value += "!";
  for (Tally& tally : record.tallies) ++tally.plus;
  replica_.replace(turn, key, record);
  return ok_reply();
}

}  // namespace node
