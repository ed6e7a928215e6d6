// MODE lin under random faults: what clients saw is linearizable. The same clients with plain quorums, R+W > N, see
// what is not: why the mode exists.
//
// DYNAMOCS_SEEDS=n tries n seeds; DYNAMOCS_SEED=s only that one.
#include <algorithm>
#include <map>
#include <optional>

#include "tests/node/sim/linearizable.h"
#include "tests/node/soak/seeds.h"
#include "tests/node/soak/storm.h"

namespace node::sim {

namespace {

enum RecordingPurpose : uint64_t { kSetup = 300, kClients, kStorm };

Setup draw_setup(uint64_t seed, Mode mode) {
  Random random(draw(seed, {kSetup}));
  Setup setup;
  setup.seed = seed;
  setup.mode = mode;
  setup.nodes = 3 + static_cast<int>(random.below(3));
  setup.anti_entropy = random.chance(50);
  if (random.chance(60)) {
    setup.network.longest = std::chrono::milliseconds(1 + random.below(60));
    setup.network.lost_percent = static_cast<int>(random.below(5));
    setup.network.doubled_percent = static_cast<int>(random.below(30));
    setup.network.in_order = random.chance(30);
  }
  if (random.chance(30)) setup.longest_sync = std::chrono::milliseconds(1 + random.below(100));
  return setup;
}

// Clients of two registers who write down what they did.
class Recording {
 public:
  Recording(uint64_t seed, Mode mode)
      : t_(draw_setup(seed, mode)),
        random_(draw(seed, {kClients})),
        storm_(t_, draw(seed, {kStorm})),
        clients_(4),
        identified_(mode == Mode::kLin) {}

  // False: what they saw has no order.
  bool is_linearizable() {
    for (int round = 0; round < 200; ++round) {
      serve(true);
      storm_.blow();
      t_.run_for(std::chrono::milliseconds(1 + random_.below(60)));
    }
    storm_.end();
    t_.run_for(3s);
    serve(false);
    return std::all_of(histories_.begin(), histories_.end(),
                       [](const auto& entry) { return linearizable(without_unseen(entry.second)); });
  }
  size_t answered_reads() const { return answered_reads_; }
  size_t repeated() const { return repeated_; }

 private:
  struct Client {
    std::optional<World::Ticket> open;
    std::string key;
    size_t operation = 0;  // in the history of the key
    Words words;
    bool retries = false;
    uint64_t session = 0;
    std::map<std::string, uint64_t> seqs;
  };

  // A write without an answer whose value nobody read may as well not have happened; leaving it out keeps the search
  // short.
  static std::vector<RegisterOperation> without_unseen(const std::vector<RegisterOperation>& all) {
    std::vector<RegisterOperation> kept;
    for (const RegisterOperation& one : all) {
      bool seen = std::any_of(all.begin(), all.end(), [&](const RegisterOperation& other) {
        return !other.write && other.value == one.value && other.ended != UINT64_MAX;
      });
      if (one.ended != UINT64_MAX || (one.write && seen)) kept.push_back(one);
    }
    return kept;
  }

  void submit(Client& client) {
    client.open = t_.submit(static_cast<int>(random_.below(static_cast<uint64_t>(t_.size()))), client.words);
  }

  void begin(Client& client) {
    client.key = random_.chance(50) ? "x" : "y";
    std::vector<RegisterOperation>& history = histories_[client.key];
    client.operation = history.size();
    client.retries = false;
    RegisterOperation operation;
    operation.began = ++clock_;
    operation.write = random_.chance(50);
    if (!operation.write) {
      client.words = {"GET", client.key};
    } else if (random_.chance(10)) {
      client.words = {"DEL", client.key};
    } else {
      operation.value = "v" + std::to_string(operation.began);
      client.words = {"SET", client.key, operation.value};
      client.retries = identified_ && random_.chance(50);
    }
    if (client.retries) {
      std::string session = "s" + std::to_string(&client - clients_.data()) + "." + std::to_string(client.session);
      client.words.insert(client.words.end(), {"ID", session, std::to_string(++client.seqs[client.key])});
    }
    history.push_back(operation);
    submit(client);
  }

  void end(Client& client, const Answer& answer) {
    RegisterOperation& operation = histories_[client.key][client.operation];
    if (client.retries && answer.unknown()) {
      if (random_.chance(80)) {
        ++repeated_;
        submit(client);
        return;
      }
      ++client.session;  // gives up, and its session with it
      client.seqs.clear();
    } else if (answer.ok()) {
      operation.ended = ++clock_;
      if (!operation.write) operation.value = answer.null() ? "" : answer.text;
      answered_reads_ += operation.write ? 0 : 1;
    }
    // A refusal did not happen, unless an earlier attempt did: leaving it open allows both.
    client.open.reset();
  }

  void serve(bool begin_more) {
    for (Client& client : clients_) {
      if (client.open) {
        const Answer* answer = t_.answered(*client.open);
        if (answer != nullptr) end(client, *answer);
      }
      if (!client.open && begin_more && random_.chance(60)) begin(client);
    }
  }

  Cluster t_;
  Random random_;
  Storm storm_;
  std::vector<Client> clients_;
  bool identified_;
  std::map<std::string, std::vector<RegisterOperation>> histories_;
  uint64_t clock_ = 0;
  size_t answered_reads_ = 0;
  size_t repeated_ = 0;
};

// Row Q1: MODE lin is linearizable.
TEST(LinearSoak, ModeLinIsLinearizableUnderRandomFaults) {
  uint64_t first = from_environment("DYNAMOCS_SEED", 1);
  uint64_t count = from_environment("DYNAMOCS_SEEDS", first > 1 ? 1 : 80);
  size_t reads = 0, repeated = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    Recording run(seed, Mode::kLin);
    ASSERT_TRUE(run.is_linearizable()) << "again with DYNAMOCS_SEED=" << seed;
    reads += run.answered_reads();
    repeated += run.repeated();
  }
  EXPECT_GT(reads, 20 * count) << "else there was hardly anything to judge";
  EXPECT_GT(repeated, 0u);
}

// Row Q1: R+W > N is not.
// R+W > N lets a read see a write that is under way, and the next read miss it (and a plain write can fail at its home
// and come back later).
TEST(LinearSoak, PlainQuorumsAreNotLinearizable) {
  uint64_t seed = 1;
  while (seed <= 100 && Recording(seed, Mode::kStrict).is_linearizable()) ++seed;
  EXPECT_LE(seed, 100u);
}

}  // namespace
}  // namespace node::sim
