// A blocking client with a deadline, for tests: five seconds without the bytes that a test waits for fail it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/runtime/fd.h"

namespace node {

class Client {
 public:
  explicit Client(int port);   // connects to 127.0.0.1
  explicit Client(Fd socket);  // already connected

  void send(std::string_view bytes);
  // Sends what the socket takes without waiting; returns how much that was.
  size_t send_some(std::string_view bytes);
  void send_words(const std::vector<std::string>& words);
  void end_sending();

  // The next reply as text: the status, "-…" of an error, the number, the bytes, "(nil)", "[a b]"; "(closed)" at the
  // end.
  std::string read_reply();
  std::string ask(const std::vector<std::string>& words);
  // Waits for the end of the stream; what came before it.
  std::string read_to_end();

  bool has_input();  // would read_reply() find something at once?
  int fd() const { return fd_.get(); }

 private:
  bool more();  // false: end of stream
  std::string take_line();
  std::string take(size_t bytes);

  Fd fd_;
  std::string buffer_;
};

// A listening socket on 127.0.0.1, and its port. `port` 0: any free one.
Fd listen_on_loopback(int backlog, int* port);
// A port where nobody listens, from below those that the kernel gives to outgoing connections: it stays free.
int free_port();
// Waits for the next connection.
Fd accept_one(const Fd& listener);

}  // namespace node
