#include "node/coordinator/catalogue.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "node/wire/resp.h"

namespace node {

namespace {

struct OwnCommand {
  const char* name;
  const char* usage;
  const char* what;
  int first_key = 0;
};
// Of commands that the node answers by itself; those of data are in wire/command.cc.
constexpr OwnCommand kOwn[] = {
    {"PING", "PING [text]", "says PONG, or the text"},
    {"ECHO", "ECHO text", "says the text"},
    {"QUIT", "QUIT", "closes the connection"},
    {"SELECT", "SELECT 0", "there is one database"},
    {"CLIENT", "CLIENT ...", "accepted, without effect"},
    {"READONLY", "READONLY", "accepted: every home may be read anyway"},
    {"READWRITE", "READWRITE", "accepted: every home may be written anyway"},
    {"ASKING", "ASKING", "accepted, without effect"},
    {"COMMAND", "COMMAND [COUNT | DOCS [name ...] | INFO [name ...]]", "what commands there are"},
    {"TIME", "TIME", "this node's wall clock: seconds, microseconds"},
    {"INFO", "INFO [section]", "counters and settings of this node"},
    {"RING", "RING [TABLE [JSON] | UP | DOWN | LOAD | PIE]", "who owns which slots, who is there, how busy they are"},
    {"ROUTE", "ROUTE key", "the routing table's epoch, and the nodes to ask for the key, the first one first"},
    {"WHERE", "WHERE key", "the preference list of the key: its homes, then the fallbacks", 1},
    {"CLUSTER", "CLUSTER SLOTS | SHARDS | NODES | INFO | MYID | KEYSLOT key | COUNTKEYSINSLOT slot",
     "the ring in the words of Redis Cluster"},
    {"CONFIG", "CONFIG GET pattern ...", "settings of this node"},
    {"SESSION", "SESSION META ON|OFF | REDIRECT ON|OFF | R n | W n | MODE strict|sloppy|lin | TABLE epoch",
     "defaults of this connection"},
    {"SNAPSHOT", "SNAPSHOT first-slot last-slot cursor",
     "what this node holds, as requests for redis-cli --pipe; begins and ends with cursor 0"},
    {"ADMIN", "ADMIN JOIN name ip:port [REPLACE name] | LEAVE [name] | REMOVE name | REBALANCE [ranges] | STATUS",
     "members that come and go"},
    {"DBSIZE", "DBSIZE", "how many keys this node holds"},
    {"DEBUG", "DEBUG DUMP cursor | RECORD key | STATS | DIVERGE key", "looks inside; only with --debug-commands"},
};

struct Entry {
  std::string name;
  std::string usage;
  std::string what;
  int arity = -1;  // as Redis counts: words, the name included; negative: that many or more
  bool is_write = false;
  bool has_key = false;
};

std::vector<Entry> all_commands() {
  std::vector<Entry> list;
  for (const CommandForm& form : data_commands()) {
    list.push_back({form.name, form.usage, form.what, -static_cast<int>(form.arguments) - 1, form.is_write, true});
  }
  for (const OwnCommand& own : kOwn) list.push_back({own.name, own.usage, own.what, -1, false, own.first_key != 0});
  return list;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

void put_info(std::string& resp, const Entry& entry) {
  resp::array(resp, 7);
  resp::bulk(resp, lower(entry.name));
  resp::integer(resp, entry.arity);
  resp::array(resp, 1);
  resp::status(resp, entry.is_write ? "write" : "readonly");
  for (int key : {entry.has_key ? 1 : 0, entry.has_key ? 1 : 0, entry.has_key ? 1 : 0}) resp::integer(resp, key);
  resp::array(resp, 0);
}

void put_docs(std::string& resp, const Entry& entry) {
  resp::bulk(resp, lower(entry.name));
  resp::words(resp, {"summary", entry.usage + ": " + entry.what, "since", "1.0.0", "group",
                     entry.has_key ? "generic" : "server"});
}

}  // namespace

std::string command_command(const Words& words) {
  const std::string what = words.size() > 1 ? to_upper(words[1]) : "";
  std::vector<Entry> entries = all_commands();
  std::string resp;
  if (what == "COUNT" && words.size() == 2) {
    resp::integer(resp, static_cast<int64_t>(entries.size()));
    return resp;
  }
  if (words.size() > 2) {
    const auto named = [&](const Entry& entry) {
      return std::any_of(words.begin() + 2, words.end(),
                         [&](const auto& word) { return to_upper(word) == entry.name; });
    };
    entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const Entry& e) { return !named(e); }),
                  entries.end());
  }
  if (what.empty() || what == "INFO") {
    resp::array(resp, entries.size());
    for (const Entry& entry : entries) put_info(resp, entry);
  } else if (what == "DOCS") {
    resp::array(resp, entries.size() * 2);
    for (const Entry& entry : entries) put_docs(resp, entry);
  } else {
    resp::error(resp, "ERR " + usage_of("COMMAND"));
  }
  return resp;
}

std::string suggestion(const std::string& name) {
  std::string text;
  for (const Entry& entry : all_commands()) {
    if (is_near(name, entry.name)) text += (text.empty() ? ", did you mean " : " or ") + entry.name;
  }
  return text + (text.empty() ? "" : "?");
}

std::string usage_of(const std::string& name) {
  const auto found =
      std::find_if(std::begin(kOwn), std::end(kOwn), [&](const OwnCommand& c) { return name == c.name; });
  return found == std::end(kOwn) ? "" : found->usage;
}

}  // namespace node
