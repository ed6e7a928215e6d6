#include "node/runtime/lmdb_storage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "node/runtime/fd.h"
#include "node/runtime/write_ahead_log.h"

namespace node {

namespace {

constexpr std::array<const char*, kTables.size()> kTableNames = {"records", "hints", "state"};
constexpr size_t kSmallestMapBytes = size_t{64} << 20;

struct CloseEnvironment {
  void operator()(MDB_env* env) const { mdb_env_close(env); }
};
using Environment = std::unique_ptr<MDB_env, CloseEnvironment>;

struct AbortTransaction {
  void operator()(MDB_txn* txn) const { mdb_txn_abort(txn); }
};
using Transaction = std::unique_ptr<MDB_txn, AbortTransaction>;

struct CloseCursor {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};
using Cursor = std::unique_ptr<MDB_cursor, CloseCursor>;

MDB_val view(const std::string& bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string copy(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

class LmdbStorage : public Storage {
 public:
  using Tables = std::array<MDB_dbi, kTables.size()>;

  LmdbStorage(std::string directory, size_t map_bytes, Fd lock, Environment env, Tables tables)
      : directory_(std::move(directory)),
        map_bytes_(map_bytes),
        lock_(std::move(lock)),
        env_(std::move(env)),
        tables_(tables) {}

  tl::expected<void, std::string> read(const Take& take) override {
    MDB_txn* raw = nullptr;
    if (const int rc = mdb_txn_begin(env_.get(), nullptr, MDB_RDONLY, &raw)) return failure("begin reading", rc);
    const Transaction txn(raw);
    for (const Table table : kReadingOrder) {
      MDB_cursor* raw_cursor = nullptr;
      if (const int rc = mdb_cursor_open(raw, handle(table), &raw_cursor)) return failure("open a cursor", rc);
      const Cursor cursor(raw_cursor);
      MDB_val key{}, value{};
      int rc = mdb_cursor_get(raw_cursor, &key, &value, MDB_FIRST);
      for (; rc == 0; rc = mdb_cursor_get(raw_cursor, &key, &value, MDB_NEXT)) {
        take({table, copy(key), copy(value)});
      }
      if (rc != MDB_NOTFOUND) return failure("read", rc);
    }
    return {};
  }

  tl::expected<void, std::string> commit(const std::vector<Persist>& batch) override {
    MDB_txn* raw = nullptr;
    if (const int rc = mdb_txn_begin(env_.get(), nullptr, 0, &raw)) return failure("begin a transaction", rc);
    Transaction txn(raw);
    for (const Persist& persist : batch) {
      MDB_val key = view(persist.key);
      int rc = 0;
      if (persist.value) {
        MDB_val value = view(*persist.value);
        rc = mdb_put(raw, handle(persist.table), &key, &value, 0);
      } else {
        rc = mdb_del(raw, handle(persist.table), &key, nullptr);
        if (rc == MDB_NOTFOUND) rc = 0;
      }
      if (rc != 0) return failure("write", rc);
    }
    if (const int rc = mdb_txn_commit(txn.release())) return failure("commit", rc);
    return {};
  }

  std::string describe() const override {
    return fmt::format("lmdb in {}, {} MiB at most", directory_, map_bytes_ >> 20);
  }

 private:
  MDB_dbi handle(Table table) const { return tables_[static_cast<size_t>(table)]; }

  tl::unexpected<std::string> failure(const char* doing, int rc) const {
    std::string text = fmt::format("lmdb in {}: cannot {}: {}", directory_, doing, mdb_strerror(rc));
    if (rc == MDB_MAP_FULL) text += fmt::format(" ({} MiB)", map_bytes_ >> 20);
    return tl::unexpected(std::move(text));
  }

  std::string directory_;
  size_t map_bytes_;
  Fd lock_;  // released after the environment is closed
  Environment env_;
  Tables tables_;
};

tl::unexpected<std::string> trouble(const std::string& what, const std::string& why) {
  return tl::unexpected(fmt::format("data directory {}: {}", what, why));
}

tl::expected<Fd, std::string> lock_directory(const std::string& directory) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return trouble(directory, "cannot be made: " + code.message());
  Fd lock(open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) return trouble(directory, fmt::format("cannot open its file lock: {}", strerror(errno)));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return trouble(directory, fmt::format("cannot be locked: {}", strerror(errno)));
    return trouble(directory, "in use by another node; every node needs a directory of its own");
  }
  return lock;
}

// A file just made survives power loss only once its directory is synced too.
tl::expected<void, std::string> sync_directory(const std::string& directory) {
  const Fd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) return trouble(directory, fmt::format("cannot be synced: {}", strerror(errno)));
  return {};
}

struct Opened {
  Environment env;
  size_t map_bytes;
};

tl::expected<Opened, std::string> open_environment(const std::string& directory, size_t map_bytes) {
  const std::string file = directory + "/data.mdb";
  while (true) {
    MDB_env* raw = nullptr;
    if (const int rc = mdb_env_create(&raw)) return trouble(directory, mdb_strerror(rc));
    Environment env(raw);
    mdb_env_set_maxdbs(raw, kTables.size());
    mdb_env_set_mapsize(raw, map_bytes);
    // NOLOCK: our own lock keeps other processes out, and only one thread at a time calls. LMDB's lock file would
    // identify processes by a pid, and nodes may live in pid namespaces where all have the same.
    const int rc = mdb_env_open(raw, file.c_str(), MDB_NOSUBDIR | MDB_NOTLS | MDB_NOLOCK, 0644);
    if (rc == 0) return Opened{std::move(env), map_bytes};
    if (rc != ENOMEM) return trouble(directory, fmt::format("cannot open data.mdb: {}", mdb_strerror(rc)));
    if (map_bytes / 2 < kSmallestMapBytes) {
      return trouble(directory, fmt::format("cannot reserve {} MiB of address space for data.mdb: {} (see ulimit -v)",
                                            map_bytes >> 20, mdb_strerror(rc)));
    }
    map_bytes /= 2;
  }
}

tl::expected<MDB_dbi, std::string> open_table(const std::string& directory, MDB_txn* txn, const char* name) {
  MDB_dbi table = 0;
  if (const int rc = mdb_dbi_open(txn, name, MDB_CREATE, &table)) {
    return trouble(directory, fmt::format("cannot open table {}: {}", name, mdb_strerror(rc)));
  }
  return table;
}

}  // namespace

tl::expected<std::unique_ptr<Storage>, std::string> open_lmdb_storage(const LmdbOptions& options) {
  const std::string& directory = options.directory;
  tl::expected<Fd, std::string> lock = lock_directory(directory);
  if (!lock) return tl::unexpected(lock.error());
  tl::expected<Opened, std::string> opened = open_environment(directory, options.map_bytes);
  if (!opened) return tl::unexpected(opened.error());

  MDB_txn* raw = nullptr;
  if (const int rc = mdb_txn_begin(opened->env.get(), nullptr, 0, &raw)) return trouble(directory, mdb_strerror(rc));
  Transaction txn(raw);
  LmdbStorage::Tables tables{};
  for (const Table table : kTables) {
    const auto opened_table = open_table(directory, raw, kTableNames[static_cast<size_t>(table)]);
    if (!opened_table) return tl::unexpected(opened_table.error());
    tables[static_cast<size_t>(table)] = *opened_table;
  }
  if (const int rc = mdb_txn_commit(txn.release())) return trouble(directory, mdb_strerror(rc));
  if (const auto synced = sync_directory(directory); !synced) return tl::unexpected(synced.error());

  return WriteAheadLog::open(directory, std::make_unique<LmdbStorage>(directory, opened->map_bytes, std::move(*lock),
                                                                      std::move(opened->env), tables));
}

}  // namespace node
