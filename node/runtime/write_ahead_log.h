// Before a storage whose commits are dear, a log whose commits are cheap: a batch is on disk once it is written to the
// end of a log, with one sync. What gathers in the log goes beneath in one large commit, in the background, while
// another log fills.
//
// A crash leaves at most two logs with something that storage beneath may lack; read() gives back what it holds with
// the logs laid over it. Storage beneath remembers in a state item of its own which logs it has.
#pragma once

#include <array>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "node/runtime/fd.h"
#include "node/runtime/storage.h"

namespace node {

// In which storage beneath must read: by tables in this order, each by key. What the log must know comes first.
inline constexpr std::array kReadingOrder = {Table::kState, Table::kRecords, Table::kHints};

// One file of frames: number of the log, length, checksum, items.
class LogFile {
 public:
  static constexpr size_t kBytes = size_t{8} << 20;

  // Makes it if it is missing.
  static tl::expected<LogFile, std::string> open(const std::string& path);

  // The number of its last life, and all that was whole then, in order; 0: none.
  struct Content {
    uint64_t number = 0;
    std::vector<Persist> items;
  };
  tl::expected<Content, std::string> read() const;

  // What was in it is gone with the first frame under the new number.
  void begin(uint64_t number) {
    number_ = number;
    end_ = 0;
  }
  uint64_t number() const { return number_; }
  bool fits(size_t bytes) const { return end_ + bytes <= kBytes; }
  // Returns once it is on disk.
  tl::expected<void, std::string> append(std::string_view frame);
  std::string frame(const std::vector<Persist>& batch) const;

 private:
  LogFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  tl::unexpected<std::string> failure(const char* doing) const;

  Fd fd_;
  std::string path_;
  uint64_t number_ = 0;
  size_t end_ = 0;
  size_t filled_ = 0;  // of the file
};

class WriteAheadLog : public Storage {
 public:
  // The files are in `directory`, which must be there.
  static tl::expected<std::unique_ptr<Storage>, std::string> open(const std::string& directory,
                                                                  std::unique_ptr<Storage> beneath);
  ~WriteAheadLog() override;

  tl::expected<void, std::string> read(const Take& take) override;
  tl::expected<void, std::string> commit(const std::vector<Persist>& batch) override;
  std::string describe() const override { return beneath_->describe(); }

 private:
  using Done = tl::expected<void, std::string>;
  using Where = std::pair<Table, std::string>;
  struct InReadingOrder {
    bool operator()(const Where& a, const Where& b) const;
  };
  using Items = std::map<Where, std::optional<std::string>, InReadingOrder>;  // the newest of each

  WriteAheadLog(std::array<LogFile, 2> logs, std::unique_ptr<Storage> beneath)
      : logs_(std::move(logs)), beneath_(std::move(beneath)) {}
  LogFile& log() { return logs_[active_]; }
  // What the logs hold beyond the last log that is kept beneath. The number of the last one of all; whether both count.
  struct Unkept {
    uint64_t last = 0;
    bool both = false;
  };
  tl::expected<Unkept, std::string> gather_unkept(uint64_t kept);
  Done change_logs();
  Done commit_beneath(const Items& items, const std::vector<Persist>& batch, uint64_t through) const;
  void commit_in_background(uint64_t through);
  Done await_commit();
  void gather(const std::vector<Persist>& batch);

  std::array<LogFile, 2> logs_;
  size_t active_ = 0;
  Items items_;               // in the active log
  std::future<Done> commit_;  // of the other one
  std::unique_ptr<Storage> beneath_;
};

}  // namespace node
