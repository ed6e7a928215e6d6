#include "node/runtime/out_buffer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "node/runtime/fd.h"

namespace node {
namespace {

struct Pair {
  Pair() {
    int fds[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    near = Fd(fds[0]);
    far = Fd(fds[1]);
  }
  std::string read() {
    std::string all(1 << 20, '\0');
    const ssize_t count = recv(far.get(), all.data(), all.size(), MSG_DONTWAIT);
    all.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return all;
  }
  Fd near, far;
};

TEST(OutBuffer, SmallAndLargePiecesLeaveInTheirOrder) {
  Pair pair;
  OutBuffer out;
  std::string expected;
  for (const size_t size : {1u, 100u, 20'000u, 3u, 0u, 9'000u, 9'000u}) {
    std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    expected += piece;
    out.append(std::move(piece));
  }
  out.prepend("first");
  EXPECT_EQ(out.bytes(), expected.size() + 5);
  EXPECT_EQ(out.flush(pair.near.get()), OutBuffer::Flush::kDone);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(pair.read(), "first" + expected);
}

TEST(OutBuffer, WhatAFullSocketDoesNotTakeStays) {
  Pair pair;
  OutBuffer out;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    std::string piece(10'000, static_cast<char>('a' + i % 26));
    expected += piece;
    out.append(std::move(piece));
  }
  EXPECT_EQ(out.flush(pair.near.get()), OutBuffer::Flush::kBlocked);
  EXPECT_FALSE(out.empty());
  std::string received;
  while (received.size() < expected.size()) {
    received += pair.read();
    ASSERT_NE(out.flush(pair.near.get()), OutBuffer::Flush::kFailed);
  }
  EXPECT_EQ(received, expected);
}

TEST(OutBuffer, OnlyWholePiecesAreDroppedAndNeverOneThatHasBegunToLeave) {
  Pair pair;
  OutBuffer out;
  out.append(std::string(4'000'000, 'a'));
  out.append(std::string(20'000, 'b'));
  out.append(std::string(20'000, 'c'));
  ASSERT_EQ(out.flush(pair.near.get()), OutBuffer::Flush::kBlocked);
  const size_t before = out.bytes();
  EXPECT_EQ(out.drop_oldest(0), 1u);  // b: a has begun, c is the newest
  EXPECT_EQ(out.bytes(), before - 20'000);
  std::string received;
  while (!out.empty()) {
    received += pair.read();
    ASSERT_NE(out.flush(pair.near.get()), OutBuffer::Flush::kFailed);
  }
  received += pair.read();
  EXPECT_EQ(received, std::string(4'000'000, 'a') + std::string(20'000, 'c'));
}

TEST(OutBuffer, EveryDroppedPieceIsCounted) {
  OutBuffer out;
  for (int i = 0; i < 100; ++i) out.append("piece");
  out.prepend("greeting");
  EXPECT_EQ(out.clear(), 100u);
  EXPECT_TRUE(out.empty());
}

TEST(OutBuffer, AGoneReaderIsAFailureAndNoSignal) {
  Pair pair;
  pair.far.reset();
  OutBuffer out;
  out.append("x");
  EXPECT_EQ(out.flush(pair.near.get()), OutBuffer::Flush::kFailed);
}

}  // namespace
}  // namespace node
