#include "node/runtime/redis_storage.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <sstream>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "node/runtime/log.h"

namespace node {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Command = std::vector<std::string_view>;

constexpr std::string_view kClientName = "dynamo-node";
constexpr std::array<std::string_view, 3> kHashes = {"dynamo:records", "dynamo:hints", "dynamo:state"};
// The image is written back beside the old hashes, which it then replaces in one step.
constexpr std::array<std::string_view, 3> kNewNames = {"dynamo:records:new", "dynamo:hints:new", "dynamo:state:new"};

constexpr milliseconds kFirstPause{5};
constexpr milliseconds kLongestPause{250};
constexpr milliseconds kSilence{250};       // of the node; then it asks whether Redis is still there
constexpr milliseconds kStart{3000};        // to be there at all when the node starts
constexpr milliseconds kPredecessor{1000};  // a killed node's connection is closed within it
constexpr size_t kCommandsAtOnce = 4096;    // while the image is written back

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPtr = std::unique_ptr<redisReply, FreeReply>;

struct Trouble {
  std::string what;
  bool passing = false;  // another try may help
};
template <class T>
using Result = tl::expected<T, Trouble>;

std::string_view text_of(const redisReply& reply) { return {reply.str, reply.len}; }

// Why the reply is none; Redis that still reads its file answers LOADING.
Result<void> check(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) {
    const std::string what(text_of(reply));
    return tl::unexpected(Trouble{what, what.rfind("LOADING", 0) == 0 || what.rfind("BUSY", 0) == 0});
  }
  for (size_t i = 0; i < reply.elements; ++i) {
    if (Result<void> element = check(*reply.element[i]); !element) return element;
  }
  return {};
}

// What follows `label` up to the end of the line, or of the word.
std::string_view after(std::string_view text, std::string_view label, const char* end) {
  const size_t at = text.find(label);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + label.size());
  return text.substr(0, text.find_first_of(end));
}

size_t index_of(Table table) { return static_cast<size_t>(table); }

class RedisStorage : public Storage {
 public:
  explicit RedisStorage(RedisOptions options) : options_(std::move(options)) {}

  tl::expected<void, std::string> open() {
    if (auto there = persevere([this] { return read_durability(); }, std::min(kStart, options_.patience)); !there)
      return there;
    return persevere([this] { return find_no_other_node(); }, kPredecessor);
  }

  tl::expected<void, std::string> read(const Take& take) override {
    if (auto done = persevere([this] { return read_image(); }, options_.patience); !done) return done;
    loaded_ = true;
    for (const Table table : kTables) {
      for (const auto& [key, value] : image_[index_of(table)]) take({table, key, value});
    }
    return {};
  }

  // Sent again after a loss: to write the same twice does no harm.
  tl::expected<void, std::string> commit(const std::vector<Persist>& batch) override {
    auto done = persevere([&] { return batch.empty() ? ping() : transact(batch); }, options_.patience);
    if (!done) return done;
    for (const Persist& persist : batch) {
      auto& image = image_[index_of(persist.table)];
      if (persist.value) {
        image.insert_or_assign(persist.key, *persist.value);
      } else {
        image.erase(persist.key);
      }
    }
    return {};
  }

  std::optional<milliseconds> longest_silence() const override { return kSilence; }

  std::string describe() const override { return fmt::format("redis at {}, {}", options_.address.text(), durability_); }

 private:
  // ---- Tries, until one succeeds, one fails for good, or patience is at its end.
  tl::expected<void, std::string> persevere(const std::function<Result<void>()>& action, milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
      Result<void> done = connect();
      if (done) done = action();
      if (done) {
        if (std::exchange(complained_, false)) log("is back");
        return {};
      }
      connection_.reset();
      if (!done.error().passing || Clock::now() + pause > deadline) {
        return tl::unexpected(fmt::format("redis at {}: {}", options_.address.text(), done.error().what));
      }
      if (loaded_ && !std::exchange(complained_, true)) log("is away: " + done.error().what);
      std::this_thread::sleep_for(pause);
    }
  }

  void log(const std::string& text) const {
    log_line(options_.name, fmt::format("redis at {} {}", options_.address.text(), text));
  }

  // ---- One connection

  Result<void> connect() {
    if (connection_) return {};
    const RedisAddress& address = options_.address;
    const timeval limit{options_.patience.count() / 1000, options_.patience.count() % 1000 * 1000};
    connection_.reset(address.path.empty() ? redisConnectWithTimeout(address.host.c_str(), address.port, limit)
                                           : redisConnectUnixWithTimeout(address.path.c_str(), limit));
    if (!connection_) return tl::unexpected(Trouble{"no memory for a connection"});
    if (connection_->err != 0) return lost();
    redisSetTimeout(connection_.get(), limit);
    if (auto named = ask({"CLIENT", "SETNAME", kClientName}); !named) return tl::unexpected(named.error());
    if (auto selected = ask({"SELECT", std::to_string(address.database)}); !selected) {
      return tl::unexpected(selected.error());
    }
    const auto info = ask({"INFO", "server"});
    if (!info) return tl::unexpected(info.error());
    const std::string run_id(after(text_of(**info), "run_id:", "\r\n"));
    if (loaded_ && run_id != run_id_) {
      if (Result<void> written = write_image(); !written) return written;
    }
    run_id_ = run_id;
    return {};
  }

  tl::unexpected<Trouble> lost() const { return tl::unexpected(Trouble{connection_->errstr, true}); }

  void send(const Command& words) {
    std::array<const char*, 8> starts{};
    std::array<size_t, 8> sizes{};
    for (size_t i = 0; i < words.size(); ++i) {
      starts.at(i) = words[i].data();
      sizes.at(i) = words[i].size();
    }
    redisAppendCommandArgv(connection_.get(), static_cast<int>(words.size()), starts.data(), sizes.data());
  }

  // The last reply to `count` requests, if none of them is an error.
  Result<ReplyPtr> receive(size_t count) {
    ReplyPtr last;
    Result<void> all;
    for (size_t i = 0; i < count; ++i) {
      void* raw = nullptr;
      if (redisGetReply(connection_.get(), &raw) != REDIS_OK) return lost();
      last.reset(static_cast<redisReply*>(raw));
      if (all) all = check(*last);
    }
    if (!all) return tl::unexpected(all.error());
    return last;
  }

  Result<ReplyPtr> ask(const Command& words) {
    send(words);
    return receive(1);
  }

  Result<void> ping() {
    return ask({"PING"}).map([](const ReplyPtr&) {});
  }

  Result<void> transact(const std::vector<Persist>& batch) {
    send({"MULTI"});
    for (const Persist& persist : batch) {
      const std::string_view table = kHashes[index_of(persist.table)];
      if (persist.value) {
        send({"HSET", table, persist.key, *persist.value});
      } else {
        send({"HDEL", table, persist.key});
      }
    }
    send({"EXEC"});
    return receive(batch.size() + 2).map([](const ReplyPtr&) {});
  }

  // ---- The image

  Result<void> read_image() {
    for (size_t table = 0; table < kTables.size(); ++table) {
      image_[table].clear();
      std::string cursor = "0";
      do {
        const auto page = ask({"HSCAN", kHashes[table], cursor, "COUNT", "4000"});
        if (!page) return tl::unexpected(page.error());
        cursor = text_of(*(*page)->element[0]);
        const redisReply& pairs = *(*page)->element[1];
        for (size_t i = 0; i + 1 < pairs.elements; i += 2) {  // a pair may come twice
          image_[table].insert_or_assign(std::string(text_of(*pairs.element[i])),
                                         std::string(text_of(*pairs.element[i + 1])));
        }
      } while (cursor != "0");
    }
    return {};
  }

  // All of it or nothing, whoever dies meanwhile.
  Result<void> write_image() {
    send({"DEL", kNewNames[0], kNewNames[1], kNewNames[2]});
    size_t sent = 1;
    for (size_t table = 0; table < kTables.size(); ++table) {
      for (const auto& [key, value] : image_[table]) {
        send({"HSET", kNewNames[table], key, value});
        if (++sent < kCommandsAtOnce) continue;
        if (auto taken = receive(std::exchange(sent, 0)); !taken) return tl::unexpected(taken.error());
      }
    }
    send({"MULTI"});
    for (size_t table = 0; table < kTables.size(); ++table) {
      if (image_[table].empty()) {
        send({"DEL", kHashes[table]});
      } else {
        send({"RENAME", kNewNames[table], kHashes[table]});
      }
    }
    send({"EXEC"});
    if (auto done = receive(sent + kTables.size() + 2); !done) return tl::unexpected(done.error());
    log(fmt::format("is another process than before: {} records and {} hints written back", image_[0].size(),
                    image_[1].size()));
    return {};
  }

  // ---- At the start

  // A connection is the lock: it ends with the process that holds it.
  Result<void> find_no_other_node() {
    const auto self = ask({"CLIENT", "ID"});
    if (!self) return tl::unexpected(self.error());
    const auto list = ask({"CLIENT", "LIST"});
    if (!list) return tl::unexpected(list.error());
    std::istringstream lines{std::string(text_of(**list))};
    for (std::string line; std::getline(lines, line);) {
      const auto field = [&line](std::string_view label) { return after(line, label, " "); };
      if (field(" name=") == kClientName && field(" db=") == std::to_string(options_.address.database) &&
          field("id=") != std::to_string((*self)->integer)) {
        return tl::unexpected(Trouble{"in use by another node; every node needs a Redis of its own", true});
      }
    }
    return {};
  }

  Result<void> read_durability() {
    const auto setting = [this](std::string_view name) -> Result<std::string> {
      const auto reply = ask({"CONFIG", "GET", name});
      if (!reply) return tl::unexpected(reply.error());
      return (*reply)->elements == 2 ? std::string(text_of(*(*reply)->element[1])) : "";
    };
    const auto append_only = setting("appendonly"), sync = setting("appendfsync");
    if (!append_only || !sync) {
      const Trouble& trouble = append_only ? sync.error() : append_only.error();
      if (trouble.passing) return tl::unexpected(trouble);
      durability_ = "which does not tell what it keeps: " + trouble.what;
    } else if (*append_only != "yes") {
      durability_ = "appendonly no: when it restarts, only this node's memory has what was acknowledged";
    } else if (*sync == "always") {
      durability_ = "appendfsync always: what is acknowledged survives power loss";
    } else {
      durability_ = fmt::format("appendfsync {}: power loss, or a kill of it, may undo {} of what was acknowledged",
                                *sync, *sync == "everysec" ? "up to two seconds" : "an unknown part");
    }
    return {};
  }

  const RedisOptions options_;
  std::unique_ptr<redisContext, FreeContext> connection_;
  std::string run_id_;  // of the process that holds the image
  std::string durability_;
  bool loaded_ = false;
  bool complained_ = false;
  std::array<std::unordered_map<std::string, std::string>, kTables.size()> image_;  // by table
};

}  // namespace

std::string RedisAddress::text() const {
  return (path.empty() ? fmt::format("{}:{}", host, port) : path) + (database == 0 ? "" : fmt::format("/{}", database));
}

tl::expected<RedisAddress, std::string> parse_redis_url(std::string_view url) {
  constexpr std::string_view kUnix = "redis+unix://", kTcp = "redis://";
  const auto wrong = [url](std::string_view why) {
    return tl::unexpected(fmt::format("'{}' is no redis://HOST:PORT[/DB] and no redis+unix:///PATH: {}", url, why));
  };
  const auto number = [](std::string_view text, int most) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value <= most ? value : -1;
  };
  RedisAddress address;
  if (url.substr(0, kUnix.size()) == kUnix) {
    address.path = url.substr(kUnix.size());
    if (address.path.empty() || address.path[0] != '/') return wrong("the path does not begin with /");
    constexpr size_t kMostBytes = sizeof sockaddr_un::sun_path - 1;
    if (address.path.size() > kMostBytes) {
      return wrong(fmt::format("the path has {} bytes, at most {} are possible", address.path.size(), kMostBytes));
    }
    return address;
  }
  if (url.substr(0, kTcp.size()) != kTcp) return wrong("it begins otherwise");
  url.remove_prefix(kTcp.size());
  const size_t slash = url.find('/');
  const std::string_view place = url.substr(0, slash);
  const size_t colon = place.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong("no HOST:PORT");
  address.host = place.substr(0, colon);
  address.port = number(place.substr(colon + 1), 65535);
  if (address.port < 1) return wrong("the port is none of 1 to 65535");
  if (slash != std::string_view::npos) address.database = number(url.substr(slash + 1), 1 << 20);
  if (address.database < 0) return wrong("the database is no number");
  return address;
}

tl::expected<std::unique_ptr<Storage>, std::string> open_redis_storage(RedisOptions options) {
  auto storage = std::make_unique<RedisStorage>(std::move(options));
  if (auto opened = storage->open(); !opened) return tl::unexpected(opened.error());
  return storage;
}

}  // namespace node
