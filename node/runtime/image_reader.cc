#include "node/runtime/image_reader.h"

#include <utility>

namespace node {

ImageReader::ImageReader(Storage& storage) : thread_([this, &storage] { read(storage); }) {}

ImageReader::~ImageReader() {
  {
    const std::lock_guard lock(mutex_);
    unwanted_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ImageReader::read(Storage& storage) {
  std::vector<StoredItem> items;
  auto done = storage.read([&](StoredItem item) {
    if (items.empty()) items.reserve(kPageItems);
    items.push_back(std::move(item));
    if (items.size() == kPageItems) hand_over(std::exchange(items, {}));
  });
  if (!items.empty()) hand_over(std::move(items));
  const std::lock_guard lock(mutex_);
  end_ = std::move(done);
  changed_.notify_all();
}

void ImageReader::hand_over(std::vector<StoredItem> items) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return pages_.size() < kPagesAhead || unwanted_; });
  if (unwanted_) return;
  pages_.push_back(std::move(items));
  changed_.notify_all();
}

tl::expected<ImageReader::Page, std::string> ImageReader::next() {
  std::unique_lock lock(mutex_);
  // One is held back until it is known whether it is the last.
  changed_.wait(lock, [this] { return pages_.size() > 1 || end_; });
  if (end_ && !*end_) return tl::unexpected(end_->error());
  Page page;
  if (!pages_.empty()) {
    page.items = std::move(pages_.front());
    pages_.pop_front();
  }
  page.more = !pages_.empty() || !end_;
  changed_.notify_all();
  return page;
}

}  // namespace node
