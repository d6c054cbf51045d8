#include "agent/probes/trend.hpp"

#include "agent/core/seconds.hpp"

#include <algorithm>

namespace outrider::probes {
namespace {

constexpr std::size_t most_samples = 64;
constexpr std::size_t least_samples = 8;

}  // namespace

void Trend::add(core::Instant when, double value) {
  // The newest stands for its share of the window; what comes sooner replaces it.
  const core::Duration spacing = window_ / most_samples;
  const bool too_soon = samples_.size() > 1 && when - samples_[samples_.size() - 2].when < spacing;
  if (too_soon) samples_.pop_back();
  samples_.push_back({when, value});
  std::erase_if(samples_, [&](const Sample& sample) { return when - sample.when > window_; });
}

core::Duration Trend::seen() const {
  return samples_.empty() ? core::Duration{} : samples_.back().when - samples_.front().when;
}

std::optional<double> Trend::slope() const {
  if (samples_.size() < least_samples || seen() < window_ / 4) return std::nullopt;
  std::vector<double> slopes;
  slopes.reserve(samples_.size() * (samples_.size() - 1) / 2);
  for (std::size_t late = 1; late < samples_.size(); ++late) {
    for (std::size_t early = 0; early < late; ++early) {
      const double seconds = core::to_seconds(samples_[late].when - samples_[early].when);
      if (seconds > 0) slopes.push_back((samples_[late].value - samples_[early].value) / seconds);
    }
  }
  if (slopes.empty()) return std::nullopt;
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::ranges::nth_element(slopes, middle);
  return *middle;
}

}  // namespace outrider::probes
