#include "tests/node/runtime/redis_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

namespace node {

RedisServer::RedisServer(const std::string& sync) : sync_(sync) {
  std::string pattern = testing::TempDir() + "redis-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory " + pattern);
  directory_ = pattern;
  std::signal(SIGPIPE, SIG_IGN);  // as in dynamo-node; hiredis writes to closed sockets
  start();
}

RedisServer::~RedisServer() {
  kill();
  std::filesystem::remove_all(directory_);
}

void RedisServer::start() {
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", "socket", "--dir", directory_.c_str(), "--save",
         "", "--appendonly", sync_.empty() ? "no" : "yes", "--appendfsync", sync_.empty() ? "no" : sync_.c_str(),
         nullptr);
  _exit(127);
}

void RedisServer::signal(int number) const { ::kill(pid_, number); }

void RedisServer::kill() {
  if (pid_ <= 0) return;
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void RedisServer::wipe() {
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) std::filesystem::remove_all(entry);
}

RedisAddress RedisServer::address() const { return parse_redis_url(url()).value(); }

std::string RedisServer::ask(const std::string& command) const {
  while (true) {
    const std::unique_ptr<redisContext, void (*)(redisContext*)> context(redisConnectUnix(address().path.c_str()),
                                                                         redisFree);
    if (context->err != 0) {
      std::this_thread::yield();
      continue;
    }
    const std::unique_ptr<void, void (*)(void*)> raw(redisCommand(context.get(), command.c_str()), freeReplyObject);
    const auto* reply = static_cast<redisReply*>(raw.get());
    if (reply == nullptr || (reply->type == REDIS_REPLY_ERROR && std::string(reply->str).rfind("LOADING", 0) == 0)) {
      continue;
    }
    if (reply->type == REDIS_REPLY_INTEGER) return std::to_string(reply->integer);
    if (reply->type == REDIS_REPLY_NIL) return "(nil)";
    if (reply->type != REDIS_REPLY_ARRAY) return {reply->str, reply->len};
    std::string text = "[";
    for (size_t i = 0; i < reply->elements; ++i) {
      text += (i > 0 ? " " : "") + std::string(reply->element[i]->str, reply->element[i]->len);
    }
    return text + "]";
  }
}

}  // namespace node
