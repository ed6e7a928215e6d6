#include "harness/sim/sim_connection.h"

#include <optional>
#include <utility>

#include "harness/sim/random.h"
#include "harness/systems/resp.h"

namespace harness::sim {

namespace {

enum ConnectionPurpose : uint64_t { kThere = 200, kBack, kConnectionLoss };

constexpr Duration kShortest = std::chrono::microseconds(50);
constexpr Duration kLongest = std::chrono::microseconds(500);

class SimConnection : public Connection {
 public:
  SimConnection(World& world, SimHosts& hosts, uint64_t seed, ClientId& ids, int node, std::vector<Request> greeting,
                uint64_t client)
      : world_(world),
        hosts_(hosts),
        seed_(seed),
        ids_(ids),
        node_(node),
        greeting_(std::move(greeting)),
        client_(client),
        arrival_(world.make_timer(World::kLastRank, [this] { arrive(); })),
        end_(world.make_timer(World::kLastRank, [this] { finish(); })),
        deadline_(world.make_timer(World::kLastRank, [this] { time_out(); })) {}
  ~SimConnection() override {
    disconnect();
    for (const World::TimerId timer : {arrival_, end_, deadline_}) world_.drop_timer(timer);
  }
  SimConnection(const SimConnection&) = delete;
  SimConnection& operator=(const SimConnection&) = delete;

  void send(const Request& request, std::chrono::milliseconds timeout, Done done) override {
    request_ = request;
    timeout_ = timeout;
    done_ = std::move(done);
    written_ = false;
    // The client and the moment: what names an operation in a schedule. Zero is for what no operation causes.
    cause_ =
        client_ == 0 ? 0 : draw(client_, {static_cast<uint64_t>(node_), static_cast<uint64_t>(world_.now().count())});
    world_.arm(deadline_, world_.now() + timeout);
    world_.arm(arrival_, world_.now() + latency(kThere));
  }

  void cancel() override {
    for (const World::TimerId timer : {arrival_, end_, deadline_}) world_.disarm(timer);
    disconnect();
    done_ = nullptr;
  }

 private:
  Duration latency(ConnectionPurpose purpose) const {
    const uint64_t drawn =
        draw(seed_, {purpose, client_, static_cast<uint64_t>(node_), static_cast<uint64_t>(world_.now().count())});
    if (!world_.network().drawn.has(drawn)) return kShortest;
    return kShortest + Duration(drawn % static_cast<uint64_t>((kLongest - kShortest).count()));
  }

  void disconnect() {
    if (connected_) world_.hang_up(node_, std::exchange(connected_, 0));
  }

  void arrive() {
    if (!world_.running(node_)) return lose("connection refused");
    // What was an open connection to a former life has been reset since, while nothing was under way on it.
    if (connected_ == 0 || starts_ != world_.starts(node_)) {
      connected_ = ids_++;
      starts_ = world_.starts(node_);
      for (const Request& request : greeting_) world_.submit(node_, request, connected_, [](const std::string*) {});
    }
    written_ = true;
    const ClientId asked = connected_;
    world_.submit(
        node_, request_, connected_, [this, asked](const std::string* reply) { replied(asked, reply); }, cause_);
  }

  void replied(ClientId asked, const std::string* reply) {
    if (asked != connected_) return;
    if (reply == nullptr) {
      connected_ = 0;
      return lose("connection reset");
    }
    if (client_ != 0 && hosts_.loses_reply(node_, draw(seed_, {kConnectionLoss, cause_}))) {
      disconnect();
      return lose("connection reset");
    }
    ReplyReader reader;
    reader.feed(*reply);
    auto parsed = reader.next();
    if (!parsed || !*parsed) return lose("broken reply");
    outcome_ = {true, std::move(**parsed), {}, ""};
    world_.arm(end_, world_.now() + latency(kBack));
  }

  void lose(const std::string& why) {
    outcome_ = {};
    outcome_.loss = written_ ? Script::Loss::kNoAnswer : Script::Loss::kNotSent;
    outcome_.why = World::name(node_) + ": " + why;
    world_.arm(end_, world_.now() + latency(kBack));
  }

  void time_out() {
    world_.disarm(arrival_);
    world_.disarm(end_);
    disconnect();
    outcome_ = {};
    outcome_.loss = written_ ? Script::Loss::kNoAnswer : Script::Loss::kNotSent;
    outcome_.why = World::name(node_) + ": no answer within " + std::to_string(timeout_.count()) + " ms";
    finish();
  }

  // `done` may send the next request or destroy this connection: nothing is touched after it.
  void finish() {
    world_.disarm(deadline_);
    const Done done = std::exchange(done_, nullptr);
    Outcome outcome = std::exchange(outcome_, {});
    if (done) done(std::move(outcome));
  }

  World& world_;
  SimHosts& hosts_;
  const uint64_t seed_;
  ClientId& ids_;
  const int node_;
  const std::vector<Request> greeting_;
  const uint64_t client_;
  const World::TimerId arrival_, end_, deadline_;
  Request request_;
  std::chrono::milliseconds timeout_{0};
  Done done_;
  bool written_ = false;    // the request has reached the node
  ClientId connected_ = 0;  // as which client; 0: not connected
  uint64_t starts_ = 0;     // the life of the node that it is connected to
  uint64_t cause_ = 0;
  Outcome outcome_;
};

}  // namespace

std::unique_ptr<Connection> SimConnector::connect(const Host& host, const std::vector<Request>& greeting,
                                                  uint64_t client) {
  return std::make_unique<SimConnection>(world_, hosts_, seed_, next_, hosts_.number(host.name), greeting, client);
}

}  // namespace harness::sim
