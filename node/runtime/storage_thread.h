// Commits batches off the loop's thread. While one commit is under way the next batches gather, and all of them make
// the next commit: the slower the disk, the larger the group, and one sync serves all (group commit).
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "node/node.h"
#include "node/runtime/storage.h"

namespace node {

class StorageThread {
 public:
  // `wake` is called on the storage thread when collect() has something new. A storage that remembers nothing gets no
  // thread: what submit() is given can be collected at once.
  StorageThread(std::unique_ptr<Storage> storage, std::function<void()> wake);
  ~StorageThread();  // commits what was submitted, then ends

  // Called by the loop's thread. After a failure what is submitted is thrown away: no number from there on will be on
  // disk.
  void submit(std::vector<Persist> batch);
  // To a storage that remembers nothing: the last number of a batch.
  void submit(uint64_t through);
  bool remembers() const { return storage_->remembers(); }
  // What has become of the batches: at most one Persisted and one PersistFailed (told once).
  std::vector<Input> collect();
  // Waits until everything submitted is on disk, or has failed.
  void wait_until_idle();

 private:
  void run();
  void commit(const std::vector<Persist>& batch);
  void done(uint64_t through);

  const std::unique_ptr<Storage> storage_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Persist> gathering_;
  std::vector<Input> outcomes_;
  uint64_t committed_ = 0;  // number of the last item
  bool committing_ = false;
  bool failed_ = false;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all the others. None for a storage that remembers nothing
};

}  // namespace node
