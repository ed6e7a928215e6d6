#include "tests/harness/run/fakes.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "harness/systems/resp.h"

namespace harness::fake {

using checkers::EventType;

Node::Node(EventLoop& loop, Answer answer) : loop_(loop), answer_(std::move(answer)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener_ = evconnlistener_new_bind(
      loop.base(),
      [](evconnlistener*, evutil_socket_t fd, sockaddr*, int, void* self) { static_cast<Node*>(self)->accept(fd); },
      this, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  getsockname(evconnlistener_get_fd(listener_), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

Node::~Node() {
  for (bufferevent* connection : connections_) bufferevent_free(connection);
  evconnlistener_free(listener_);
}

void Node::accept(int fd) {
  bufferevent* connection = bufferevent_socket_new(loop_.base(), fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(
      connection, [](bufferevent* c, void* self) { static_cast<Node*>(self)->read(c); }, nullptr, nullptr, this);
  bufferevent_enable(connection, EV_READ | EV_WRITE);
  connections_.push_back(connection);
}

// Requests of these tests arrive whole: they are small, and one at a time.
void Node::read(bufferevent* connection) {
  evbuffer* input = bufferevent_get_input(connection);
  std::string bytes(evbuffer_get_length(input), '\0');
  evbuffer_remove(input, bytes.data(), bytes.size());
  ReplyReader reader;
  reader.feed(bytes);
  auto next = reader.next();
  if (!next || !*next) return;
  Request request;
  for (const Reply& word : (*next)->elements) request.push_back(word.text);
  ++requests_;
  std::string reply = answer_(request);
  if (reply == kHangUp) {
    connections_.erase(std::find(connections_.begin(), connections_.end(), connection));
    bufferevent_free(connection);
    return;
  }
  bufferevent_write(connection, reply.data(), reply.size());
}

namespace {

class FakeScript : public Script {
 public:
  explicit FakeScript(const workloads::Operation& operation) : operation_(operation) {}
  Request request() const override { return {operation_.f, operation_.key}; }
  std::optional<Completion> on_reply(const Reply& reply) override {
    bool refused = reply.kind == Reply::Kind::kError;
    return Completion{refused ? EventType::kFail : EventType::kOk, operation_.value, {}};
  }
  std::optional<Completion> on_loss(Loss loss, const std::string& why) override {
    may_have_happened_ = may_have_happened_ || loss == Loss::kNoAnswer;
    if (!operation_.session.empty()) return std::nullopt;
    return give_up(why);
  }
  Completion give_up(const std::string& why) override {
    bool unknown = may_have_happened_ && operation_.f != "read";
    checkers::Value fields;
    fields.set("error", why);
    return {unknown ? EventType::kInfo : EventType::kFail, operation_.value, fields};
  }

 private:
  workloads::Operation operation_;
  bool may_have_happened_ = false;
};

}  // namespace

std::unique_ptr<Script> FakeSystem::script(const workloads::Operation& operation) const {
  return std::make_unique<FakeScript>(operation);
}

tl::expected<std::string, std::string> FakeSystem::read_dump_page(const Reply& reply, DumpReader& /*reader*/,
                                                                  checkers::Dump& dump) const {
  if (reply.kind == Reply::Kind::kError) return tl::unexpected(reply.text);
  std::istringstream keys(reply.text);
  for (std::string key; std::getline(keys, key, ',');) {
    if (key.ends_with('!')) {  // belongs to another node
      ++dump.strays;
      key.pop_back();
    }
    checkers::Record record;
    record.key = key;
    checkers::Value version;
    version.set("id", key);
    version.set("value", key);
    record.versions = {version};
    if (const size_t home = key.find('>'); home != std::string::npos) {  // a hint
      record.home = key.substr(home + 1);
      record.key = key.substr(0, home);
      dump.hints.push_back(std::move(record));
    } else {
      dump.records.push_back(std::move(record));
    }
  }
  return "0";
}

workloads::Operation FakeWorkload::final_read(const std::string& key) const {
  workloads::Operation operation;
  operation.f = "read";
  operation.key = key;
  operation.final = true;
  return operation;
}

FakeHosts::Status FakeHosts::note(std::string what) {
  log.push_back(std::move(what));
  if (!failure.empty()) return tl::unexpected(failure);
  return {};
}

std::vector<Host> hosts_of(const std::vector<const Node*>& nodes) {
  std::vector<Host> hosts;
  for (const Node* node : nodes) {
    Host host;
    host.name = "n" + std::to_string(hosts.size() + 1);
    host.ip = "127.0.0.1";
    host.port = node->port();
    hosts.push_back(host);
  }
  return hosts;
}

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "harness-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::unique_ptr<Recorder> make_recorder(const Scratch& scratch, const Loop& loop) {
  checkers::TestInfo test;
  test.workload = "counter";
  test.nemesis = {"none"};
  test.nodes = {"n1", "n2"};
  test.replicas = 2;
  test.capabilities = {"dump"};
  return std::move(*Recorder::create(scratch.path() / "history.jsonl", test, loop));
}

}  // namespace harness::fake
