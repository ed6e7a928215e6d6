#include "node/base/error.h"

namespace node {

std::string to_line(const Error& error) {
  switch (error.kind) {
    case Error::Kind::kBadRequest:
      return "ERR " + error.text;
    case Error::Kind::kWrongType:
      return "WRONGTYPE " + error.text;
    case Error::Kind::kTooBig:
      return "TOOBIG " + error.text;
    case Error::Kind::kUnavailable:
      return "UNAVAIL " + error.text;
    case Error::Kind::kBusy:
      return "BUSY " + error.text;
    case Error::Kind::kTimeout:
      return "TIMEOUT " + error.text;
  }
  return "ERR " + error.text;
}

}  // namespace node
