// Reads what storage holds on a thread of its own, page by page, while the core takes in the pages before: with a
// million items, half of a start's time goes into either.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#include "node/runtime/storage.h"

namespace node {

class ImageReader {
 public:
  explicit ImageReader(Storage& storage);
  ~ImageReader();  // reads to the end; what nobody asked for is thrown away

  struct Page {
    std::vector<StoredItem> items;
    bool more = false;
  };
  // Waits for the next page. Error: storage failed. Not to be called after the last one.
  tl::expected<Page, std::string> next();

 private:
  static constexpr size_t kPageItems = 2'000;
  static constexpr size_t kPagesAhead = 8;

  void read(Storage& storage);
  void hand_over(std::vector<StoredItem> items);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<StoredItem>> pages_;
  std::optional<tl::expected<void, std::string>> end_;  // once all is read
  bool unwanted_ = false;
  std::thread thread_;
};

}  // namespace node
