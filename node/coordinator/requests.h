// The open requests of a coordinator, by number. Numbers count up and most requests end within milliseconds, so they
// lie in a window over the numbers: to find one is to index it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "node/coordinator/request.h"

namespace node {

class Requests {
 public:
  // Under its number, which must be larger than that of any before.
  void add(std::unique_ptr<Request> request) {
    const uint64_t n = request->id.n;
    if (window_.empty()) first_ = n;
    window_.resize(n - first_);  // numbers that others have taken
    window_.push_back(std::move(request));
    ++size_;
  }
  // Null: it is over.
  Request* find(uint64_t n) const {
    return n < first_ || n - first_ >= window_.size() ? nullptr : window_[n - first_].get();
  }
  // There must be one.
  std::unique_ptr<Request> take(uint64_t n) {
    std::unique_ptr<Request> request = std::move(window_[n - first_]);
    --size_;
    for (; !window_.empty() && window_.front() == nullptr; ++first_) window_.pop_front();
    return request;
  }
  size_t size() const { return size_; }
  std::vector<uint64_t> numbers() const {  // in order
    std::vector<uint64_t> numbers;
    for (const auto& request : window_) {
      if (request != nullptr) numbers.push_back(request->id.n);
    }
    return numbers;
  }
  void clear() { *this = {}; }

 private:
  std::deque<std::unique_ptr<Request>> window_;  // null: over
  uint64_t first_ = 0;                           // number of the front
  size_t size_ = 0;
};

}  // namespace node
