#include "tests/node/runtime/fake_core.h"

#include <chrono>
#include <utility>

#include "node/wire/resp.h"

namespace node {

Effects FakeCore::step(Instant now, WallTime, Input input) {
  now_ = now;
  effects_.clear();
  std::visit([this](const auto& kind) { on(kind); }, input);
  if (!later_.empty()) effects_.push_back(SetAlarm{later_.begin()->first});
  return std::move(effects_);
}

void FakeCore::on(const Start& start) {
  effects_.push_back(links_);
  on(Stored{start.image, start.more});
}

void FakeCore::on(const Stored& stored) {
  for (const StoredItem& item : stored.image) data_[item.key] = item.value;
}

void FakeCore::answer(const Waiting& waiting) {
  Reply reply{waiting.client, waiting.ticket, "", false};
  resp::bulk(reply.resp, waiting.text);
  effects_.push_back(std::move(reply));
}

void FakeCore::on(const ClientRequest& request) {
  const Words& words = request.words;
  const std::string& command = words.front();
  Reply reply{request.client, request.ticket, "", false};
  if (command == "PING") {
    resp::status(reply.resp, "PONG");
  } else if (command == "ECHO") {
    resp::bulk(reply.resp, words.at(1));
  } else if (command == "FILL") {
    resp::bulk(reply.resp, std::string(std::stoul(words.at(1)), '.'));
  } else if (command == "SET") {
    effects_.push_back(Persist{next_number_, Table::kRecords, words.at(1), words.at(2)});
    persisting_[next_number_++] = request;
    return;
  } else if (command == "GET") {
    const auto found = data_.find(words.at(1));
    found == data_.end() ? resp::null(reply.resp) : resp::bulk(reply.resp, found->second);
  } else if (command == "HOLD") {
    held_.push_back({request.client, request.ticket, words.at(1)});
    return;
  } else if (command == "RELEASE") {
    for (; !held_.empty(); held_.pop_back()) answer(held_.back());
    resp::status(reply.resp, "OK");
  } else if (command == "HELD") {
    resp::integer(reply.resp, static_cast<int64_t>(held_.size()));
  } else if (command == "LATER") {
    const Instant at = now_ + std::chrono::milliseconds(std::stol(words.at(1)));
    later_.insert({at, {request.client, request.ticket, words.at(2)}});
    return;
  } else if (command == "TELL") {
    std::string text;
    for (size_t i = 2; i < words.size(); ++i) text += (i > 2 ? " " : "") + words[i];
    effects_.push_back(Send{words.at(1), std::move(text)});
    resp::status(reply.resp, "OK");
  } else if (command == "LINK") {
    effects_.push_back(Links{{{words.at(1), words.at(2)}}});
    resp::status(reply.resp, "OK");
  } else if (command == "HEARD") {
    resp::bulk(reply.resp, heard_);
  } else if (command == "LINKS") {
    resp::bulk(reply.resp, links_changed_);
  } else if (command == "GONE") {
    resp::integer(reply.resp, gone_);
  } else if (command == "REFUSED") {
    resp::integer(reply.resp, refused_);
  } else if (command == "QUIT") {
    resp::status(reply.resp, "OK");
    reply.close = true;
  } else {
    resp::error(reply.resp, "ERR unknown command");
  }
  effects_.push_back(std::move(reply));
}

void FakeCore::on(const ClientGone&) { ++gone_; }

void FakeCore::on(const Refused& refused) { refused_ += static_cast<int64_t>(refused.requests); }

void FakeCore::on(const PeerMessage& message) { heard_ += message.packet + " "; }

void FakeCore::on(const LinkChanged& link) { links_changed_ += (link.up ? "+" : "-") + link.peer + " "; }

void FakeCore::on(const Persisted& persisted) {
  while (!persisting_.empty() && persisting_.begin()->first <= persisted.through) {
    const ClientRequest& request = persisting_.begin()->second;
    data_[request.words.at(1)] = request.words.at(2);
    effects_.push_back(Reply{request.client, request.ticket, "+OK\r\n", false});
    persisting_.erase(persisting_.begin());
  }
}

void FakeCore::on(const PersistFailed& failure) {
  for (const auto& entry : persisting_) {
    effects_.push_back(Reply{entry.second.client, entry.second.ticket, "-TIMEOUT disk\r\n", false});
  }
  effects_.push_back(Halt{75, failure.reason});
}

void FakeCore::on(const Alarm&) {
  for (; !later_.empty() && later_.begin()->first <= now_; later_.erase(later_.begin())) {
    answer(later_.begin()->second);
  }
}

}  // namespace node
