// Logical operations of the workloads as conversations with a dynamo-node.
//
//   cart     add, remove with observed tags: identified, so repeated at another node when an attempt is left open;
//            remove without: the node reads first, so that a repetition could remove more: never repeated
//   counter  add: identified, repeated
//   register write: VGET, then VPUT with its context; the VPUT has no identity and is never repeated
//   all      read: once more at another node when no reply came. Of a segregated cart: item by item, a request each
#pragma once

#include <memory>

#include "harness/systems/system.h"

namespace harness {

// `operation` comes from one of the three workloads. Connections must have said SESSION META ON.
std::unique_ptr<Script> dynamo_script(const workloads::Operation& operation);

}  // namespace harness
