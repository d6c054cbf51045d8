// For memory that several rivers write and that no mailbox can carry: who touches it holds a turn, for no
// longer than a copy takes.
#pragma once

#include <mutex>

namespace outrider::os {

class Turns {
  friend class Turn;
  std::mutex mutex_;
};

class Turn {
 public:
  explicit Turn(Turns& turns) : lock_(turns.mutex_) {}

 private:
  std::scoped_lock<std::mutex> lock_;
};

}  // namespace outrider::os
