// What goes into the core and what comes out of it: plain values, so that they can be queued, logged, hashed and drawn.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "node/base/time.h"

namespace node {

using Words = std::vector<std::string>;  // a RESP array of bulk strings
using Packet = std::string;              // an encoded message between nodes (wire/message.h)
using ClientId = uint64_t;               // a client's connection; never reused while the process lives

enum class Table {
  kRecords,
  kHints,
  kState,  // the little that a node must remember about itself, by name
};
inline constexpr std::array kTables = {Table::kRecords, Table::kHints, Table::kState};
struct StoredItem {
  Table table = Table::kRecords;
  std::string key;  // opaque to storage, at most 511 bytes
  std::string value;
};

// ---- Inputs

// Once, first. More of the image may follow in Stored, and nothing else until all of it is there. `life` is 128 random
// bits, new at every start of the process: part of every actor id and request id.
struct Start {
  std::array<uint64_t, 2> life{};
  std::vector<StoredItem> image;  // what storage holds
  // Where clients find this node, as ip:port: the address that other nodes use, and (if there is one) that of a second
  // listening socket, in another network.
  std::array<std::string, 2> doors{};
  bool more = false;
};
struct Stored {
  std::vector<StoredItem> image;
  bool more = false;
};
struct ClientRequest {
  ClientId client = 0;
  uint64_t ticket =
      0;  // returned in the Reply; requests of a connection are answered in any order, the adapter restores theirs
  Words words;         // not empty
  int door = 0;        // of Start::doors: by which it came in
  Instant arrived{0};  // when it was read from its connection; 0: now
};
struct ClientGone {
  ClientId client = 0;
};
// So many requests of clients were refused before they came in, because too many wait already. Told now and then.
struct Refused {
  uint64_t requests = 0;
};
// A message of another node, as it was put into a Send there.
struct PeerMessage {
  Packet packet;
  Instant arrived{0};  // as above
};
// The connection that Sends to this peer take broke, or is there again. What was sent before it broke may have arrived
// or not; what is sent until it is there again is lost. That says little about the peer: its process may have died, or
// the way to it may be bad. A peer of which nothing was said yet has a connection, or will have.
struct LinkChanged {
  std::string peer;
  bool up = false;
};
// Everything persisted up to and including this number is on disk.
struct Persisted {
  uint64_t through = 0;
};
// Nothing from this number on will ever be on disk: what waits is answered -TIMEOUT, then the process ends.
struct PersistFailed {
  uint64_t from = 0;
  std::string reason;
};
// The time last asked for by SetAlarm has come (late or early does no harm).
struct Alarm {};
using Input = std::variant<Start, Stored, ClientRequest, ClientGone, Refused, PeerMessage, LinkChanged, Persisted,
                           PersistFailed, Alarm>;

// ---- Effects, in order

struct Send {
  std::string
      to;  // a peer's name; may be this node itself: then deliver it as a PeerMessage through the queue like any other
  Packet packet;  // lost without notice if the peer cannot be reached
};
struct Reply {
  ClientId client = 0;
  uint64_t ticket = 0;
  std::string resp;    // encoded reply
  bool close = false;  // then close the connection
};
// Write (or, without value, erase) an item; numbers count up by one. All those of one turn of the event loop make one
// batch.
struct Persist {
  uint64_t number = 0;
  Table table = Table::kRecords;
  std::string key;
  std::optional<std::string> value;
};
// From now on keep links to exactly these nodes, by name and address. A node whose name is not known yet goes by its
// address.
struct Links {
  std::vector<std::pair<std::string, std::string>> to;
};
// Wake me with an Alarm at this time; replaces the alarm set before.
struct SetAlarm {
  Instant at{0};
};
// The process must end with this code (75: storage failed).
struct Halt {
  int code = 0;
  std::string reason;
};
using Effect = std::variant<Send, Reply, Persist, Links, SetAlarm, Halt>;
using Effects = std::vector<Effect>;

// One step of the core: the time it happens at, and the effects gathered so far.
struct Turn {
  Instant now{0};
  WallTime wall{0};
  Effects effects;
};

}  // namespace node
