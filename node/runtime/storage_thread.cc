#include "node/runtime/storage_thread.h"

#include <iterator>
#include <utility>

namespace node {

StorageThread::StorageThread(std::unique_ptr<Storage> storage, std::function<void()> wake)
    : storage_(std::move(storage)), wake_(std::move(wake)) {
  if (storage_->remembers()) thread_ = std::thread([this] { run(); });
}

StorageThread::~StorageThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void StorageThread::submit(std::vector<Persist> batch) {
  if (batch.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    if (gathering_.empty()) {
      gathering_ = std::move(batch);
    } else {
      gathering_.insert(gathering_.end(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
    }
  }
  changed_.notify_all();
}

void StorageThread::submit(uint64_t through) {
  const std::lock_guard lock(mutex_);
  done(through);
}

std::vector<Input> StorageThread::collect() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcomes_, {});
}

void StorageThread::wait_until_idle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return gathering_.empty() && !committing_; });
}

void StorageThread::run() {
  std::unique_lock lock(mutex_);
  const auto silence = storage_->longest_silence();
  while (true) {
    const auto wanted = [this] { return ending_ || !gathering_.empty(); };
    if (silence) {
      changed_.wait_for(lock, *silence, wanted);
    } else {
      changed_.wait(lock, wanted);
    }
    if (ending_ && gathering_.empty()) return;
    const std::vector<Persist> batch = std::exchange(gathering_, {});
    committing_ = true;
    lock.unlock();
    commit(batch);
    lock.lock();
    committing_ = false;
    changed_.notify_all();
    lock.unlock();  // whoever is woken may hold a lock of its own, and ask us for the outcome
    wake_();
    lock.lock();
  }
}

void StorageThread::commit(const std::vector<Persist>& batch) {
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
  }
  const tl::expected<void, std::string> result = storage_->commit(batch);
  const std::lock_guard lock(mutex_);
  if (!result) {
    failed_ = true;
    gathering_.clear();
    outcomes_.emplace_back(PersistFailed{committed_ + 1, result.error()});
    return;
  }
  if (!batch.empty()) done(batch.back().number);
}

void StorageThread::done(uint64_t through) {
  committed_ = through;
  if (outcomes_.empty()) outcomes_.emplace_back(Persisted{});
  std::get<Persisted>(outcomes_.back()).through = committed_;
}

}  // namespace node
