#include "tests/harness/systems/replies.h"

#include <utility>

namespace harness {
namespace {

Reply of(Reply::Kind kind, std::string value) {
  Reply reply;
  reply.kind = kind;
  reply.text = std::move(value);
  return reply;
}

}  // namespace

Reply text(std::string value) { return of(Reply::Kind::kString, std::move(value)); }
Reply status(std::string value) { return of(Reply::Kind::kStatus, std::move(value)); }
Reply error(std::string value) { return of(Reply::Kind::kError, std::move(value)); }
Reply null() { return of(Reply::Kind::kNull, ""); }

Reply integer(int64_t value) {
  Reply reply = of(Reply::Kind::kInteger, "");
  reply.integer = value;
  return reply;
}

Reply array(std::vector<Reply> elements) {
  Reply reply = of(Reply::Kind::kArray, "");
  reply.elements = std::move(elements);
  return reply;
}

Reply from_n2(Reply reply) {
  Reply meta = array({text("coordinator"), text("n2"), text("mode"), text("sloppy"), text("r"), integer(2), text("w"),
                      integer(2), text("acks"), text("n2,n3"), text("hints"), text("n4>n1")});
  return array({std::move(reply), std::move(meta)});
}

}  // namespace harness
