#include "tests/architecture/symbols.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace architecture {
namespace {

// Names as nm --demangle prints them, without the version (@GLIBC_…). A name that ends in '*' stands for all that begin
// like it; any other is compared as a whole: `read` is the system call, `RespReader::read` is none of our business.
struct Kind {
  std::string_view what;
  std::vector<std::string_view> names;
};
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {"asks the time",
       {"std::chrono::_V2::*",  // the clocks' now(); durations need no symbol
        "clock", "clock_gettime", "clock_getres", "gettimeofday", "time", "timespec_get", "ftime", "localtime*",
        "gmtime*", "mktime", "timerfd_*", "timer_*", "alarm", "setitimer"}},
      {"waits",
       {"sleep", "usleep", "nanosleep", "clock_nanosleep", "sched_yield", "poll", "ppoll", "select", "pselect",
        "epoll_*", "__poll_chk", "__ppoll_chk", "wait", "waitpid"}},
      {"draws chance",
       {"std::random_device::*", "rand", "srand", "rand_r", "random", "srandom", "random_r", "drand48", "erand48",
        "lrand48", "nrand48", "mrand48", "jrand48", "srand48", "getrandom", "getentropy", "arc4random*"}},
      {"uses threads",
       {"std::thread::*",
        "std::mutex::*",
        "std::condition_variable::*",
        "std::_V2::condition_variable*",
        "std::__condvar::*",
        "std::this_thread::*",
        "std::__future_base::*",
        "std::__once_*",
        "std::__atomic_futex*",
        "__once_proxy",
        "pthread_*",
        "__pthread_*",
        "thrd_*",
        "mtx_*",
        "cnd_*",
        "sem_*",
        "fork",
        "vfork",
        "clone",
        "posix_spawn*",
        "exec*",
        "system",
        "popen"}},
      {"uses sockets or files",
       {"std::basic_fstream*",
        "std::basic_ifstream*",
        "std::basic_ofstream*",
        "std::basic_filebuf*",
        "std::filesystem::*",
        "socket",
        "socketpair",
        "connect",
        "bind",
        "listen",
        "accept",
        "accept4",
        "shutdown",
        "send",
        "sendto",
        "sendmsg",
        "recv",
        "recvfrom",
        "recvmsg",
        "getaddrinfo",
        "gethostbyname*",
        "setsockopt",
        "getsockopt",
        "pipe",
        "pipe2",
        "eventfd",
        "ioctl",
        "fcntl",
        "fcntl64",
        "open",
        "open64",
        "openat",
        "openat64",
        "creat",
        "close",
        "read",
        "write",
        "pread*",
        "pwrite*",
        "readv",
        "writev",
        "lseek",
        "lseek64",
        "fsync",
        "fdatasync",
        "ftruncate*",
        "mmap",
        "mmap64",
        "munmap",
        "unlink",
        "rename",
        "mkdir",
        "stat",
        "fstat",
        "stat64",
        "fstat64",
        "opendir",
        "fopen",
        "fopen64",
        "fdopen",
        "freopen",
        "fclose",
        "fread",
        "fwrite",
        "fflush",
        "fgets",
        "fgetc",
        "getline",
        "tmpfile",
        "mkstemp",
        "__read_chk",
        "__recv_chk",
        "__recvfrom_chk",
        "__pread_chk",
        "__fread_chk",
        "__fgets_chk",
        "__open_2",
        "__open64_2"}},
      {"talks to the terminal",
       {"std::cin",
        "std::cout",
        "std::cerr",
        "std::clog",
        "std::wcin",
        "std::wcout",
        "std::wcerr",
        "std::wclog",
        "std::ios_base::Init::*",  // who includes <iostream> means to use it
        "stdin",
        "stdout",
        "stderr",
        "puts",
        "putchar",
        "fputs",
        "fputc",
        "putc",
        "perror",
        "printf",
        "vprintf",
        "fprintf",
        "vfprintf",
        "dprintf",
        "vdprintf",
        "__printf_chk",
        "__vprintf_chk",
        "__fprintf_chk",
        "__vfprintf_chk",
        "syslog",
        "fmt::v9::vprint*",
        "fmt::v9::print*"}},
      {"reads its surroundings",
       {"getenv", "secure_getenv", "environ", "getpid", "getppid", "gettid", "gethostname", "uname", "sysconf",
        "sched_getcpu", "std::locale::global*"}},
  };
  return kKinds;
}

bool matches(std::string_view name, std::string_view pattern) {
  if (pattern.back() != '*') return name == pattern;
  pattern.remove_suffix(1);
  return name.substr(0, pattern.size()) == pattern;
}

// What nm prints: lines "member.o:", "                 U name", "0000000000000000 T name".
std::string listing(const std::filesystem::path& library, const std::string& options) {
  const std::string command = std::string(NM) + " --demangle " + options + " '" + library.string() + "'";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start: " + command);
  std::string output;
  std::array<char, 4096> buffer{};
  for (size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
  const int status = pclose(pipe);
  if (status != 0) throw std::runtime_error("status " + std::to_string(status) + " of: " + command);
  return output;
}

// The name in a line of nm about a symbol that the member needs from elsewhere (U; w and v: weak); empty in others.
std::string needed(const std::string& line) {
  const size_t at = line.find_first_not_of(' ');
  if (at == std::string::npos || at + 2 >= line.size() || line[at + 1] != ' ') return {};
  if (std::string_view("Uwv").find(line[at]) == std::string_view::npos) return {};
  return line.substr(at + 2, line.find('@') - (at + 2));
}

}  // namespace

std::vector<std::string> impure_symbols(const std::filesystem::path& library) {
  std::vector<std::string> found;
  std::istringstream lines(listing(library, "--undefined-only"));
  std::string member;
  for (std::string line; std::getline(lines, line);) {
    const std::string name = needed(line);
    if (name.empty() && !line.empty() && line.back() == ':') member = line.substr(0, line.size() - 1);
    for (const Kind& kind : kinds()) {
      const bool hit = !name.empty() && std::any_of(kind.names.begin(), kind.names.end(),
                                                    [&](std::string_view pattern) { return matches(name, pattern); });
      if (hit) found.push_back(member + " " + std::string(kind.what) + ": " + name);
    }
  }
  return found;
}

int count_of_definitions(const std::filesystem::path& library) {
  std::istringstream lines(listing(library, "--defined-only --extern-only"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(" T ") != std::string::npos ? 1 : 0;
  return count;
}

}  // namespace architecture
