#include "agent/async/nursery.hpp"

#include <cstdio>
#include <cstdlib>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace outrider::async {
namespace {

// Asio 1.26 hops once more, outside its own try, when a coroutine ends without ever having waited; cancelled
// meanwhile, that hop throws through the loop and ends the program. Here the cancellation ends with the
// child.
Task<void> run_child(Task<void> child) {
  std::exception_ptr problem;
  try {
    co_await std::move(child);
  } catch (...) {
    problem = std::current_exception();
  }
  co_await ignore_cancellation();
  if (problem) std::rethrow_exception(problem);
}

}  // namespace

Nursery::Nursery(Executor executor) : executor_(std::move(executor)), changed_(executor_) {}

Nursery::~Nursery() {
  if (alive_ == 0) return;
  std::fputs("outrider: a nursery was dropped with living children: join() it first\n", stderr);
  std::abort();
}

void Nursery::start(Task<void> child) {
  const auto entry = children_.emplace(children_.end());
  ++alive_;
  boost::asio::co_spawn(
      executor_, run_child(std::move(child)),
      boost::asio::bind_cancellation_slot(entry->signal.slot(), [this, entry](std::exception_ptr problem) {
        ended(entry, std::move(problem));
      }));
  if (closing_) entry->signal.emit(boost::asio::cancellation_type::terminal);
}

void Nursery::ended(std::list<Child>::iterator child, std::exception_ptr problem) {
  children_.erase(child);
  --alive_;
  const bool expected = closing_ && is_cancellation(problem);
  if (problem && !expected && !first_problem_) {
    first_problem_ = std::move(problem);
    cancel();
  }
  changed_.ring();
}

void Nursery::cancel() {
  closing_ = true;
  // A child may end, and leave the list, while its signal is being emitted.
  for (auto child = children_.begin(); child != children_.end();) {
    const auto current = child++;
    current->signal.emit(boost::asio::cancellation_type::terminal);
  }
}

Task<void> Nursery::wait_for_all() {
  while (alive_ > 0) co_await changed_.wait();
}

Task<void> Nursery::join() {
  bool cancelled = false;
  try {
    co_await wait_for_all();
  } catch (const std::exception&) {
    cancelled = true;  // only cancellation of this very wait comes out of it
  }
  if (cancelled) {
    cancel();
    co_await ignore_cancellation();
    co_await wait_for_all();
    throw_cancelled();
  }
  if (first_problem_) std::rethrow_exception(std::exchange(first_problem_, nullptr));
}

}  // namespace outrider::async
