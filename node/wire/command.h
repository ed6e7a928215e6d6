// The requests of clients, as values. The table of all data commands, with their arguments, is in command.cc; what each
// means to its key is in replica/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/base/error.h"
#include "node/causality/record.h"
#include "node/options.h"
#include "node/wire/effects.h"

namespace node {

struct Command {
  enum class Kind {
    kGet,
    kSet,
    kDel,
    kExists,
    kVget,
    kVput,
    kVdel,
    kCartAdd,
    kCartRemove,
    kCartGet,
    kSadd,
    kSrem,
    kSmembers,
    kScard,
    kSismember,
    kCounterIncr,
    kCounterGet,
    kRestore,
  };
  Kind kind = Kind::kGet;
  std::string_view name;  // as in the table of commands: "INCR"
  std::string key;
  std::string value;                     // SET, VPUT; the record of RESTORE, encoded
  std::string item;                      // CART.ADD, CART.REMOVE; the member of SADD, SREM, SISMEMBER
  int64_t amount = 0;                    // quantity, or delta
  bool with_tags = false;                // SMEMBERS
  std::optional<Context> context;        // CTX of VPUT, VDEL
  std::optional<std::vector<Dot>> tags;  // CTX of CART.REMOVE, SREM
  Actor session;                         // ID; null: unidentified
  uint64_t seq = 0;
  uint64_t plus = 0;  // ID of COUNTER.INCR: running totals
  uint64_t minus = 0;

  std::optional<int> r;
  std::optional<int> w;
  std::optional<Mode> mode;  // once it has been taken up: the one that it is carried out in
  std::optional<Duration> timeout;
  std::optional<uint64_t> table;  // epoch of the routing table by which the client chose this node

  bool identified() const { return !session.is_null(); }
  bool is_read() const;
  bool plain_write() const { return kind == Kind::kSet || kind == Kind::kDel; }
  bool adds_item() const { return kind == Kind::kCartAdd || kind == Kind::kSadd; }
  bool removes_item() const { return kind == Kind::kCartRemove || kind == Kind::kSrem; }
  bool of_set() const { return kind >= Kind::kSadd && kind <= Kind::kSismember; }
  // A write that must first see what R replicas hold.
  bool reads_first() const { return mode == Mode::kLin || (removes_item() && !tags); }
  // To carry it out again, wherever, changes nothing more, whenever the first time was or is still to come, and the
  // answer is the same. (Not SADD: it tells whether the member was there before.)
  bool repeatable() const;
  // Error: MODE lin is not for this command, or its ID is for MODE lin only.
  Result<void> fits(Mode mode) const;
};

// Is the first word a data command? (The others are answered by the node itself, coordinator/front.h.)
bool is_data_command(const std::string& name);
// Written so similarly that one may stand for the other: a letter less, more, another or two swapped, and that at most
// once for each three letters.
bool is_near(std::string_view a, std::string_view b);
struct CommandForm {
  const char* name;
  const char* usage;
  const char* what;
  size_t arguments;  // after the name, at least; the first is the key
  bool is_write;
};
std::vector<CommandForm> data_commands();
Result<Command> parse_command(const Words& words, const Options& options);

std::string to_upper(std::string text);
std::optional<int64_t> parse_integer(const std::string& text);  // whole text, decimal
std::optional<Mode> parse_mode(const std::string& text);

}  // namespace node
