#include "tests/node/runtime/running_node.h"

#include <stdexcept>
#include <utility>

namespace node {

Address loopback_address(int port) { return Address::parse("127.0.0.1:" + std::to_string(port)).value(); }

RunningNode::RunningNode(RuntimeOptions options, Links links) : core_(std::move(links)) {
  if (options.name.empty()) options.name = "n1";
  if (options.listen.length() == 0) options.listen = loopback_address(0);
  if (!options.storage) options.storage = make_memory_storage();
  runtime_ = std::make_unique<Runtime>(std::move(options), [this](Instant now, WallTime wall, Input input) {
    return core_.step(now, wall, std::move(input));
  });
  if (const auto started = runtime_->start(); !started) throw std::runtime_error(started.error());
  port_ = runtime_->address().port();
  thread_ = std::thread([this] { code_ = runtime_->run(); });
}

RunningNode::~RunningNode() { stop(); }

int RunningNode::stop() {
  if (thread_.joinable()) runtime_->stop();
  return wait();
}

int RunningNode::wait() {
  if (thread_.joinable()) thread_.join();
  runtime_.reset();  // as at the end of the process: its port and its disk are free again
  return code_;
}

}  // namespace node
