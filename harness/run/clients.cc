#include "harness/run/clients.h"

#include <algorithm>
#include <optional>

namespace harness {

using checkers::Event;
using checkers::EventType;
using checkers::List;
using checkers::Map;
using checkers::Value;
using workloads::Operation;

namespace {

struct OpenOperation {
  Operation operation;
  std::unique_ptr<Script> script;
  SteadyClock::time_point deadline;
  std::vector<size_t> asked;      // nodes, the present one last
  std::optional<uint64_t> epoch;  // of the route by which that was chosen
  bool sent = false;              // some attempt left this process
  List attempts;
  size_t node() const { return asked.back(); }
};

// Of what is due at one moment: after the faults, each client in its turn.
constexpr int kFirstRank = 1;

struct FinalRead {
  std::string key;
  size_t place = 0;  // in the list of what is still to be read
  int tries = 1;
};

bool takes_contexts(const System& system) {
  const std::vector<std::string> capabilities = system.capabilities();
  return std::find(capabilities.begin(), capabilities.end(), "contexts") != capabilities.end();
}

}  // namespace

struct Clients::Worker {
  Worker(Clients& clients, int number)
      : index(number),
        process(number),
        connections(clients.hosts_.size()),
        timer(
            clients.loop_,
            [this, &clients] {
              waiting = false;
              --clients.waiting_;
              clients.next(*this);
            },
            static_cast<uint16_t>(kFirstRank + number)) {}

  const int index;
  int64_t process;
  std::vector<std::unique_ptr<Connection>> connections;  // by node; made when first used
  Timer timer;
  bool waiting = false;
  std::optional<OpenOperation> open;
  std::optional<FinalRead> final_read;  // the one under way, or to be tried again
};

Clients::Clients(Loop& loop, Connector& connector, const System& system, const std::vector<Host>& hosts,
                 workloads::Workload& workload, Operations& operations, Recorder& recorder, Options options)
    : loop_(loop),
      connector_(connector),
      system_(system),
      hosts_(hosts),
      workload_(workload),
      operations_(operations),
      recorder_(recorder),
      options_(std::move(options)),
      greeting_(system.greeting()),
      takes_contexts_(takes_contexts(system)),
      routing_(options_.client_driven ? system.routing() : nullptr) {
  if (routing_ != nullptr) {
    routes_ = std::make_unique<Routes>(loop, connector, *routing_, hosts, options_.request_timeout + kReplyGrace);
  }
  for (int i = 0; i < options_.concurrency; ++i) workers_.push_back(std::make_unique<Worker>(*this, i));
}

Clients::~Clients() {
  for (auto& worker : workers_) {
    for (auto& connection : worker->connections) {
      if (connection) connection->cancel();
    }
  }
}

void Clients::start() {
  running_ = true;
  operations_.begin(loop_.now());
  for (auto& worker : workers_) plan_next(*worker, false);
}

void Clients::stop() {
  running_ = false;
  for (auto& worker : workers_) {
    if (!worker->waiting) continue;
    worker->timer.disarm();
    worker->waiting = false;
    --waiting_;
  }
}

void Clients::abandon(const std::string& why) {
  stop();
  for (FinalKeys& left : final_keys_) left.keys.clear();
  for (auto& worker : workers_) {
    if (!worker->open) continue;
    worker->connections[worker->open->node()]->cancel();
    worker->final_read.reset();
    finish(*worker, worker->open->script->give_up(why));
  }
}

void Clients::wait(Worker& worker, SteadyClock::time_point until) {
  worker.waiting = true;
  ++waiting_;
  worker.timer.arm(until - loop_.now());
}

// `refused`: its last operation could not even be sent.
void Clients::plan_next(Worker& worker, bool refused) {
  const auto now = loop_.now();
  auto due = operations_.due(worker.index, now);
  if (!due) return;
  if (refused) due = std::max(*due, now + kPauseAfterRefusal);
  if (*due > now) return wait(worker, *due);
  next(worker);
}

size_t Clients::taking_part() const {
  size_t count = 0;
  for (size_t node = 0; node < hosts_.size(); ++node) count += takes_part(node);
  return count;
}

size_t Clients::node_from(size_t node) const {
  for (size_t step = 0; step < hosts_.size(); ++step) {
    if (takes_part((node + step) % hosts_.size())) return (node + step) % hosts_.size();
  }
  return node;
}

void Clients::next(Worker& worker) {
  if (!final_keys_.empty()) {
    next_final_read(worker);
  } else if (running_) {
    Operations::Next next = operations_.next(worker.index, worker.process);
    const auto choice = routes_ ? routes_->choose(next.operation.key, {}) : std::nullopt;
    const size_t node = choice && !next.named ? choice->node : node_from(next.node);
    begin(worker, std::move(next.operation), node, choice ? std::optional(choice->epoch) : std::nullopt);
  }
}

Map Clients::operation_fields(const Operation& operation, size_t node) const {
  Map fields;
  fields.reserve(8);
  if (!operation.session.empty()) {
    fields.emplace_back("session", operation.session);
    fields.emplace_back("seq", operation.seq);
  }
  fields.emplace_back("r", options_.read_quorum);
  fields.emplace_back("w", options_.write_quorum);
  fields.emplace_back("mode", options_.mode);
  if (operation.final) fields.emplace_back("final", true);
  if (operation.blind) fields.emplace_back("blind", true);
  fields.emplace_back("node", hosts_[node].name);
  return fields;
}

void Clients::begin(Worker& worker, Operation operation, size_t node, std::optional<uint64_t> epoch) {
  if (!takes_contexts_) operation.has_observed = false;  // it removes whatever it finds
  Event event;
  event.type = EventType::kInvoke;
  event.process = worker.process;
  event.f = operation.f;
  event.key = operation.key;
  event.value = operation.value;
  Map fields = operation_fields(operation, node);
  if (operation.has_observed) {
    fields.emplace_back("observed", List(operation.observed.begin(), operation.observed.end()));
  }
  event.fields = std::move(fields);
  if (counts_.sent++ == 0) first_sent_ = loop_.now();
  recorder_.add(std::move(event));

  OpenOperation open;
  open.script = system_.script(operation);
  open.operation = std::move(operation);
  open.deadline = loop_.now() + kTimeoutsPerOperation * (options_.request_timeout + kReplyGrace);
  open.asked = {node};
  open.epoch = epoch;
  worker.open = std::move(open);
  ++open_;
  send(worker);
}

void Clients::send(Worker& worker) {
  OpenOperation& open = *worker.open;
  std::unique_ptr<Connection>& connection = worker.connections[open.node()];
  if (!connection) {
    connection = connector_.connect(hosts_[open.node()], greeting_, static_cast<uint64_t>(worker.index) + 1);
  }
  auto left = std::chrono::ceil<std::chrono::milliseconds>(open.deadline - loop_.now());
  auto timeout = std::clamp(left, std::chrono::milliseconds(1), options_.request_timeout + kReplyGrace);
  Request request = open.script->request();
  if (open.epoch) request = routing_->with_table(std::move(request), *open.epoch);
  connection->send(request, timeout,
                   [this, &worker](const Connection::Outcome& outcome) { answered(worker, outcome); });
}

void Clients::answered(Worker& worker, const Connection::Outcome& outcome) {
  OpenOperation& open = *worker.open;
  std::optional<Completion> completion;
  bool same_node = false;
  // A client with routes goes on from a node that did nothing to another one, as if it had not reached it.
  const bool refused = routes_ && !open.operation.final && outcome.answered && routing_->refused(outcome.reply);
  if (routes_ && !open.operation.final) routes_->learn(open.operation.key, open.node(), outcome);
  if (outcome.answered && !refused) {
    open.sent = true;
    completion = open.script->on_reply(outcome.reply);
    same_node = !completion && !open.script->new_attempt();
    if (completion) {
      note_attempt(worker, to_string(completion->outcome), completion->fields["error"].string());
    } else if (!same_node) {
      note_attempt(worker, "info", outcome.reply.text);
    }
  } else {
    const Script::Loss loss = refused ? Script::Loss::kNotSent : outcome.loss;
    const std::string& why = refused ? outcome.reply.text : outcome.why;
    const bool no_effect = loss == Script::Loss::kNotSent;
    open.sent = open.sent || refused || !no_effect;
    note_attempt(worker, no_effect ? "fail" : "info", why);
    completion = open.script->on_loss(loss, why);
  }
  if (completion) return finish(worker, *completion);
  if (loop_.now() >= open.deadline) {
    return finish(worker, open.script->give_up("time is up for this operation"));
  }
  if (same_node) return send(worker);
  another_attempt(worker);
}

void Clients::another_attempt(Worker& worker) {
  OpenOperation& open = *worker.open;
  // A final read is about one node's answer. And once every node was asked, each has had its chance.
  if (open.operation.final || open.asked.size() >= taking_part()) {
    return finish(worker, open.script->give_up(open.asked.size() > 1 ? "no node answered" : "the node did not answer"));
  }
  const auto choice = routes_ ? routes_->choose(open.operation.key, open.asked) : std::nullopt;
  open.asked.push_back(choice ? choice->node : node_from((open.node() + 1) % hosts_.size()));
  open.epoch = choice ? std::optional(choice->epoch) : std::nullopt;
  send(worker);
}

void Clients::note_attempt(Worker& worker, std::string_view outcome, const std::string& error) {
  Map attempt{{"node", hosts_[worker.open->node()].name}, {"outcome", outcome}};
  if (!error.empty()) attempt.emplace_back("error", error);
  worker.open->attempts.emplace_back(std::move(attempt));
}

void Clients::finish(Worker& worker, const Completion& completion) {
  OpenOperation open = std::move(*worker.open);
  worker.open.reset();
  --open_;

  Event event;
  event.type = completion.outcome;
  event.process = worker.process;
  event.f = open.operation.f;
  event.key = open.operation.key;
  event.value = completion.value;
  Map fields = operation_fields(open.operation, open.node());
  for (const auto& [name, value] : completion.fields.map()) fields.emplace_back(name, value);
  if (open.attempts.size() > 1) fields.emplace_back("attempts", std::move(open.attempts));
  event.fields = std::move(fields);
  const int64_t index = recorder_.add(std::move(event));
  if (completion.outcome == EventType::kOk && open.operation.f != "read" && options_.acknowledged) {
    options_.acknowledged(completion.fields["acks"].list(), index);
  }

  workload_.completed(worker.process, open.operation, completion.outcome, completion.value);
  switch (completion.outcome) {
    case EventType::kOk:
      ++counts_.ok;
      break;
    case EventType::kFail:
      ++counts_.fail;
      break;
    default:
      ++counts_.info;
      worker.process += options_.concurrency;
  }

  if (open.operation.final) return after_final_read(worker, completion.outcome == EventType::kOk);
  if (running_) plan_next(worker, !open.sent);
}

void Clients::final_reads(const std::vector<std::string>& keys) {
  running_ = false;
  for (size_t node = 0; node < hosts_.size(); ++node) {
    if (takes_part(node)) final_keys_.push_back({node, {keys.begin(), keys.end()}});
  }
  for (auto& worker : workers_) next_final_read(*worker);
}

void Clients::next_final_read(Worker& worker) {
  if (!worker.final_read) {
    // With fewer workers than nodes, each reads through several.
    const size_t step = std::max<size_t>(1, std::min(workers_.size(), final_keys_.size()));
    for (size_t place = static_cast<size_t>(worker.index) % step; place < final_keys_.size(); place += step) {
      std::deque<std::string>& keys = final_keys_[place].keys;
      if (keys.empty()) continue;
      worker.final_read = FinalRead{std::move(keys.front()), place, 1};
      keys.pop_front();
      break;
    }
  }
  if (!worker.final_read) return;
  const FinalRead& read = *worker.final_read;
  begin(worker, workload_.final_read(read.key), final_keys_[read.place].node);
}

void Clients::after_final_read(Worker& worker, bool ok) {
  if (!worker.final_read) return;  // abandoned
  FinalRead& read = *worker.final_read;
  if (!ok && read.tries < kFinalReadTries) {
    ++read.tries;
    return wait(worker, loop_.now() + kPauseAfterRefusal);
  }
  if (!ok) final_keys_[read.place].keys.clear();
  worker.final_read.reset();
  next_final_read(worker);
}

}  // namespace harness
