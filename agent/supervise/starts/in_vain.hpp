// Attempts to start at which nobody could be asked whether the service runs: the API server, the socket or
// the bus is away. Neither a start nor a failed one. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/random.hpp"

#include <string>

namespace outrider::supervise {

class InVain {
 public:
  static constexpr core::Duration longest_wait = std::chrono::seconds(30);  // it is but a question

  void add(std::string why);
  void over() { *this = {}; }

  // It was said already, and with these words.
  bool is_old_news() const { return is_old_news_; }
  // Until the next one, after one at least: longer and longer.
  core::Duration wait(core::Duration first, core::Random& random) const;

 private:
  unsigned in_a_row_ = 0;
  std::string why_;
  bool is_old_news_ = false;
};

}  // namespace outrider::supervise
