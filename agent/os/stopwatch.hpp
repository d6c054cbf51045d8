// How long blocking work took, for work that may outlive everything it was started by (async::SlowCalls) and
// so must not borrow a clock. For figures only: nothing is decided by it.
#pragma once

#include <chrono>

namespace outrider::os {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace outrider::os
