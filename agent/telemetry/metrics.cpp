#include "agent/telemetry/metrics.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/telemetry/label_block.hpp"

#include <bit>
#include <utility>

#include <boost/asio/this_coro.hpp>

namespace outrider::telemetry {

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::unknown: return "unknown";
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: return "histogram";
    case MetricType::gauge_histogram: return "gaugehistogram";
    case MetricType::summary: return "summary";
    case MetricType::info: return "info";
    case MetricType::state_set: return "stateset";
  }
  return "unknown";
}

std::string_view text_of(Suffix suffix) {
  switch (suffix) {
    case Suffix::none: return "";
    case Suffix::bucket: return "_bucket";
    case Suffix::count: return "_count";
    case Suffix::sum: return "_sum";
    case Suffix::gauge_count: return "_gcount";
    case Suffix::gauge_sum: return "_gsum";
    case Suffix::created: return "_created";
  }
  return "";
}

std::uint64_t Sample::identity() const {
  const std::uint64_t own = mix(series, static_cast<std::uint64_t>(suffix) + 1);
  return has_bound ? mix(own, std::bit_cast<std::uint64_t>(bound)) : own;
}

std::size_t Board::add(std::string target, Freshen freshen) {
  entries_.push_back({std::move(target), nullptr, std::move(freshen)});
  return entries_.size() - 1;
}

void Board::publish(std::size_t place, FamilySetPointer families) {
  entries_[place].families = std::move(families);
}

core::Task<void> Board::freshen(core::Clock& clock, core::Duration patience) const {
  async::Nursery looking(co_await boost::asio::this_coro::executor);
  for (const Entry& entry : entries_) {
    if (entry.freshen) looking.start(entry.freshen());
  }
  if (looking.size() == 0) co_return;
  core::Task<void> all = looking.join();
  co_await async::finish_within(clock, patience, std::move(all));
}

}  // namespace outrider::telemetry
