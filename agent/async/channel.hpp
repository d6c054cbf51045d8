// A bounded queue between coroutines of one river. What happens when it is full is said when it is made.
// The bound is in whatever `weigh` counts: items by default, bytes where items differ in size.
#pragma once

#include "agent/async/bell.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

namespace outrider::async {

enum class WhenFull {
  wait,         // the sender waits: nothing is lost
  drop_oldest,  // the newest matters most: what is lost is counted
  refuse,       // the sender is told, and decides
};

struct Bound {
  std::uint64_t weight = 0;
  WhenFull when_full = WhenFull::wait;
};

template <class T>
class Channel {
 public:
  using Weigh = std::function<std::uint64_t(const T&)>;

  Channel(
      const Executor& executor, Bound bound, Weigh weigh = [](const T&) { return std::uint64_t{1}; })
      : bound_(bound), weigh_(std::move(weigh)), room_(executor), news_(executor) {}

  // False when the item did not get in: closed, or full under `refuse`.
  // An item heavier than the whole bound is let in alone, so that it cannot block for ever.
  Task<bool> send(T item) {
    const std::uint64_t weight = weigh_(item);
    while (bound_.when_full == WhenFull::wait && !closed_ && !fits(weight)) co_await room_.wait();
    co_return push(std::move(item), weight);
  }

  // The same without waiting: under `wait` a full channel refuses.
  bool try_send(T item) {
    const std::uint64_t weight = weigh_(item);
    return push(std::move(item), weight);
  }

  // Nothing once the channel is closed and empty.
  Task<std::optional<T>> receive() {
    while (items_.empty() && !closed_) co_await news_.wait();
    co_return take();
  }

  std::optional<T> try_receive() { return take(); }

  // Senders are refused from now on; receivers get what is left.
  void close() {
    closed_ = true;
    room_.ring();
    news_.ring();
  }

  bool closed() const { return closed_; }
  std::size_t size() const { return items_.size(); }
  std::uint64_t weight() const { return weight_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool fits(std::uint64_t weight) const { return items_.empty() || weight_ + weight <= bound_.weight; }

  bool push(T item, std::uint64_t weight) {
    if (closed_) return false;
    while (bound_.when_full == WhenFull::drop_oldest && !fits(weight)) {
      (void)take();
      ++dropped_;
    }
    if (!fits(weight)) return false;
    items_.push_back({std::move(item), weight});
    weight_ += weight;
    news_.ring();
    return true;
  }

  std::optional<T> take() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front().item));
    weight_ -= items_.front().weight;
    items_.pop_front();
    room_.ring();
    return item;
  }

  struct Held {
    T item;
    std::uint64_t weight;
  };

  Bound bound_;
  Weigh weigh_;
  Bell room_;
  Bell news_;
  std::deque<Held> items_;
  std::uint64_t weight_ = 0;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace outrider::async
