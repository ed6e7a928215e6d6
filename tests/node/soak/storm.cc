#include "tests/node/soak/storm.h"

namespace node::sim {

Storm::Storm(Cluster& t, uint64_t seed) : t_(t), random_(seed) {
  cuts_ = random_.chance(70);
  crashes_ = random_.chance(50);
  pauses_ = random_.chance(40);
  clocks_ = random_.chance(30);
  disks_ = random_.chance(30);
  bool may_lose = random_.chance(40) && t.setup().mode == Mode::kSloppy;
  disks_to_lose_ = may_lose ? t.setup().write_quorum - 1 : 0;
  changes_ = t.setup().spares > 0;
  may_leave_ = t.setup().nodes - 3;
}

void Storm::blow() {
  int node = any_node();
  switch (random_.below(40)) {
    case 0:
    case 1:
      if (cuts_) cut();
      break;
    case 2:
      t_.heal();
      break;
    case 3:
      if (crashes_) t_.crash(node);
      break;
    case 4:
      if (crashes_ && random_.chance(20)) t_.crash_all();
      break;
    case 5:
    case 6:
      for (int down = 0; down < t_.size(); ++down) t_.start(down);
      break;
    case 7:
      if (pauses_) t_.pause(node);
      break;
    case 8:
    case 9:
      t_.resume(node);
      break;
    case 10:
      if (clocks_) t_.set_wall_skew(node, std::chrono::milliseconds(random_.below(20'000)) - 10s);
      break;
    case 11:
      if (disks_) t_.hold_disk(node);
      break;
    case 12:
    case 13:
      t_.release_disk(node);
      break;
    case 14:
      if (disks_ && crashes_ && random_.chance(20)) t_.fail_disk(node, "Input/output error");
      break;
    case 15:
      if (disks_to_lose_ == 0) break;
      --disks_to_lose_;
      t_.crash(node);
      t_.lose_disk(node);
      break;
    case 16:
    case 17:
      if (changes_) change_members();
      break;
    default:
      break;
  }
}

// Node 0 stays: others join through it, and the clients read through it in the end. A node that is removed counts as a
// lost disk.
void Storm::change_members() {
  const int contact = any_node();
  const int node = 1 + static_cast<int>(random_.below(static_cast<uint64_t>(t_.size() - 1)));
  const std::string name = World::name(node);
  switch (random_.below(4)) {
    case 0:
    case 1:
      if (node >= t_.setup().nodes && !t_.running(node)) t_.join_through(node, 0);
      break;
    case 2:
      if (node >= t_.setup().nodes || may_leave_ == 0) break;
      --may_leave_;
      t_.submit(contact, {"ADMIN", "LEAVE", name});
      break;
    default:
      if (node >= t_.setup().nodes || may_leave_ == 0 || disks_to_lose_ == 0) break;
      --may_leave_;
      --disks_to_lose_;
      t_.crash(node);
      t_.submit(contact, {"ADMIN", "REMOVE", name});
      break;
  }
}

void Storm::cut() {
  switch (random_.below(4)) {
    case 0:
      t_.isolate(any_node());
      break;
    case 1: {
      int from = any_node();
      t_.cut(from, any_node());
      break;
    }
    default: {
      Nodes sides[2];
      for (int node = 0; node < t_.size(); ++node) sides[random_.below(2)].push_back(node);
      t_.partition(sides[0], sides[1]);
    }
  }
}

void Storm::end() {
  t_.heal();
  t_.set_network({});
  for (int node = 0; node < t_.size(); ++node) {
    t_.release_disk(node);
    t_.resume(node);
    t_.start(node);
  }
}

}  // namespace node::sim
