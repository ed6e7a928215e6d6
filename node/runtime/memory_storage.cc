#include "node/runtime/storage.h"

namespace node {

namespace {

class MemoryStorage : public Storage {
 public:
  tl::expected<void, std::string> read(const Take&) override { return {}; }
  tl::expected<void, std::string> commit(const std::vector<Persist>&) override { return {}; }
  bool remembers() const override { return false; }
  std::string describe() const override { return "memory"; }
};

}  // namespace

std::unique_ptr<Storage> make_memory_storage() { return std::make_unique<MemoryStorage>(); }

}  // namespace node
