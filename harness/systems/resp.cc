#include "harness/systems/resp.h"

#include <hiredis/read.h>

#include <charconv>
#include <utility>

namespace harness {
namespace {

// hiredis announces a reply depth first; each callback fills the place that its parent holds for it. Only the root is
// an object of its own, which next() takes over.
Reply* place(const redisReadTask* task) {
  if (task->parent == nullptr) return new Reply;
  auto* parent = static_cast<Reply*>(task->parent->obj);
  return &parent->elements[static_cast<size_t>(task->idx)];
}

void* create_string(const redisReadTask* task, char* text, size_t length) {
  Reply* reply = place(task);
  reply->kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::kError
                : task->type == REDIS_REPLY_STATUS ? Reply::Kind::kStatus
                                                   : Reply::Kind::kString;
  reply->text.assign(text, length);
  return reply;
}

void* create_array(const redisReadTask* task, int elements) {
  // Far above any reply of a node; a broken one must not make us ask for 150 GB. Null makes hiredis give the reply up.
  constexpr int kMostElements = 1'000'000;
  if (elements > kMostElements) return nullptr;
  Reply* reply = place(task);
  reply->kind = Reply::Kind::kArray;
  reply->elements.resize(static_cast<size_t>(elements));
  return reply;
}

void* create_integer(const redisReadTask* task, long long value) {
  Reply* reply = place(task);
  reply->kind = Reply::Kind::kInteger;
  reply->integer = value;
  return reply;
}

void* create_nil(const redisReadTask* task) {
  Reply* reply = place(task);
  reply->kind = Reply::Kind::kNull;
  return reply;
}

void free_reply(void* root) { delete static_cast<Reply*>(root); }

redisReplyObjectFunctions kFunctions = {create_string, create_array, create_integer, create_nil, free_reply};

void append_header(std::string& out, char kind, size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out += kind;
  out.append(digits, end);
  out += "\r\n";
}

}  // namespace

void append_request(std::string& out, const Request& request) {
  append_header(out, '*', request.size());
  for (const std::string& argument : request) {
    append_header(out, '$', argument.size());
    out += argument;
    out += "\r\n";
  }
}

ReplyReader::ReplyReader() : reader_(redisReaderCreateWithFunctions(&kFunctions)) {}
ReplyReader::~ReplyReader() = default;
void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

void ReplyReader::feed(std::string_view bytes) { redisReaderFeed(reader_.get(), bytes.data(), bytes.size()); }

tl::expected<std::optional<Reply>, std::string> ReplyReader::next() {
  void* root = nullptr;
  if (redisReaderGetReply(reader_.get(), &root) != REDIS_OK) {
    return tl::unexpected(std::string("broken reply: ") + reader_->errstr);
  }
  if (root == nullptr) return std::nullopt;
  const std::unique_ptr<Reply> owned(static_cast<Reply*>(root));
  return std::move(*owned);
}

bool ReplyReader::has_rest() const { return reader_->pos < reader_->len; }

}  // namespace harness
