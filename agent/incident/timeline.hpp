// The timeline: the last events, bounded, in order, each with a number that is never used again.
// Belongs to the river it is made on (decide); other rivers send their events there by mailbox.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/core/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::incident {

class Timeline final : public core::EventSink {
 public:
  // Keeps the last `capacity` events; the older ones are forgotten and counted.
  Timeline(const async::Executor& river, core::Clock& clock, prometheus::Registry& registry,
           std::size_t capacity = 1000);

  void record(core::EventKind kind, std::string subject, std::string sentence) override;

  // Events with a sequence above `sequence`, oldest first, at most `limit`.
  std::vector<core::Event> after(std::uint64_t sequence, std::size_t limit = 1000) const;

  // The last `count`, oldest first.
  std::vector<core::Event> newest(std::size_t count) const;

  // Returns when an event with a sequence above `sequence` is there. Throws when cancelled.
  core::Task<void> wait_for_news(std::uint64_t sequence);

  // Each event from now on is told there, too, when it is in.
  void heard_by(std::function<void(const core::Event&)> listener) { listener_ = std::move(listener); }

  std::uint64_t last_sequence() const { return last_; }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  core::Clock& clock_;
  std::size_t capacity_;
  async::Bell news_;
  std::deque<core::Event> events_;
  std::function<void(const core::Event&)> listener_;
  std::uint64_t last_ = 0;
  std::uint64_t forgotten_ = 0;
  std::array<prometheus::Counter*, core::event_kind_count> counted_{};
};

}  // namespace outrider::incident
