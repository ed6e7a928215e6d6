// The judge's speed on collections, counters and causal order: rows of `harness bench checkers`. Histories are made
// here, as correct stores would answer; the time is that of the judge alone, from the history in memory to the result.
#include <fmt/format.h>

#include <functional>
#include <vector>

#include "checkers/collections/growing_set.h"
#include "checkers/counter_sums.h"
#include "checkers/verdict.h"
#include "harness/cli/commands.h"
#include "harness/cli/spent.h"
#include "harness/report/terminal.h"
#include "harness/report/text.h"
#include "workloads/workload.h"

namespace harness {

namespace {

using checkers::Event;
using checkers::EventType;
using checkers::History;
using checkers::List;
using checkers::Map;
using checkers::Value;

class Writer {
 public:
  void event(EventType type, int64_t process, const char* f, std::string key, Value value) {
    Event& event = history.events.emplace_back();
    event.index = static_cast<int64_t>(history.events.size()) - 1;
    event.time = checkers::Nanos(1000 * event.index);
    event.type = type;
    event.process = process;
    event.f = f;
    event.key = std::move(key);
    event.value = std::move(value);
  }
  void operation(int64_t process, const char* f, const std::string& key, const Value& value, const Value& result) {
    event(EventType::kInvoke, process, f, key, value);
    event(EventType::kOk, process, f, key, result);
  }

  History history;
};

// Registers behind one lock, 1,000 keys: every session always has an operation open, which takes effect somewhere
// between its two events.
History registers(int64_t operations, int64_t sessions) {
  Writer out;
  out.history.events.reserve(static_cast<size_t>(2 * operations));
  workloads::Random random(1);
  constexpr uint64_t kKeys = 1000;
  struct Open {
    bool write = false;
    std::string key;
    Value value;
  };
  std::vector<Open> open(static_cast<size_t>(sessions));
  std::vector<bool> busy(static_cast<size_t>(sessions), false);
  std::vector<Value> content(kKeys);
  int64_t next = 0, ended = 0;
  while (ended < operations) {
    const uint64_t who = random.below(static_cast<uint64_t>(sessions));
    const auto process = static_cast<int64_t>(who);
    if (busy[who]) {
      out.event(EventType::kOk, process, open[who].write ? "write" : "read", open[who].key, open[who].value);
      busy[who] = false;
      ++ended;
      continue;
    }
    const uint64_t key = random.below(kKeys);
    open[who] = {random.chance(50), fmt::format("k{}", key), {}};
    if (open[who].write) content[key] = ++next;
    open[who].value = content[key];
    out.event(EventType::kInvoke, process, open[who].write ? "write" : "read", open[who].key,
              open[who].write ? open[who].value : Value());
    busy[who] = true;
  }
  return std::move(out.history);
}

// Sets that only grow, 1,000 additions each and then a read of all.
History growing_sets(int64_t additions) {
  Writer out;
  for (int64_t key = 0; key < additions / 1000; ++key) {
    const std::string name = fmt::format("k{}", key);
    List all;
    for (int64_t i = 0; i < 1000; ++i) {
      out.operation(i % 10, "add", name, i, i);
      all.emplace_back(i);
    }
    out.operation(1, "read", name, {}, all);
  }
  return std::move(out.history);
}

// The same with carts: tags, a final read.
History carts(int64_t additions) {
  Writer out;
  out.history.test.workload = "cart";
  for (int64_t key = 0; key < additions / 1000; ++key) {
    const std::string name = fmt::format("k{}", key);
    std::vector<Map> tags(10);
    for (int64_t i = 0; i < 1000; ++i) {
      const std::string tag = fmt::format("s{}:{}", i % 10, i);
      const Value addition = Map{{"item", fmt::format("item{}", i % 10)}, {"quantity", 1}, {"tag", tag}};
      out.operation(i % 10, "add", name, addition, addition);
      tags[static_cast<size_t>(i % 10)].emplace_back(tag, 1);
    }
    List lines;
    for (size_t item = 0; item < tags.size(); ++item)
      lines.push_back(Map{{"item", fmt::format("item{}", item)}, {"quantity", 100}, {"tags", tags[item]}});
    out.operation(1, "read", name, {}, lines);
    out.history.events.back().fields.set("final", true);
  }
  return std::move(out.history);
}

// One set, a thousand reads of all of it, as bitmaps: more than a history of values could hold.
checkers::GrowingSet large_set(size_t additions, size_t reads) {
  checkers::GrowingSet set;
  int64_t now = 0;
  for (size_t i = 0; i < additions; ++i) {
    set.adds.push_back({now, now + 1});
    now += 2;
    if ((i + 1) % (additions / reads) != 0) continue;
    checkers::GrowingSet::Read read{now, now + 1, checkers::Bitmap(additions)};
    for (size_t e = 0; e <= i; ++e) read.shown.set(e);
    set.reads.push_back(std::move(read));
    now += 2;
  }
  return set;
}

// Counters in numbers: what a sweep over ten million operations costs.
int64_t sweep_counter(int64_t operations) {
  workloads::Random random(1);
  checkers::CounterSums attempted, acknowledged;
  struct Open {
    int64_t delta = 0;
    checkers::CounterSums must;
  };
  std::vector<Open> open(10);
  int64_t value = 0, wrong = 0;
  for (int64_t i = 0; i < operations; ++i) {
    Open& client = open[static_cast<size_t>(i % 10)];
    if (client.delta != 0) {
      acknowledged.add(client.delta);
    } else {
      wrong += !checkers::interval_of(client.must, attempted).contains(value);
    }
    client.delta = static_cast<int64_t>(random.below(4)) - 1;  // 0: a read
    client.must = acknowledged;
    attempted.add(client.delta);
    value += client.delta;
  }
  return wrong;
}

History counters(int64_t operations) {
  Writer out;
  out.history.test.workload = "counter";
  workloads::Random random(1);
  std::vector<int64_t> sums(100);
  for (int64_t i = 0; i < operations; ++i) {
    const uint64_t key = random.below(100);
    const std::string name = fmt::format("k{}", key);
    if (random.chance(25)) {
      out.operation(i % 10, "read", name, {}, sums[key]);
      continue;
    }
    const int64_t delta = 1 + static_cast<int64_t>(random.below(5));
    sums[key] += delta;
    out.operation(i % 10, "add", name, delta, delta);
  }
  for (uint64_t key = 0; key < 100; ++key) {
    out.operation(1, "read", fmt::format("k{}", key), {}, sums[key]);
    out.history.events.back().fields.set("final", true);
  }
  return std::move(out.history);
}

struct CollectionRow {
  std::string what;
  double goal = 0;  // seconds
  std::string beside;
  std::function<std::string(Spent&)> measure;  // answers what came out
};

std::string judged(const History& history, const char* checker, Spent& spent) {
  checkers::Judgement judgement;
  spent = spent_on([&] { judgement = checkers::judge(history, {.only = {checker}}); });
  return std::string(to_string(judgement.results.at(0).verdict));
}

std::vector<CollectionRow> collection_rows() {
  constexpr int64_t kMillion = 1'000'000;
  std::vector<CollectionRow> rows;
  const std::pair<int64_t, std::pair<double, const char*>> sessions[] = {
      {10, {0.4, "AWDIT 3.1 s"}}, {50, {2, "AWDIT 7.0 s"}}, {100, {4, "AWDIT 9.4 s"}}};
  for (const auto& [count, figures] : sessions) {
    const int64_t number = count;
    rows.push_back({fmt::format("causal (CC), 1,000,000 operations, {} sessions", count), figures.first, figures.second,
                    [number](Spent& s) { return judged(registers(kMillion, number), "causal", s); }});
  }
  rows.push_back({"causal (CCv), 1,000,000 operations, 100 sessions", 4, "",
                  [](Spent& s) { return judged(registers(kMillion, 100), "causal-convergent", s); }});
  rows.push_back({"linearizable, 1,000,000 operations, 10 clients, 1,000 keys, by zones", 0, "",
                  [](Spent& s) { return judged(registers(kMillion, 10), "linearizable", s); }});
  rows.push_back({"sessions, 1,000,000 operations, 100 sessions", 1, "",
                  [](Spent& s) { return judged(registers(kMillion, 100), "sessions", s); }});
  rows.push_back({"set-full and strong-set, 1,000,000 additions, 1,000 reads of all, bitmaps", 2, "", [](Spent& s) {
                    const checkers::GrowingSet set = large_set(kMillion, 1000);
                    size_t lost = 0, weak = 0;
                    s = spent_on([&] {
                      for (const checkers::Fate& fate : checkers::fates(set))
                        lost += fate.outcome != checkers::Fate::Outcome::kStable;
                      weak = checkers::not_strong(set).size();
                    });
                    return std::string(lost + weak == 0 ? "valid" : "invalid");
                  }});
  rows.push_back({"set-full, 1,000,000 additions over 1,000 keys, 1,000 full reads", 2, "",
                  [](Spent& s) { return judged(growing_sets(kMillion), "set-full", s); }});
  rows.push_back({"cart, 1,000,000 additions over 1,000 keys, 1,000 full reads", 2, "",
                  [](Spent& s) { return judged(carts(kMillion), "cart", s); }});
  rows.push_back({"counter, 10,000,000 operations as numbers, interval", 1, "", [](Spent& s) {
                    int64_t wrong = 0;
                    s = spent_on([&] { wrong = sweep_counter(10 * kMillion); });
                    return std::string(wrong == 0 ? "valid" : "invalid");
                  }});
  rows.push_back({"counter, 1,000,000 operations as a history, 100 keys", 0, "",
                  [](Spent& s) { return judged(counters(kMillion), "counter", s); }});
  return rows;
}

}  // namespace

bool bench_collections(Terminal& terminal) {
  bool reached = true;
  for (const CollectionRow& row : collection_rows()) {
    Spent spent;
    const std::string verdict = row.measure(spent);
    const bool good = verdict == "valid" && (row.goal == 0 || spent.seconds <= row.goal);
    reached = reached && good;
    const std::string goal = row.goal == 0 ? "" : fmt::format("goal {:.3g} s", row.goal);
    terminal.print_line(fmt::format("  {} {:>8.3f} s {:>8.3f} s  {:<8} {:<12} {}{}", pad(row.what, 74), spent.seconds,
                                    spent.cpu_seconds, verdict, goal, row.beside, good ? "" : "  missed"));
  }
  return reached;
}

}  // namespace harness
