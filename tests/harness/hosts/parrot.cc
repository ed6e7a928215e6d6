// The node of the host tests: answers datagrams, and talks to other parrots when told to.
//
//   parrot NAME IP PORT LISTEN_FD
//
//   hello              → hello from NAME
//   tell IP PORT WORD  → told IP            after sending the datagram WORD there
//   heard              → every word told to it so far, separated by spaces
//   read PATH          → first word of the file
//   exit CODE          → nothing; ends with CODE
// Whoever connects to LISTEN_FD by TCP reads NAME and a newline.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace {

sockaddr_in address_of(const std::string& ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

void send_to(int socket, const sockaddr_in& to, const std::string& text) {
  (void)!sendto(socket, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

class Parrot {
 public:
  Parrot(std::string name, int socket) : name_(std::move(name)), socket_(socket) {}

  void hear() {
    char text[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t n = recvfrom(socket_, text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n < 0) return;
    std::istringstream words(std::string(text, static_cast<size_t>(n)));
    std::string verb;
    words >> verb;
    if (verb == "hello") {
      send_to(socket_, from, "hello from " + name_);
    } else if (verb == "tell") {
      std::string ip, word;
      int port = 0;
      words >> ip >> port >> word;
      send_to(socket_, address_of(ip, port), word);
      send_to(socket_, from, "told " + ip);
    } else if (verb == "heard") {
      send_to(socket_, from, heard_);
    } else if (verb == "read") {
      std::string path, word;
      words >> path;
      std::ifstream(path) >> word;
      send_to(socket_, from, word);
    } else if (verb == "exit") {
      int code = 0;
      words >> code;
      std::exit(code);
    } else {
      heard_ += (heard_.empty() ? "" : " ") + verb;
    }
  }

 private:
  std::string name_;
  int socket_;
  std::string heard_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 64;
  const std::string name = arguments[1];
  const sockaddr_in address = address_of(arguments[2], std::atoi(arguments[3]));
  const int outside = std::atoi(arguments[4]);
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    perror("bind");
    return 1;
  }
  fmt::print("{} listens\n", name);
  std::fflush(stdout);
  Parrot parrot(name, socket);
  while (true) {
    pollfd events[] = {{socket, POLLIN, 0}, {outside, POLLIN, 0}};
    if (poll(events, 2, -1) < 0) return 1;
    if (events[0].revents & POLLIN) parrot.hear();
    if (events[1].revents & POLLIN) {
      const int connection = accept(outside, nullptr, nullptr);
      const std::string line = name + "\n";
      (void)!write(connection, line.data(), line.size());
      close(connection);
    }
  }
}
