// Where a run plays: its time, its hosts, and the way to their nodes. Real, or simulated; the course of a run
// (course.h) is the same in both.
#pragma once

#include "harness/hosts/hosts.h"
#include "harness/run/hosts_worker.h"
#include "harness/run/loop.h"
#include "harness/systems/connection.h"

namespace harness {

struct Scene {
  Loop& loop;
  Connector& connector;
  Hosts& hosts;
  HostsWorker& worker;  // once the loop runs, the hosts are touched through it alone
};

}  // namespace harness
