// Why something did not work, as a value: the reply's prefix tells a client whether it may have happened.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace node {

struct Error {
  enum class Kind {
    kBadRequest,   // -ERR: the request is wrong; nothing happened
    kWrongType,    // -WRONGTYPE: the key holds another kind; nothing happened
    kTooBig,       // -TOOBIG: over a limit; nothing happened
    kUnavailable,  // -UNAVAIL: too few nodes; nobody was handed the write
    kBusy,         // -BUSY: overloaded; nothing happened
    kTimeout,      // -TIMEOUT: unknown whether it happened
  };
  Kind kind = Kind::kBadRequest;
  std::string text;
};

template <typename T>
using Result = tl::expected<T, Error>;

// The error as a RESP error line, without the leading '-'.
std::string to_line(const Error& error);

}  // namespace node
