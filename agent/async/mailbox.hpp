// The one way across from river to river: anyone may post from any thread, one coroutine receives on its own.
// Bounded like a Channel; a poster never waits, it is told (`refuse`) or the oldest item goes
// (`drop_oldest`).
#pragma once

#include "agent/async/channel.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

namespace outrider::async {

template <class T>
class Mailbox {
 public:
  using Weigh = std::function<std::uint64_t(const T&)>;

  // `receiver` is the river on which receive() will be awaited. The mailbox must be destroyed on it, or after
  // it.
  Mailbox(
      const Executor& receiver, Bound bound, Weigh weigh = [](const T&) { return std::uint64_t{1}; })
      : receiver_(receiver), shared_(std::make_shared<Shared>(receiver, bound, std::move(weigh))) {}

  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { close(); }

  // Any thread. False when it did not get in.
  bool post(T item) {
    {
      const std::lock_guard lock(shared_->mutex);
      if (!shared_->push(std::move(item))) return false;
      if (std::exchange(shared_->ringing, true)) return true;  // a wake-up is already on its way
    }
    wake();
    return true;
  }

  // On the receiver's river. Nothing once closed and empty.
  Task<std::optional<T>> receive() {
    const auto shared = shared_;
    for (;;) {
      {
        const std::lock_guard lock(shared->mutex);
        if (!shared->items.empty()) co_return shared->take();
        if (shared->closed) co_return std::nullopt;
      }
      co_await shared->news.wait();
    }
  }

  // Any thread.
  void close() {
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->closed = true;
    }
    wake();
  }

  std::uint64_t dropped() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->dropped;
  }
  std::uint64_t weight() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->weight;
  }

 private:
  struct Held {
    T item;
    std::uint64_t weight;
  };

  struct Shared {
    Shared(const Executor& receiver, Bound bound, Weigh weigh)
        : bound(bound), weigh(std::move(weigh)), news(receiver) {}

    bool fits(std::uint64_t more) const { return items.empty() || weight + more <= bound.weight; }

    bool push(T item) {
      const std::uint64_t more = weigh(item);
      if (closed) return false;
      while (bound.when_full == WhenFull::drop_oldest && !fits(more)) {
        (void)take();
        ++dropped;
      }
      if (!fits(more)) return false;
      items.push_back({std::move(item), more});
      weight += more;
      return true;
    }

    std::optional<T> take() {
      std::optional<T> item(std::move(items.front().item));
      weight -= items.front().weight;
      items.pop_front();
      return item;
    }

    mutable std::mutex mutex;
    Bound bound;
    Weigh weigh;
    std::deque<Held> items;
    std::uint64_t weight = 0;
    std::uint64_t dropped = 0;
    bool closed = false;
    bool ringing = false;
    Bell news;
  };

  void wake() {
    boost::asio::post(receiver_, [shared = shared_] {
      {
        const std::lock_guard lock(shared->mutex);
        shared->ringing = false;
      }
      shared->news.ring();
    });
  }

  Executor receiver_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace outrider::async
