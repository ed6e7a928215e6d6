// CLUSTER …: the routing table in the words of Redis Cluster, so that its clients in any language route requests to the
// homes of their keys by themselves (Dynamo §6.4, client-driven coordination).
//
// Every member is a "master" of the slots that it is the first home of; the other homes are their "replicas". A home
// that is down is passed over: its slots are shown with the next one first, because these clients have no other way on.
#pragma once

#include <string>

#include "node/coordinator/ring_view.h"

namespace node {

// The reply, encoded.
std::string cluster_command(const RingView& view, const Words& words);

// What a client is told whose request belongs elsewhere: "MOVED 866 10.0.0.2:7000". Empty: no home is up.
std::string moved(const RingView& view, const std::string& key);

}  // namespace node
