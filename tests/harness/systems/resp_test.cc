#include "harness/systems/resp.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

using namespace std::string_literals;

TEST(Resp, ARequestIsAnArrayOfBulkStrings) {
  std::string out;
  append_request(out, {"SET", "", std::string("a\0b", 3)});
  EXPECT_EQ(out, "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$3\r\na\0b\r\n"s);
}

TEST(Resp, EveryKindOfReplyIsReadBack) {
  ReplyReader reader;
  reader.feed("*6\r\n+OK\r\n-ERR no\r\n:-7\r\n$3\r\nabc\r\n$-1\r\n*1\r\n*0\r\n");
  const auto next = reader.next();
  ASSERT_TRUE(next && *next);
  const Reply& reply = **next;
  ASSERT_EQ(reply.kind, Reply::Kind::kArray);
  ASSERT_EQ(reply.elements.size(), 6U);
  EXPECT_EQ(reply.elements[0].kind, Reply::Kind::kStatus);
  EXPECT_EQ(reply.elements[0].text, "OK");
  EXPECT_EQ(reply.elements[1].kind, Reply::Kind::kError);
  EXPECT_EQ(reply.elements[1].text, "ERR no");
  EXPECT_EQ(reply.elements[2].integer, -7);
  EXPECT_EQ(reply.elements[3].text, "abc");
  EXPECT_EQ(reply.elements[4].kind, Reply::Kind::kNull);
  ASSERT_EQ(reply.elements[5].elements.size(), 1U);
  EXPECT_EQ(reply.elements[5].elements[0].kind, Reply::Kind::kArray);
  EXPECT_FALSE(reader.has_rest());
}

TEST(Resp, AReplyMayArriveByteByByte) {
  ReplyReader reader;
  const std::string bytes = "*2\r\n$3\r\nabc\r\n:12\r\n";
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    reader.feed(bytes.substr(i, 1));
    const auto next = reader.next();
    ASSERT_TRUE(next && !*next) << "complete after " << i + 1 << " of " << bytes.size() << " bytes";
  }
  reader.feed("\n");
  const auto next = reader.next();
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((**next).elements[1].integer, 12);
}

TEST(Resp, WhatFollowsAReplyIsKeptForTheNext) {
  ReplyReader reader;
  reader.feed("+one\r\n+two\r\n");
  EXPECT_EQ((**reader.next()).text, "one");
  EXPECT_TRUE(reader.has_rest());
  EXPECT_EQ((**reader.next()).text, "two");
  EXPECT_FALSE(reader.has_rest());
}

TEST(Resp, BytesThatAreNoReplyAreAnError) {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\n", "$x\r\n", "*2000000000\r\n"}) {
    ReplyReader reader;
    reader.feed(bytes);
    const auto next = reader.next();
    ASSERT_FALSE(next) << bytes;
    EXPECT_NE(next.error().find("broken reply"), std::string::npos);
  }
}

}  // namespace
}  // namespace harness
