// All commands of a client, for those who ask: COMMAND, COMMAND COUNT, COMMAND DOCS, and "did you mean …?".
#pragma once

#include <string>

#include "node/wire/command.h"

namespace node {

// The reply to COMMAND …, encoded. Cluster clients learn from it where in a request the key is.
std::string command_command(const Words& words);

// ", did you mean GET?": the commands that a slip of the finger or two makes of it.
std::string suggestion(const std::string& name);

// Its form, of those that need no key: "CONFIG GET pattern …". Empty: no such command.
std::string usage_of(const std::string& name);

}  // namespace node
