#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace planted {
void stream(const char* path) { std::ofstream(path) << "bytes"; }
long descriptor(const char* path) {
  char byte = 0;
  return read(open(path, O_RDONLY), &byte, 1);
}
int network() { return socket(AF_INET, SOCK_STREAM, 0); }
}  // namespace planted
