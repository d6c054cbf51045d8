// One running part that can be stopped, and started anew, without its neighbours noticing.
//   Slot probes(river, [&](std::exception_ptr problem) { … });
//   probes.start(health.run());
//   co_await probes.stop();
#pragma once

#include "agent/async/nursery.hpp"

#include <exception>
#include <functional>
#include <memory>

namespace outrider::async {

class Slot {
 public:
  // `ended` is called when the work ends without having been stopped: null when it returned, else its
  // exception.
  Slot(Executor river, std::function<void(std::exception_ptr)> ended);

  // The slot must be empty.
  void start(Task<void> work);

  // Cancels the work and returns once it has ended. Harmless when the slot is empty.
  Task<void> stop();

  bool running() const { return nursery_ && nursery_->size() > 0; }

 private:
  Task<void> watch(Task<void> work);

  Executor river_;
  std::function<void(std::exception_ptr)> ended_;
  std::unique_ptr<Nursery> nursery_;
  bool stopping_ = false;
};

}  // namespace outrider::async
