// A Runtime around a FakeCore on a thread of its own, listening on 127.0.0.1. Its end stops it.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "node/runtime/runtime.h"
#include "tests/node/runtime/fake_core.h"

namespace node {

class RunningNode {
 public:
  // Options as for a Runtime; where nothing is given: name n1, any free port, memory. `links`: what the core asks for.
  explicit RunningNode(RuntimeOptions options = {}, Links links = {});
  ~RunningNode();

  int port() const { return port_; }
  int stop();  // asks it to; the exit code
  int wait();  // until it ends by itself; the exit code

 private:
  FakeCore core_;
  std::unique_ptr<Runtime> runtime_;
  int port_ = 0;
  int code_ = -1;
  std::thread thread_;
};

Address loopback_address(int port);

}  // namespace node
