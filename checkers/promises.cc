#include "checkers/promises.h"

#include <fmt/format.h>

#include <algorithm>

#include "checkers/explain.h"
#include "checkers/verdict.h"

namespace checkers {
namespace {

using Status = Promise::Status;

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool has_faults(const TestInfo& test) {
  return std::any_of(test.nemesis.begin(), test.nemesis.end(), [](const std::string& name) { return name != "none"; });
}

double seconds(Nanos time) { return std::chrono::duration<double>(time).count(); }

Promise convergence_row(const TestInfo& test, const Terms& terms) {
  if (!terms.dumps && test.nodes.size() <= 1) {
    return {"convergence", Status::kNotJudged,
            "the target cannot dump what its replicas hold, and there is only one node to read through"};
  }
  if (!terms.dumps) {
    return {"convergence", Status::kNotJudged,
            "the target cannot dump its replicas; only final reads through every node are compared"};
  }
  if (!test.experiment.empty()) {
    return {
        "convergence", Status::kExpected,
        "replicas differ until somebody writes to all of them: quorums that do not expand tell nobody else; versions "
        "that nobody wrote are still a violation"};
  }
  if (!terms.mended) {
    return {"convergence", Status::kExpected,
            "a replica that missed an update stays behind until somebody reads the key: anti-entropy is off; versions "
            "that nobody wrote are still a violation"};
  }
  return {"convergence", Status::kPromised,
          fmt::format("{:.3g} s after the last fault every acknowledged key has {} equal holders, read or not, and no "
                      "other copy or hint holds an update that they lack",
                      seconds(test.convergence_limit), terms.replicas)};
}

Promise power_cycle_row(const TestInfo& test, const Terms& terms) {
  if (!terms.dumps)
    return {"convergence", Status::kNotJudged, "survival of a power cycle: the target cannot dump its replicas"};
  if (test.storage == "memory") {
    return {"convergence", Status::kNotJudged, "survival of a power cycle: memory storage keeps nothing"};
  }
  if (test.storage == "redis-everysec") {
    return {
        "convergence", Status::kNotJudged,
        "survival of a power cycle is not judged: with appendfsync everysec each node's Redis may lose two seconds"};
  }
  return {"convergence", Status::kPromised,
          std::string("after kill -9 of all nodes") +
              (test.storage == "redis" ? ", and of the Redis under each," : "") +
              " at once and a restart, replicas hold what they held before"};
}

Promise quorum_reads_row(const TestInfo& test, const Terms& terms, const std::string& reduced) {
  const int r = test.read_quorum, w = test.write_quorum, n = terms.replicas;
  if ((test.workload == "cart" || test.workload == "set") && test.merge == "last-write-wins") {
    return {"quorum-reads", Status::kExpected,
            "reads may miss acknowledged additions: last-write-wins drops what was written concurrently"};
  }
  if (!terms.strict) {
    return {"quorum-reads", Status::kExpected,
            "stale reads are counted and described: with sloppy quorums a read and a write may meet on no node"};
  }
  // SETs whose coordinators had not heard of each other leave siblings, and GET shows the one with the latest clock.
  if (terms.by_clock) {
    return {"quorum-reads", Status::kExpected,
            "stale reads are counted and described: of plain values that met, the clocks of their coordinators choose"};
  }
  if (r + w <= n) {
    return {"quorum-reads", Status::kExpected,
            fmt::format("stale reads are counted and described: R+W = {}+{} does not exceed N = {}", r, w, n)};
  }
  return {"quorum-reads", Status::kPromised,
          fmt::format(
              "a strict read reflects every strict write acknowledged before it began: R+W = {}+{} exceeds N = {}{}", r,
              w, n, reduced)};
}

Promise sessions_row(const TestInfo& test, const std::string& reduced) {
  const std::string four = "read your writes, monotonic reads, monotonic writes, writes follow reads";
  if (test.mode == "lin" && reduced.empty()) {
    return {"sessions", Status::kPromised, "every session keeps the four guarantees (" + four + "): MODE lin"};
  }
  return {"sessions", Status::kExpected,
          "reads that are too old for their session are counted (" + four +
              "): quorums without a write-back may answer new, then old" +
              (test.mode == "lin" ? ", and a lost disk may take what a session saw" : "")};
}

Promise availability_row(const TestInfo& test) {
  if (!test.require_availability) {
    return {"availability", Status::kNotJudged,
            "the share of operations answered is reported, not judged (--require-availability judges it)"};
  }
  return {"availability", Status::kPromised,
          fmt::format("at least {:.4g} % of the operations are answered, clients of a paused node excluded",
                      *test.require_availability * 100)};
}

Promise linearizable_row(const TestInfo& test, const Terms& terms) {
  const std::string text =
      "every operation takes effect at one moment between its call and its return, each key by itself";
  if (test.mode == "lin") {
    return {"linearizable", Status::kPromised,
            fmt::format("{}, until more than {} lost {}: a node whose disk is lost is filled again before it answers",
                        text, count(terms.spare_disks, "node"), terms.spare_disks == 1 ? "its disk" : "their disks")};
  }
  return {"linearizable", Status::kNotJudged, text + ": not promised by the settings, judged when asked for"};
}

}  // namespace

Terms::Terms(const TestInfo& test)
    : replicas(test.nodes.empty() ? test.replicas : std::min(test.replicas, static_cast<int>(test.nodes.size()))),
      strict(test.mode == "strict" || test.mode == "lin"),
      dumps(test.has("dump")),
      contexts(test.has("contexts")),
      by_clock(test.has("sloppy") && !contexts && test.mode != "lin"),
      identified(test.has("operation-ids")),
      kill_loses_disk(test.storage == "memory"),
      mended(test.experiment.empty() && (test.anti_entropy || !has_faults(test))),
      finals_complete(mended || test.mode == "lin" || test.read_quorum + test.write_quorum > replicas),
      spare_disks(replicas / 2) {
  std::string reduced;
  const int spare = std::max(0, test.write_quorum - 1);
  if (kill_loses_disk && (contains(test.nemesis, "kill") || contains(test.nemesis, "kill-ackers"))) {
    reduced = fmt::format(
        ", as long as at most W-1 = {} of the nodes that acknowledged it are killed since (a kill loses memory "
        "storage); other writes are not judged",
        spare);
  } else if (contains(test.nemesis, "lose-disk") || contains(test.nemesis, "lose-many-disks") ||
             contains(test.nemesis, "kill-storage") || contains(test.nemesis, "membership")) {
    reduced = fmt::format(
        ", as long as at most W-1 = {} of the nodes that acknowledged it lose their disks since (or are removed); "
        "other writes are not "
        "judged",
        spare);
  }
  const std::string behind =
      fmt::format("replicas that missed something stay behind, because {}, and R+W = {}+{} does not exceed N = {}",
                  test.experiment.empty() ? "anti-entropy is off" : "quorums do not expand", test.read_quorum,
                  test.write_quorum, replicas);
  const bool union_merge = test.merge == "union";
  const bool last_write_wins = test.merge == "last-write-wins";
  const std::string bag = test.workload == "set" ? "set" : "cart";
  const std::string item = test.workload == "set" ? "member" : "item";

  convergence = convergence_row(test, *this);
  power_cycle = power_cycle_row(test, *this);
  quorum_reads = quorum_reads_row(test, *this, reduced);
  availability = availability_row(test);
  crashes = {"crashes", Status::kPromised,
             "no node ends by itself, and none reports a memory error or a broken assertion (exit code 75, a full or "
             "failing disk, is no crash)"};

  lost_additions =
      last_write_wins ? Promise{bag, Status::kExpected,
                                "acknowledged additions may be lost: last-write-wins keeps one of two concurrent " +
                                    bag + "s; the cost is counted"}
      : !finals_complete
          ? Promise{bag, Status::kExpected, "final reads may miss acknowledged additions: " + behind}
          : Promise{bag, Status::kPromised,
                    (bag == "set" ? "the member of an acknowledged addition is in the final set unless a removal may "
                                    "have taken it out"
                                  : "an acknowledged addition is in the final cart unless a removal may have hidden "
                                    "it") +
                        reduced};
  if (union_merge || last_write_wins) {
    returned_items = {bag, Status::kExpected,
                      "removed " + item + "s may come back: the " +
                          (union_merge ? "union of two " + bag + "s holds what one of them removed"
                                       : bag + " that wins may be the one without the removal") +
                          "; they are counted"};
  } else if (!finals_complete) {
    returned_items = {bag, Status::kExpected, "final reads may show removed " + item + "s: " + behind};
  } else {
    returned_items = {bag, Status::kPromised,
                      "an addition that an acknowledged removal named stays out of the final " + bag + reduced};
  }
  honest_items = {bag, Status::kPromised,
                  std::string("every read shows only additions that somebody attempted, each once and with its own ") +
                      (bag == "set" ? "member" : "quantity")};

  const std::string once = identified ? "once" : "at most once an attempt (the target knows no operation ids)";
  counter_total = {
      "counter", Status::kPromised,
      finals_complete
          ? "the final value is the sum of the acknowledged increments and of any of the indeterminate ones, each " +
                once + (mended ? ", the same through every node" : "") + reduced
          : "the final value is the sum of some of the increments, each " + once +
                ". It may miss acknowledged ones: " + behind};
  counter_bounds = {"counter", Status::kPromised, "no read exceeds what was attempted before it ended"};

  linearizable = linearizable_row(test, *this);
  lost_writes =
      contexts && !finals_complete
          ? Promise{"siblings", Status::kExpected,
                    "final reads may miss acknowledged writes, and show what they superseded: " + behind}
      : contexts
          ? Promise{"siblings", Status::kPromised,
                    "an acknowledged write is among the final siblings unless a later write was built on it" + reduced}
          : Promise{"siblings", Status::kNotJudged,
                    "lost siblings: the target keeps one value a key; quorum-reads judges what reads "
                    "return"};
  honest_values = {"siblings", Status::kPromised,
                   contexts ? "no read shows a value that nobody wrote, nor one beside another that was built on it"
                            : "no read shows a value that nobody wrote"};
  sessions = sessions_row(test, reduced);
}

std::vector<Promise> derive_promises(const TestInfo& test) {
  const Terms terms(test);
  std::vector<Promise> table = {terms.convergence, terms.power_cycle};
  if (test.workload == "cart" || test.workload == "set") {
    table.insert(table.end(), {terms.lost_additions, terms.returned_items, terms.honest_items});
    if (test.segregated_carts) {
      table.push_back(
          {"cart", Status::kNotJudged,
           "that what a read of a cart shows was all there at one moment: its items have keys of their own, "
           "read one after another; each by itself is judged as above"});
    }
  } else if (test.workload == "counter") {
    table.insert(table.end(), {terms.counter_total, terms.counter_bounds});
  } else if (test.workload == "register") {
    table.insert(table.end(), {terms.lost_writes, terms.honest_values, terms.sessions});
    if (test.mode == "lin") table.push_back(terms.linearizable);
  }
  table.insert(table.end(), {terms.quorum_reads, terms.availability, terms.crashes});
  return table;
}

}  // namespace checkers
