#include "agent/incident/timeline.hpp"

#include <algorithm>

namespace outrider::incident {

Timeline::Timeline(const async::Executor& river, core::Clock& clock, prometheus::Registry& registry,
                   std::size_t capacity)
    : clock_(clock), capacity_(std::max<std::size_t>(capacity, 1)), news_(river) {
  auto& family = prometheus::BuildCounter()
                     .Name("outrider_incident_events_total")
                     .Help("Events of the timeline, by kind")
                     .Register(registry);
  for (std::size_t i = 0; i < counted_.size(); ++i)
    counted_[i] = &family.Add({{"kind", std::string(core::name_of(static_cast<core::EventKind>(i)))}});
}

void Timeline::record(core::EventKind kind, std::string subject, std::string sentence) {
  if (events_.size() == capacity_) {
    events_.pop_front();
    ++forgotten_;
  }
  core::Event event;
  event.sequence = ++last_;
  event.at = clock_.now();
  event.wall = clock_.wall();
  event.kind = kind;
  event.subject = std::move(subject);
  event.sentence = std::move(sentence);
  events_.push_back(std::move(event));
  counted_[static_cast<std::size_t>(kind)]->Increment();
  news_.ring();
  if (!listener_) return;
  const core::Event told = events_.back();  // the listener may record one more
  listener_(told);
}

std::vector<core::Event> Timeline::after(std::uint64_t sequence, std::size_t limit) const {
  const auto is_older = [](std::uint64_t wanted, const core::Event& event) {
    return wanted < event.sequence;
  };
  const auto begin = std::upper_bound(events_.begin(), events_.end(), sequence, is_older);
  const auto count = std::min<std::size_t>(limit, static_cast<std::size_t>(events_.end() - begin));
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::vector<core::Event> Timeline::newest(std::size_t count) const {
  const auto kept = std::min(count, events_.size());
  return {events_.end() - static_cast<std::ptrdiff_t>(kept), events_.end()};
}

core::Task<void> Timeline::wait_for_news(std::uint64_t sequence) {
  while (last_ <= sequence) co_await news_.wait();
}

}  // namespace outrider::incident
