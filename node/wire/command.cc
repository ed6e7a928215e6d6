#include "node/wire/command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace node {

namespace {

using Kind = Command::Kind;

struct Shape {
  std::string_view name;
  Kind kind;
  size_t arguments;  // after the name; the first is the key
  const char* usage;
  const char* what;
  int64_t unit = 0;  // INCR and its kin: the sign, or the amount itself
};

constexpr std::array kShapes = {
    Shape{"GET", Kind::kGet, 1, "GET key", "the value; of several siblings the latest"},
    Shape{"SET", Kind::kSet, 2, "SET key value", "writes a value over what the coordinator holds"},
    Shape{"DEL", Kind::kDel, 1, "DEL key", "deletes a value, a cart or a set"},
    Shape{"EXISTS", Kind::kExists, 1, "EXISTS key", "whether the key holds anything"},
    Shape{"VGET", Kind::kVget, 1, "VGET key", "a context token, and every sibling"},
    Shape{"VPUT", Kind::kVput, 2, "VPUT key value [CTX token]", "writes over exactly what the token covers"},
    Shape{"VDEL", Kind::kVdel, 1, "VDEL key CTX token", "deletes exactly what the token covers"},
    Shape{"CART.ADD", Kind::kCartAdd, 3, "CART.ADD key item quantity", "adds to a cart; tells the addition's tag"},
    Shape{"CART.REMOVE", Kind::kCartRemove, 2, "CART.REMOVE key item [CTX tag,tag...]",
          "takes the additions out that were seen; tells their tags"},
    Shape{"CART.GET", Kind::kCartGet, 1, "CART.GET key", "items, quantities, tags"},
    Shape{"SADD", Kind::kSadd, 2, "SADD key member", "adds to a set"},
    Shape{"SREM", Kind::kSrem, 2, "SREM key member [CTX tag,tag...]", "takes the additions out that were seen"},
    Shape{"SMEMBERS", Kind::kSmembers, 1, "SMEMBERS key [WITHTAGS]", "the members of a set"},
    Shape{"SCARD", Kind::kScard, 1, "SCARD key", "how many members a set has"},
    Shape{"SISMEMBER", Kind::kSismember, 2, "SISMEMBER key member", "whether a set has it"},
    Shape{"COUNTER.INCR", Kind::kCounterIncr, 2, "COUNTER.INCR key delta [ID session seq plus minus]",
          "adds; with ID, a retry counts once"},
    Shape{"COUNTER.GET", Kind::kCounterGet, 1, "COUNTER.GET key", "the sum"},
    Shape{"INCR", Kind::kCounterIncr, 1, "INCR key", "adds one", 1},
    Shape{"DECR", Kind::kCounterIncr, 1, "DECR key", "subtracts one", -1},
    Shape{"INCRBY", Kind::kCounterIncr, 2, "INCRBY key amount", "adds"},
    Shape{"DECRBY", Kind::kCounterIncr, 2, "DECRBY key amount", "subtracts", -1},
    Shape{"RESTORE", Kind::kRestore, 2, "RESTORE key record", "merges what SNAPSHOT told of a key into it"},
};

// Redis clients send these; here no operation spans several items.
constexpr std::array kSeveralItems = {"MGET",       "MSET",   "MSETNX",     "RENAME", "RENAMENX",    "COPY",
                                      "SUNION",     "SINTER", "SDIFF",      "SMOVE",  "SUNIONSTORE", "SINTERSTORE",
                                      "SDIFFSTORE", "BITOP",  "SINTERCARD", "MULTI",  "EXEC",        "WATCH"};

constexpr int64_t kMaxAmount = 1'000'000'000'000;
constexpr size_t kMaxItemBytes = 1000;

const Shape* find_shape(const std::string& name) {
  auto it = std::find_if(kShapes.begin(), kShapes.end(), [&](const Shape& shape) { return name == shape.name; });
  return it == kShapes.end() ? nullptr : it;
}

tl::unexpected<Error> bad(std::string text) { return tl::unexpected(Error{Error::Kind::kBadRequest, std::move(text)}); }
tl::unexpected<Error> too_big(std::string text) { return tl::unexpected(Error{Error::Kind::kTooBig, std::move(text)}); }

// Reads the options behind the fixed arguments.
class OptionParser {
 public:
  OptionParser(const Words& words, size_t position, const Options& options, Command& command)
      : words_(words), at_(position), options_(options), command_(command) {}

  Result<void> parse() {
    while (at_ < words_.size()) {
      std::string name = to_upper(words_[at_++]);
      Result<void> done = one(name);
      if (!done) return done;
    }
    return {};
  }

 private:
  Result<void> one(const std::string& name) {
    if (name == "R") return quorum(name, command_.r);
    if (name == "W") return quorum(name, command_.w);
    if (name == "MODE") {
      command_.mode = at_ < words_.size() ? parse_mode(words_[at_++]) : std::nullopt;
      if (!command_.mode) return bad("MODE is strict, sloppy or lin");
      return {};
    }
    if (name == "TIMEOUT") {
      std::optional<int64_t> ms = number();
      if (!ms || *ms < 1 || *ms > 600'000) return bad("TIMEOUT is 1 to 600000 milliseconds");
      command_.timeout = std::chrono::milliseconds(*ms);
      return {};
    }
    if (name == "TABLE") {
      std::optional<int64_t> epoch = number();
      if (!epoch || *epoch < 0) return bad("TABLE is the epoch of the client's routing table, as ROUTE told it");
      command_.table = static_cast<uint64_t>(*epoch);
      return {};
    }
    if (name == "ID") return identity();
    if (name == "CTX") return context();
    if (name == "WITHTAGS" && command_.kind == Kind::kSmembers) {
      command_.with_tags = true;
      return {};
    }
    if (command_.kind == Kind::kDel || command_.kind == Kind::kExists) {
      return bad("one key at a time: no operation spans several items");
    }
    if (command_.kind == Kind::kSadd || command_.kind == Kind::kSrem) {
      return bad("unknown option '" + name.substr(0, 32) + "' (one member at a time)");
    }
    return bad("unknown option '" + name.substr(0, 32) + "'");
  }

  std::optional<int64_t> number() { return at_ < words_.size() ? parse_integer(words_[at_++]) : std::nullopt; }

  Result<void> quorum(const std::string& name, std::optional<int>& target) {
    std::optional<int64_t> value = number();
    if (!value || *value < 1 || *value > options_.replicas) {
      return bad(name + " is 1 to " + std::to_string(options_.replicas) + ", the number of replicas");
    }
    target = static_cast<int>(*value);
    return {};
  }

  Result<void> identity() {
    if (command_.kind != Kind::kCounterIncr && !command_.adds_item() && !command_.removes_item() &&
        !command_.plain_write()) {
      return bad("ID goes with CART.ADD, CART.REMOVE, SADD, SREM, COUNTER.INCR, and in MODE lin with SET and DEL");
    }
    if (at_ < words_.size()) command_.session = Actor::session(words_[at_++]);
    if (!command_.identified()) return bad("the session of ID is 1 to 16 characters of A-Za-z0-9._-");
    std::optional<int64_t> seq = number();
    if (!seq || *seq < 1 || static_cast<uint64_t>(*seq) > Dot::kMaxNamed) {
      return bad("the seq of ID is an integer from 1 to " + std::to_string(Dot::kMaxNamed));
    }
    command_.seq = static_cast<uint64_t>(*seq);
    if (command_.kind != Kind::kCounterIncr) return {};
    std::optional<int64_t> plus = number();
    std::optional<int64_t> minus = number();
    if (!plus || !minus || *plus < 0 || *minus < 0) {
      return bad("ID of an increment is: session, seq, and the session's totals of what it added and subtracted");
    }
    command_.plus = static_cast<uint64_t>(*plus);
    command_.minus = static_cast<uint64_t>(*minus);
    return {};
  }

  Result<void> context() {
    if (at_ >= words_.size()) return bad("CTX needs a value");
    const std::string& token = words_[at_++];
    if (command_.kind == Kind::kVput || command_.kind == Kind::kVdel) {
      Context context;
      if (!Context::from_token(token, context)) return bad("CTX is not a token that VGET gave");
      command_.context = std::move(context);
      return {};
    }
    if (!command_.removes_item()) return bad("CTX goes with VPUT, VDEL, CART.REMOVE and SREM");
    command_.tags.emplace();
    for (size_t start = 0; start < token.size();) {
      size_t comma = std::min(token.find(',', start), token.size());
      Dot dot = Dot::parse(std::string_view(token).substr(start, comma - start));
      if (dot.n == 0) {
        return bad("CTX of " + std::string(command_.name) + " is a list of tags that " +
                   (command_.of_set() ? "SMEMBERS key WITHTAGS" : "CART.GET") + " showed, joined by commas");
      }
      command_.tags->push_back(dot);
      start = comma + 1;
    }
    return {};
  }

  const Words& words_;
  size_t at_;
  const Options& options_;
  Command& command_;
};

}  // namespace

bool Command::is_read() const {
  switch (kind) {
    case Kind::kGet:
    case Kind::kExists:
    case Kind::kVget:
    case Kind::kCartGet:
    case Kind::kSmembers:
    case Kind::kScard:
    case Kind::kSismember:
    case Kind::kCounterGet:
      return true;
    default:
      return false;
  }
}

bool Command::repeatable() const {
  switch (kind) {
    case Kind::kCartAdd:
    case Kind::kCounterIncr:
      return identified();
    case Kind::kCartRemove:
    case Kind::kSrem:
      return tags.has_value();
    case Kind::kRestore:
      return true;
    default:
      return is_read();
  }
}

Result<void> Command::fits(Mode in) const {
  if (in == Mode::kLin && kind != Kind::kGet && !plain_write()) {
    return bad("MODE lin is for GET, SET and DEL; this command takes MODE strict or sloppy");
  }
  if (in != Mode::kLin && plain_write() && identified()) {
    return bad("ID goes with SET and DEL in MODE lin only: elsewhere a retry is another write");
  }
  return {};
}

std::string to_upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::optional<int64_t> parse_integer(const std::string& text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<Mode> parse_mode(const std::string& text) {
  std::string name = to_upper(text);
  if (name == "STRICT") return Mode::kStrict;
  if (name == "SLOPPY") return Mode::kSloppy;
  if (name == "LIN") return Mode::kLin;
  return std::nullopt;
}

bool is_data_command(const std::string& name) {
  return find_shape(name) != nullptr ||
         std::find(kSeveralItems.begin(), kSeveralItems.end(), name) != kSeveralItems.end();
}

// Optimal string alignment distance, row by row.
bool is_near(std::string_view a, std::string_view b) {
  const size_t allowed = std::min(a.size(), b.size()) / 3;
  if (a.size() > b.size() + allowed || b.size() > a.size() + allowed) return false;
  std::vector<size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return last[b.size()] <= allowed;
}

std::vector<CommandForm> data_commands() {
  std::vector<CommandForm> forms;
  for (const Shape& shape : kShapes) {
    Command command;
    command.kind = shape.kind;
    forms.push_back({shape.name.data(), shape.usage, shape.what, shape.arguments, !command.is_read()});
  }
  return forms;
}

Result<Command> parse_command(const Words& words, const Options& options) {
  std::string name = to_upper(words[0]);
  const Shape* shape = find_shape(name);
  if (shape == nullptr) return bad(name + " is not supported: no operation spans several items");
  if (words.size() <= shape->arguments) {
    return bad("wrong number of arguments for '" + name + "': " + shape->usage);
  }
  Command command;
  command.kind = shape->kind;
  command.name = shape->name;
  command.key = words[1];
  if (command.key.empty()) return bad("the key is empty");
  if (command.key.size() > Options::kMaxKeyBytes) {
    return too_big("key of " + std::to_string(command.key.size()) + " bytes exceeds " +
                   std::to_string(Options::kMaxKeyBytes));
  }
  if (shape->kind == Kind::kSet || shape->kind == Kind::kVput) command.value = words[2];
  if (command.value.size() > Options::kMaxValueBytes) {
    return too_big("value of " + std::to_string(command.value.size()) + " bytes exceeds " +
                   std::to_string(Options::kMaxValueBytes));
  }
  if (command.adds_item() || command.removes_item() || shape->kind == Kind::kSismember) {
    command.item = words[2];
    if (command.item.empty() || command.item.size() > kMaxItemBytes) {
      return bad(std::string(command.of_set() ? "a member" : "an item") + " is 1 to " + std::to_string(kMaxItemBytes) +
                 " bytes");
    }
  }
  if (shape->kind == Kind::kCartAdd || shape->kind == Kind::kCounterIncr) {
    bool fixed = shape->arguments == 1;  // INCR, DECR
    std::optional<int64_t> amount = fixed ? 1 : parse_integer(words[shape->arguments]);
    if (!amount || *amount > kMaxAmount || *amount < -kMaxAmount) {
      return bad("'" + words[shape->arguments].substr(0, 32) + "' is no integer between -" +
                 std::to_string(kMaxAmount) + " and " + std::to_string(kMaxAmount));
    }
    if (*amount == 0 && shape->kind == Kind::kCartAdd) return bad("quantity 0 adds nothing");
    command.amount = shape->unit < 0 ? -*amount : *amount;
  }
  if (shape->kind == Kind::kRestore) {
    Record record;
    if (!Record::decode(words[2], record)) return bad("the record of RESTORE is none that SNAPSHOT gave");
    command.value = words[2];
    command.mode = Mode::kStrict;  // into the homes, whatever else is the rule here
  }
  Result<void> parsed = OptionParser(words, shape->arguments + 1, options, command).parse();
  if (!parsed) return tl::unexpected(parsed.error());
  if (command.kind == Kind::kVdel && !command.context)
    return bad("VDEL needs CTX: what it deletes is what VGET showed");
  return command;
}

}  // namespace node
