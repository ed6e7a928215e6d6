// Messages between the harness and the warden, both ways over one stream socket: lists of byte strings with lengths
// in front. Both ends are the same program on the same machine, so the format need not outlive a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace harness {

using Message = std::vector<std::string>;

// False if the other end is gone.
bool send_message(int socket, const Message& message);
// Waits for a whole message; nothing if the other end is gone.
std::optional<Message> receive_message(int socket);

}  // namespace harness
