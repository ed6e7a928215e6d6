// Live checkers beside those that see the finished history: what they report is found at the end too, and where all is
// known in time they report as much; and what they remember does not grow with the history.
#include "checkers/live/live.h"

#include <functional>

#include "tests/checkers/cases.h"
#include "tests/checkers/random_siblings.h"

namespace checkers {
namespace {

struct Fed {
  std::optional<Witness> violation;
  std::string by;
  size_t most_remembered = 0;
  int64_t judged = 0;
};

Fed feed(const History& history) {
  LiveJudge judge(history.test);
  Fed fed;
  for (const Event& event : history.events) {
    judge.add(event);
    fed.most_remembered = std::max(fed.most_remembered, judge.remembered());
  }
  fed.judged = judge.judged();
  if (judge.guilty() == nullptr) return fed;
  fed.violation = judge.guilty()->violation();
  fed.by = judge.guilty()->name();
  return fed;
}

// What clients of a store that is mostly right see.
Scenario random_run(Choices& choices, const std::string& workload, const std::string& mode,
                    const std::function<void(Scenario&, int64_t, Choices&)>& invoke,
                    const std::function<Value(const Event&, Choices&)>& answer) {
  Scenario s(workload, mode);
  if (workload == "register") s.history.test.capabilities = {"dump", "sloppy", "operation-ids", "restart"};
  std::vector<int64_t> processes = {0, 1, 2};
  int64_t fresh = 10;
  while (choices.more()) {
    int64_t& process = processes[choices.below(3)];
    if (!s.is_open(process)) {
      invoke(s, process, choices);
      continue;
    }
    const Event open = s.open(process);
    const uint32_t end = choices.below(10);
    if (open.f == "read") {
      s.ok(process, answer(open, choices));
    } else if (!s.ends_badly(process, end, fresh)) {
      s.ok(process, answer(open, choices));
    }
  }
  return s;
}

Scenario random_counter(Choices& choices, const std::string& mode) {
  int64_t sum = 0;
  return random_run(
      choices, "counter", mode,
      [&](Scenario& s, int64_t process, Choices& c) {
        if (c.below(3) == 0) {
          s.invoke(process, "read", "k");
        } else {
          const int64_t delta = static_cast<int64_t>(c.below(5)) - 1;
          sum += delta;
          s.invoke(process, "add", "k", delta == 0 ? 5 : delta, Map{{"session", "s"}, {"seq", 1}});
        }
      },
      [&](const Event& open, Choices& c) {
        return open.f == "read" ? Value(sum - static_cast<int64_t>(c.below(4)) + 1) : Value();
      });
}

Scenario random_register(Choices& choices, const std::string& mode) {
  std::vector<std::string> written;
  return random_run(
      choices, "register", mode,
      [&](Scenario& s, int64_t process, Choices& c) {
        if (c.below(2) == 0) return void(s.invoke(process, "read", "k"));
        written.push_back("v" + std::to_string(written.size()));
        s.invoke(process, "write", "k", written.back());
      },
      [&](const Event& open, Choices& c) {
        if (open.f != "read") return Value();
        List shown;
        for (auto value = written.rbegin(); value != written.rend() && shown.empty(); ++value) {
          if (c.below(3) != 0) shown.emplace_back(*value);
        }
        return Value(shown);
      });
}

// `looks`: removals that look for themselves too.
Scenario random_collection(Choices& choices, const std::string& workload, const std::string& mode, bool looks) {
  const bool set = workload == "set";
  const char* const field = set ? "member" : "item";
  std::vector<std::pair<std::string, std::string>> live;  // item, tag
  std::map<int64_t, int64_t> numbers;
  const auto tags_of = [&](const std::string& item) {
    List tags;
    for (const auto& [of, tag] : live) {
      if (of == item) tags.emplace_back(tag);
    }
    return tags;
  };
  return random_run(
      choices, workload, mode,
      [&](Scenario& s, int64_t process, Choices& c) {
        const std::string item = c.below(2) == 0 ? "ann" : "bob";
        const uint32_t what = c.below(5);
        if (what < 2) return void(s.invoke(process, "read", "k"));
        if (what < 4) {
          const std::string tag = "s" + std::to_string(process) + ":" + std::to_string(++numbers[process]);
          Value value = Map{{field, item}, {"tag", tag}};
          if (!set) value.set("quantity", 1);
          if (set) std::erase_if(live, [&](const auto& entry) { return entry.first == item; });
          live.emplace_back(item, tag);
          return void(s.invoke(process, "add", "k", value));
        }
        Value fields;
        if (!looks || c.below(2) == 0) fields.set("observed", tags_of(item));
        s.invoke(process, "remove", "k", Map{{field, item}}, fields);
      },
      [&](const Event& open, Choices& c) {
        if (open.f == "add") return Value();
        if (open.f == "remove") {
          Value done = open.value;
          const std::string item = open.value[field].string();
          const Value& observed = open.fields["observed"];
          const List tags = observed.is_list() ? observed.list() : tags_of(item);
          for (const Value& tag : tags) std::erase(live, std::pair(item, tag.string()));
          if (!set || observed.is_list()) done.set("removed", tags);
          return done;
        }
        List shown;
        for (const std::string item : {"ann", "bob"}) {
          List names;
          Map quantities;
          for (const Value& tag : tags_of(item)) {
            if (c.below(12) == 0) continue;
            names.push_back(tag);
            quantities.emplace_back(tag.string(), 1);
          }
          if (c.below(40) == 0) {
            names.emplace_back("s1:1");
            quantities.emplace_back("s1:1", 1);
          }
          if (names.empty()) continue;
          shown.push_back(
              set ? Map{{field, item}, {"tags", names}}
                  : Map{{field, item}, {"quantity", static_cast<int64_t>(quantities.size())}, {"tags", quantities}});
        }
        return Value(shown);
      });
}

bool condemned(const History& history, const std::vector<std::string>& by) {
  return judge(history, {.only = by}).verdict == Verdict::kInvalid;
}

TEST(Live, ACounterIsJudgedLiveAsAtTheEnd) {
  size_t found = 0;
  for (const std::string mode : {"sloppy", "strict"}) {
    for_each_case(5'000, 60, [&](Choices& choices) {
      const History history = random_counter(choices, mode).history;
      const Fed fed = feed(history);
      const bool at_the_end = condemned(history, {"counter", "quorum-reads"});
      // An increment that fails after a read was answered is known to the end alone.
      bool failed = false;
      for (const Event& event : history.events) failed = failed || event.type == EventType::kFail;
      if (fed.violation) {
        ASSERT_TRUE(at_the_end) << fed.violation->explanation;
      }
      if (!failed) {
        ASSERT_EQ(fed.violation.has_value(), at_the_end);
      }
      found += fed.violation.has_value();
    });
  }
  EXPECT_GT(found, 1'000U);
}

TEST(Live, ARegisterWithOneValueIsJudgedLiveAsAtTheEnd) {
  size_t found = 0, inversions = 0;
  for (const std::string mode : {"lin"}) {
    for_each_case(10'000, 50, [&](Choices& choices) {
      const History history = random_register(choices, mode).history;
      const Fed fed = feed(history);
      const bool at_the_end = condemned(history, {"quorum-reads", "siblings", "sessions", "linearizable"});
      if (fed.violation) {
        ASSERT_TRUE(at_the_end) << fed.by << ": " << fed.violation->explanation;
      }
      // Regular reads are judged as sharply as at the end, and so is whether there is an order.
      const bool no_order = condemned(history, {"linearizable"});
      if (no_order || condemned(history, {"quorum-reads"})) {
        ASSERT_TRUE(fed.violation.has_value());
      }
      ASSERT_TRUE(fed.by != "linearizable" || no_order) << fed.violation->explanation;
      inversions += fed.by == "linearizable";
      found += fed.violation.has_value();
    });
  }
  EXPECT_GT(found, 1'000U);
  EXPECT_GT(inversions, 100U);
}

TEST(Live, ARegisterWithSiblingsIsJudgedLiveAsAtTheEnd) {
  for (const std::string mode : {"sloppy", "strict"}) {
    SCOPED_TRACE(mode);
    size_t both = 0;
    std::map<std::string, size_t> found;
    for_each_case(10'000, 60, [&](Choices& choices) {
      const History history = random_siblings(choices, mode).history;
      const Fed fed = feed(history);
      const bool siblings = condemned(history, {"siblings"}), reads = condemned(history, {"quorum-reads"});
      if (fed.violation) {
        ASSERT_TRUE(siblings || reads) << fed.by << ": " << fed.violation->explanation;
        ++found[fed.by];
      }
      both += siblings || reads;
    });
    EXPECT_GT(found["siblings"], 1'000U);
    EXPECT_EQ(found["quorum-reads"] > 1'000U, mode == "strict");
    EXPECT_GT(10 * (found["siblings"] + found["quorum-reads"]), 7 * both) << "few are left to the end, of " << both;
  }
}

TEST(Live, CartsAndSetsAreJudgedLiveAsAtTheEnd) {
  size_t found = 0, both = 0;
  for (const std::string workload : {"cart", "set"}) {
    for (const std::string mode : {"sloppy", "strict"}) {
      for (const bool looks : {false, true}) {
        for_each_case(2'500, 60, [&](Choices& choices) {
          const History history = random_collection(choices, workload, mode, looks).history;
          const Fed fed = feed(history);
          const bool at_the_end = condemned(history, {workload, "quorum-reads"});
          if (fed.violation) {
            ASSERT_TRUE(at_the_end) << fed.by << ": " << fed.violation->explanation;
          }
          found += fed.violation.has_value();
          both += at_the_end;
        });
      }
    }
  }
  EXPECT_GT(found, 1'000U);
  EXPECT_GT(10 * found, 8 * both) << "few violations are left to the end: " << found << " of " << both;
}

TEST(Live, WhatItRemembersDoesNotGrowWithTheHistory) {
  struct Case {
    std::string workload, mode;
    std::function<void(Scenario&, int64_t)> step;  // the n-th
  };
  const Case cases[] = {
      {"counter", "strict",
       [](Scenario& s, int64_t n) { s.invoke(1, "add", "k", 1).ok(1).read(2, "k", Value(n + 1)); }},
      {"register", "lin",
       [](Scenario& s, int64_t n) {
         s.invoke(1, "write", "k", "v" + std::to_string(n)).ok(1);
         s.read(2, "k", List{"v" + std::to_string(n)});
       }},
      {"register", "lin",  // never quiet
       [](Scenario& s, int64_t n) {
         s.invoke(1 + n % 2, "write", "k", "v" + std::to_string(n));
         if (n == 0) return void(s.read(3, "k", List{}));
         s.ok(1 + (n - 1) % 2).read(3, "k", List{"v" + std::to_string(n - 1)});
       }},
      {"register", "strict",
       [](Scenario& s, int64_t n) {
         const List before = n == 0 ? List{} : List{"v" + std::to_string(n - 1)};
         s.invoke(1, "write", "k", "v" + std::to_string(n)).ok(1, {}, Map{{"parents", before}});
         s.read(2, "k", List{"v" + std::to_string(n)});
       }},
      {"register", "strict",  // never quiet: each builds on the one but last
       [](Scenario& s, int64_t n) {
         const int64_t process = 1 + n % 2;
         s.invoke(process, "write", "k", "v" + std::to_string(n));
         if (n > 0) {
           s.ok(3 - process, {}, Map{{"parents", n > 2 ? List{"v" + std::to_string(n - 3)} : List{}}});
         }
         s.read(3, "k", n > 1 ? List{"v" + std::to_string(n - 1), "v" + std::to_string(n - 2)} : List{"v0"});
       }},
      {"cart", "strict",
       [](Scenario& s, int64_t n) {
         const std::string tag = "s1:" + std::to_string(n + 1);
         s.add(1, "k", "milk", 1, tag).read(2, "k", cart({{"milk", {{tag, 1}}}}));
         s.invoke(1, "remove", "k", Map{{"item", "milk"}}, Map{{"observed", List{tag}}});
         s.ok(1, Map{{"item", "milk"}, {"removed", List{tag}}});
       }},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.workload);
    const auto remembered_after = [&](int64_t steps) {
      Scenario s(one.workload, one.mode);
      if (one.mode == "lin") s.history.test.capabilities = {"dump", "sloppy", "operation-ids", "restart"};
      for (int64_t n = 0; n < steps; ++n) one.step(s, n);
      const Fed fed = feed(s.history);
      EXPECT_FALSE(fed.violation) << fed.violation->explanation;
      EXPECT_GE(fed.judged, steps);
      return fed.most_remembered;
    };
    const size_t few = remembered_after(1'000), many = remembered_after(10'000);
    EXPECT_EQ(few, many);
    EXPECT_LT(many, 1'000U);
  }
}

TEST(Live, ALostDiskExcusesWhatItMayHaveTaken) {
  Scenario s("counter", "strict");
  s.invoke(1, "add", "k", 5).ok(1);
  s.fault("lose-disk", Map{{"nodes", List{"n1"}}});
  s.read(2, "k", Value(0));
  EXPECT_FALSE(feed(s.history).violation);
  s.read(2, "k", Value(6));
  EXPECT_EQ(feed(s.history).violation->anomaly, "increment counted twice") << "no lost disk makes a counter larger";
}

// What sloppy quorums promise of a register with siblings: its values are honest.
TEST(Live, OfSloppyRegistersOnlyValuesAreJudged) {
  EXPECT_EQ(LiveJudge(Scenario("register").history.test).names(), std::vector<std::string>{"siblings"});
  Scenario s("register");
  s.invoke(1, "write", "k", "a").ok(1, {}, Map{{"parents", List{}}});
  s.invoke(1, "write", "k", "b").ok(1, {}, Map{{"parents", List{"a"}}});
  s.read(2, "k", texts({})).read(2, "k", texts({"a"}));
  EXPECT_FALSE(feed(s.history).violation);
  s.read(2, "k", texts({"a", "b"}));
  EXPECT_EQ(feed(s.history).violation->anomaly, "superseded sibling");
}

TEST(Live, KeysThatNobodyUsesAnyMoreCostANumberEach) {
  const auto remembered_after = [](int64_t keys) {
    LiveJudge judge(Scenario("register").history.test);
    size_t most = 0;
    for (int64_t k = 0; k < keys; ++k) {
      Scenario s("register");
      const std::string key = "k" + std::to_string(k);
      for (int64_t n = 0; n < 10; ++n) s.invoke(1, "write", key, "v" + std::to_string(n)).ok(1);
      s.read(2, key, texts({"v9"}));
      for (const Event& event : s.history.events) judge.add(event);
      most = std::max(most, judge.remembered());
    }
    EXPECT_EQ(judge.guilty(), nullptr);
    return most;
  };
  EXPECT_LE(remembered_after(20'000), remembered_after(4'000) + 16'000 + 2'048);
}

}  // namespace
}  // namespace checkers
