#include "agent/async/slot.hpp"

#include <utility>

namespace outrider::async {

Slot::Slot(Executor river, std::function<void(std::exception_ptr)> ended)
    : river_(std::move(river)), ended_(std::move(ended)) {}

void Slot::start(Task<void> work) {
  stopping_ = false;
  nursery_ = std::make_unique<Nursery>(river_);
  nursery_->start(watch(std::move(work)));
}

Task<void> Slot::watch(Task<void> work) {
  std::exception_ptr problem;
  try {
    co_await std::move(work);
  } catch (...) {
    problem = std::current_exception();
  }
  if (!stopping_ && ended_) ended_(problem);
}

Task<void> Slot::stop() {
  if (!nursery_) co_return;
  stopping_ = true;
  nursery_->cancel();
  co_await nursery_->join();
  nursery_.reset();
}

}  // namespace outrider::async
