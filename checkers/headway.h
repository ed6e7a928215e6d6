// A loop that may take long says how far it has come, and asks whether it shall go on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace checkers {

class Headway {
 public:
  // Told of what, how much is done, and of how much there is (0: nobody knows). Called from any thread.
  using Progress = std::function<void(std::string_view what, size_t done, size_t of)>;

  // `lender`: a Judging or a Reading, which must live as long. So much work is ahead: operations, keys, bytes.
  template <typename Lender>
  Headway(const Lender& lender, std::string what, size_t of)
      : stop_(lender.stop), progress_(lender.progress), what_(std::move(what)), of_(of) {
    tell(0);
  }

  // So much more is done, by the one thread that owns this. False: the caller wants what is known by now, and the loop
  // should end. Cheap enough for every operation: nobody is told or asked more than a few hundred times.
  bool advance(size_t by = 1) {
    done_ += by;
    if (done_ < next_) return true;
    next_ = done_ + std::max<size_t>(1, of_ / kTimes);
    tell(done_);
    return !stopped();
  }
  // The same for loops that several threads share: they count, and call this now and then.
  void tell(size_t done) const {
    if (progress_) progress_(what_, done, of_);
  }
  bool stopped() const { return stop_ && stop_(); }

 private:
  static constexpr size_t kTimes = 500;

  const std::function<bool()>& stop_;
  const Progress& progress_;
  const std::string what_;
  const size_t of_;
  size_t done_ = 0, next_ = 0;
};

}  // namespace checkers
