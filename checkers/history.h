// The history of a run: all that the judge sees. The format of the files, field by field, is docs/history.md;
// these are the same facts as structs.
//
// The harness appends to a History while it runs and writes it out; `harness check` reads one back. Nothing here
// knows of nodes, sockets or clocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkers/value.h"

namespace checkers {

using Nanos = std::chrono::nanoseconds;

enum class EventType { kInvoke, kOk, kFail, kInfo };

// As in every format, e.g. "invoke".
std::string_view to_string(EventType type);

inline constexpr int64_t kNemesisProcess = -1;

// One line about one operation: its invocation, or its completion. Faults are events too: type kInfo, process kNemesis.
struct Event {
  int64_t index = 0;
  Nanos time{0};
  EventType type = EventType::kInvoke;
  int64_t process = 0;
  std::string f;
  std::string key;
  Value value;
  // Every other field of the line under its name in the file ("session", "seq", "r", "w", "mode", "final", "node",
  // "coordinator", "acks", "hints", "attempts", "error", "parents", "observed", "done"). A map, or null.
  Value fields;
};

// One row of the promise table: what this run promises (a violation is `invalid`), expects to see (counted and
// described), or does not judge. Derived from the settings alone, before the run.
struct Promise {
  std::string checker;
  enum class Status { kPromised, kExpected, kNotJudged } status = Status::kPromised;
  std::string text;
};

// The first record of a history: the settings under which it was made.
struct TestInfo {
  int version = 1;
  std::string workload;
  std::vector<std::string> nemesis;
  std::string system = "dynamo";
  uint64_t seed = 0;
  std::vector<std::string> nodes;
  int replicas = 3;
  int read_quorum = 2;
  int write_quorum = 2;
  std::string mode = "sloppy";            // or "strict", "lin"
  std::string merge = "observed-remove";  // or "union", "last-write-wins"
  bool segregated_carts = false;          // each item of a cart was under a key of its own
  bool client_driven = false;             // clients sent operations to homes of their keys, not to nodes of their own
  std::string storage = "lmdb";           // or "memory", "redis", "redis-everysec"
  bool hints = true;
  bool anti_entropy = true;
  std::string
      experiment;  // non-expanding: a request reaches R or W homes drawn at random, and no others ever; or empty
  std::vector<std::string> capabilities;  // dump, siblings, contexts, sloppy, operation-ids, restart
  std::string bug;                        // empty: none planted
  std::optional<double> require_availability;
  Nanos convergence_limit = std::chrono::seconds(30);
  std::vector<Promise> promises;

  bool has(std::string_view capability) const;
};

struct Phase {
  Nanos time{0};
  std::string name;  // main, heal, final-reads, power-cycle, end
};

struct Poll {
  Nanos time{0};
  int64_t differing = 0;
  std::vector<std::string> keys;  // at most 1,000 of them
};

// What is alive under a key. Replicas hold the same in dump after dump: copies of one share what it is, and are known
// to be equal without a look at it.
class Versions {
 public:
  Versions() = default;
  Versions(List versions) : versions_(std::make_shared<const List>(std::move(versions))) {}
  Versions(std::initializer_list<Value> versions) : Versions(List(versions)) {}

  const List& list() const {
    static const List none;
    return versions_ == nullptr ? none : *versions_;
  }
  auto begin() const { return list().begin(); }
  auto end() const { return list().end(); }
  bool empty() const { return list().empty(); }
  size_t size() const { return list().size(); }
  const Value& operator[](size_t place) const { return list()[place]; }
  friend bool operator==(const Versions& a, const Versions& b) {
    return a.versions_ == b.versions_ || a.list() == b.list();
  }

 private:
  std::shared_ptr<const List> versions_;
};

// One key as one replica holds it. `versions` are compared as they are; `context` is opaque.
struct Record {
  std::string key;
  Versions versions;
  std::string context;
  std::string home;  // only for a hint: the node that it is kept for
};

struct Dump {
  Nanos time{0};
  std::string node;
  std::string stage;  // before-reads, after-reads, after-power-cycle
  std::vector<Record> records;
  std::vector<Record> hints;
  std::string error;     // not empty: the node could not be dumped, and why
  int64_t unsynced = 0;  // writes that were not on its disk yet, and therefore are not in here
  int64_t strays = 0;    // records in here that belong to other nodes and are on their way there
};

struct NodeExit {
  Nanos time{0};
  std::string node;
  int code = 0;
  int signal = 0;
  bool expected = false;  // the harness killed it
  std::string report;     // the words of a sanitizer or assertion in its log
};

struct History {
  TestInfo test;
  std::vector<Event> events;  // in order of index
  std::vector<Phase> phases;
  std::vector<Poll> polls;
  std::vector<Dump> dumps;
  std::vector<NodeExit> exits;
  Nanos lateness{0};  // largest lateness of the harness's own timers
  // A read that completed ok with null: in Knossos' convention (EDN without `:key`) it has told nothing and matches any
  // state; elsewhere the key had no value.
  bool null_reads_tell_nothing = false;
  // How keys were written that were no strings (5, :x), by the text that an Event holds.
  std::map<std::string, Value> keys;
  std::vector<std::string> notes;  // what a reader noticed that forbids no judgement, in sentences

  std::optional<Nanos> phase_time(std::string_view name) const;           // of the first phase of that name
  const Dump* dump(std::string_view node, std::string_view stage) const;  // the last one, or null
};

}  // namespace checkers
