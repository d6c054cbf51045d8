#include "agent/sinks/elasticsearch/cluster/pace.hpp"

#include "agent/core/seconds.hpp"

#include <algorithm>

namespace outrider::sinks::elasticsearch {
namespace {

constexpr double mebibyte = 1 << 20;
constexpr double least_bytes = 256 * 1024;  // a small request takes as long as a larger one
constexpr std::uint32_t first_samples = 4;
constexpr double weight_of_new = 0.1;
constexpr double too_slow = 2.5;  // times the average
constexpr core::Duration deaf_for = std::chrono::milliseconds(500);

}  // namespace

void Pace::answered(core::Duration took, std::uint64_t bytes, std::uint32_t under_way, core::Instant now) {
  const double size = std::max(static_cast<double>(bytes), least_bytes) / mebibyte;
  const double seconds = core::to_seconds(took) / size;
  const bool slow = samples_ >= first_samples && seconds > average_seconds_ * too_slow;
  samples_ = std::min(samples_ + 1, first_samples);
  const double weight = std::max(weight_of_new, 1.0 / samples_);
  if (samples_ < first_samples) {
    average_seconds_ += (seconds - average_seconds_) / samples_;
  } else {
    average_seconds_ += (seconds - average_seconds_) * weight;
  }
  if (slow) {
    if (now >= deaf_until_) cut_to(limit_ - std::max(limit_ / 8, 1u), now);
    return;
  }
  // A limit that is not reached need not grow.
  good_ = under_way >= limit_ ? good_ + 1 : good_;
  if (good_ < limit_) return;
  good_ = 0;
  limit_ = std::min(limit_ + 1, most_);
}

void Pace::overloaded(core::Instant now) {
  if (now >= deaf_until_) cut_to(limit_ / 2, now);
}

void Pace::cut_to(std::uint32_t limit, core::Instant now) {
  limit_ = std::max(limit, 1u);
  good_ = 0;
  deaf_until_ = now + deaf_for;
}

}  // namespace outrider::sinks::elasticsearch
