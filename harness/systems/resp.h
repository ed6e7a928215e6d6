// RESP2 on the wire: requests as arrays of bulk strings, replies parsed by hiredis straight into Reply.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "harness/systems/system.h"

struct redisReader;

namespace harness {

void append_request(std::string& out, const Request& request);

class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void feed(std::string_view bytes);
  // The next reply, if it has arrived whole. The error is a broken protocol: the connection is of no more use.
  tl::expected<std::optional<Reply>, std::string> next();
  // Bytes that belong to no reply returned so far.
  bool has_rest() const;

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace harness
