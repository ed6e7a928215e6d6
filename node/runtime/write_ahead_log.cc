#include "node/runtime/write_ahead_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "node/base/bytes.h"
#include "node/base/hash.h"

namespace node {

namespace {

constexpr size_t kHeadBytes = 24;  // number, length, checksum
constexpr size_t kStep = size_t{1} << 20;
constexpr size_t kMaxKeyBytes = 511;
constexpr const char* kLogsKept = "logs kept";  // in Table::kState: the number of the last one

// pread or pwrite, until all is through. False: errno says why.
template <typename Call, typename Byte>
bool transfer_all(Call call, int fd, Byte* bytes, size_t size, size_t at) {
  while (size > 0) {
    const ssize_t count = call(fd, bytes, size, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<size_t>(count);
    at += static_cast<size_t>(count);
  }
  return true;
}

void encode(Writer& w, const Persist& item) {
  w.u64(static_cast<uint64_t>(item.table));
  w.string(item.key);
  w.u64(item.value.has_value());
  if (item.value) w.string(*item.value);
}

bool decode_items(std::string_view bytes, std::vector<Persist>& items) {
  for (Reader r(bytes); !r.done();) {
    Persist item;
    const uint64_t table = r.u64();
    item.table = static_cast<Table>(table);
    item.key = r.string();
    if (r.u64() != 0) item.value = r.string();
    if (!r.ok() || table >= kTables.size()) return false;
    items.push_back(std::move(item));
  }
  return true;
}

}  // namespace

// ---- One file

tl::expected<LogFile, std::string> LogFile::open(const std::string& path) {
  LogFile log(Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)), path);
  if (!log.fd_) return log.failure("open");
  const off_t size = lseek(log.fd_.get(), 0, SEEK_END);
  if (size < 0) return log.failure("measure");
  log.filled_ = static_cast<size_t>(size);
  return log;
}

tl::unexpected<std::string> LogFile::failure(const char* doing) const {
  return tl::unexpected(fmt::format("cannot {} {}: {}", doing, path_, strerror(errno)));
}

std::string LogFile::frame(const std::vector<Persist>& batch) const {
  std::string items;
  Writer body(items);
  for (const Persist& item : batch) encode(body, item);
  std::string frame;
  frame.reserve(kHeadBytes + items.size());
  Writer head(frame);
  head.fixed64(number_);
  head.fixed64(items.size());
  head.fixed64(hash64(items, number_));
  return frame += items;
}

tl::expected<void, std::string> LogFile::append(std::string_view frame) {
  // Zeros first: to write over what is there the file system has nothing to note down, and a sync is cheap.
  if (const size_t end = end_ + frame.size(); end > filled_) {
    const std::string zeros(std::max(kStep, end - filled_), '\0');
    if (!transfer_all(pwrite, fd_.get(), zeros.data(), zeros.size(), filled_)) return failure("write");
    filled_ += zeros.size();
  }
  const bool written = transfer_all(pwrite, fd_.get(), frame.data(), frame.size(), end_);
  if (!written || fdatasync(fd_.get()) != 0) return failure("write");
  end_ += frame.size();
  return {};
}

// What a crash cut off in the middle, and whatever lies behind the end of the last life, does not fit its checksum or
// has another number.
tl::expected<LogFile::Content, std::string> LogFile::read() const {
  std::string bytes(filled_, '\0');
  if (!transfer_all(pread, fd_.get(), bytes.data(), bytes.size(), 0)) return failure("read");
  Content content;
  for (std::string_view rest = bytes; rest.size() > kHeadBytes;) {
    Reader head(rest.substr(0, kHeadBytes));
    const uint64_t number = head.fixed64(), length = head.fixed64(), checksum = head.fixed64();
    rest.remove_prefix(kHeadBytes);
    const bool goes_on = content.number == 0 || number == content.number;
    if (number == 0 || !goes_on || length == 0 || length > rest.size()) break;
    const std::string_view items = rest.substr(0, length);
    if (hash64(items, number) != checksum) break;
    if (!decode_items(items, content.items)) return tl::unexpected(path_ + " holds what is no item");
    content.number = number;
    rest.remove_prefix(length);
  }
  return content;
}

// ---- Two files before a storage

tl::expected<std::unique_ptr<Storage>, std::string> WriteAheadLog::open(const std::string& directory,
                                                                        std::unique_ptr<Storage> beneath) {
  tl::expected<LogFile, std::string> first = LogFile::open(directory + "/log.0");
  if (!first) return tl::unexpected(first.error());
  tl::expected<LogFile, std::string> second = LogFile::open(directory + "/log.1");
  if (!second) return tl::unexpected(second.error());
  // A file just made survives power loss only once its directory is synced too.
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) return tl::unexpected(fmt::format("cannot sync {}: {}", directory, strerror(errno)));
  std::array<LogFile, 2> logs = {std::move(*first), std::move(*second)};
  return std::unique_ptr<Storage>(new WriteAheadLog(std::move(logs), std::move(beneath)));
}

WriteAheadLog::~WriteAheadLog() {
  if (commit_.valid()) commit_.wait();
}

tl::expected<void, std::string> WriteAheadLog::read(const Take& take) {
  std::vector<StoredItem> state;  // held back until it is known what the logs have to say
  tl::expected<Unkept, std::string> unkept;
  bool laying = false;
  auto newer = items_.begin();
  // What the logs hold from here up to that item: all of it is new, or replaces it.
  const auto up_to = [&](const Where* where) {
    for (; newer != items_.end() && (where == nullptr || InReadingOrder()(newer->first, *where)); ++newer) {
      if (newer->second) take({newer->first.first, newer->first.second, *newer->second});
    }
  };
  const auto lay = [&](StoredItem item) {
    if (newer == items_.end()) return take(std::move(item));
    Where where{item.table, std::move(item.key)};
    up_to(&where);
    if (newer == items_.end() || newer->first != where) {
      return take({where.first, std::move(where.second), std::move(item.value)});
    }
    if (newer->second) take({where.first, std::move(where.second), *newer->second});
    ++newer;
  };
  const auto begin_to_lay = [&] {
    laying = true;
    uint64_t kept = 0;
    std::erase_if(state, [&](const StoredItem& item) {
      if (item.key != kLogsKept) return false;
      kept = Reader(item.value).fixed64();
      return true;
    });
    unkept = gather_unkept(kept);
    newer = items_.begin();
    for (StoredItem& item : state) lay(std::move(item));
  };
  Done done = beneath_->read([&](StoredItem item) {
    if (item.table == Table::kState) return state.push_back(std::move(item));
    if (!laying) begin_to_lay();
    lay(std::move(item));
  });
  if (!done) return done;
  if (!laying) begin_to_lay();
  if (!unkept) return tl::unexpected(unkept.error());
  up_to(nullptr);
  if (!items_.empty()) {
    commit_in_background(unkept->last);
    if (unkept->both) {  // then neither log is free yet
      if (done = await_commit(); !done) return done;
    }
  }
  log().begin(unkept->last + 1);
  return {};
}

bool WriteAheadLog::InReadingOrder::operator()(const Where& a, const Where& b) const {
  const auto rank = [](Table table) { return std::find(kReadingOrder.begin(), kReadingOrder.end(), table); };
  return a.first != b.first ? rank(a.first) < rank(b.first) : a.second < b.second;
}

tl::expected<WriteAheadLog::Unkept, std::string> WriteAheadLog::gather_unkept(uint64_t kept) {
  std::array<LogFile::Content, 2> contents;
  for (size_t i = 0; i < logs_.size(); ++i) {
    tl::expected<LogFile::Content, std::string> content = logs_[i].read();
    if (!content) return tl::unexpected(content.error());
    contents[i] = std::move(*content);
  }
  active_ = contents[1].number < contents[0].number ? 1 : 0;  // the older one
  if (active_ == 1) std::swap(contents[0], contents[1]);
  for (LogFile::Content& content : contents) {
    if (content.number <= kept) continue;
    for (Persist& item : content.items) items_[{item.table, std::move(item.key)}] = std::move(item.value);
  }
  return Unkept{std::max(kept, contents[1].number), contents[0].number > kept};
}

tl::expected<void, std::string> WriteAheadLog::commit(const std::vector<Persist>& batch) {
  if (batch.empty()) return {};
  if (log().number() == 0) {  // what the logs hold comes first
    if (Done done = read([](const StoredItem&) {}); !done) return done;
  }
  std::string frame = log().frame(batch);
  const bool odd =
      std::any_of(batch.begin(), batch.end(), [](const Persist& p) { return p.key.size() > kMaxKeyBytes; });
  if (odd || frame.size() > LogFile::kBytes / 4) {  // large, or refused: storage beneath is asked at once
    if (Done done = await_commit(); !done) return done;
    if (Done done = commit_beneath(items_, batch, log().number()); !done) return done;
    items_.clear();
    log().begin(log().number() + 1);
    return {};
  }
  if (!log().fits(frame.size())) {
    if (Done done = change_logs(); !done) return done;
    frame = log().frame(batch);
  }
  if (Done done = log().append(frame); !done) return done;
  gather(batch);
  return {};
}

void WriteAheadLog::gather(const std::vector<Persist>& batch) {
  for (const Persist& item : batch) items_[{item.table, item.key}] = item.value;
}

WriteAheadLog::Done WriteAheadLog::change_logs() {
  if (Done done = await_commit(); !done) return done;
  const uint64_t through = log().number();
  commit_in_background(through);
  active_ = 1 - active_;
  log().begin(through + 1);
  return {};
}

void WriteAheadLog::commit_in_background(uint64_t through) {
  commit_ = std::async(std::launch::async, [this, through, items = std::exchange(items_, {})] {
    return commit_beneath(items, {}, through);
  });
}

WriteAheadLog::Done WriteAheadLog::await_commit() { return commit_.valid() ? commit_.get() : Done(); }

// All of it, then the batch, and that logs up to this number are kept with that: one commit.
WriteAheadLog::Done WriteAheadLog::commit_beneath(const Items& items, const std::vector<Persist>& batch,
                                                  uint64_t through) const {
  std::vector<Persist> all;
  all.reserve(items.size() + batch.size() + 1);
  for (const auto& [where, value] : items) all.push_back({0, where.first, where.second, value});
  all.insert(all.end(), batch.begin(), batch.end());
  std::string mark;
  Writer(mark).fixed64(through);
  all.push_back({0, Table::kState, kLogsKept, std::move(mark)});
  return beneath_->commit(all);
}

}  // namespace node
