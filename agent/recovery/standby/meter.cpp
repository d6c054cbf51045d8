#include "agent/recovery/standby/meter.hpp"

#include "agent/core/seconds.hpp"

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

// Less says more of how often one looks than of how fast it replays.
constexpr std::uint64_t least_bytes = 32ULL << 20;
constexpr core::Duration least_time = 5s, longest_time = 10min;
constexpr std::size_t most_samples = 10;

}  // namespace

void ReplayMeter::begin_anew() {
  before_.reset();
  bytes_ = 0;
  busy_ = {};
}

void ReplayMeter::look(core::Instant now, core::WallTime wall, std::optional<wal::Lsn> replayed,
                       const Fetches& fetches) {
  if (!replayed) return begin_anew();
  const Seen seen{now, *replayed, fetches.served, fetches.in_vain};
  const bool busy = before_ && seen.in_vain == before_->in_vain && seen.served > before_->served &&
                    seen.replayed > before_->replayed && now > before_->at;
  if (busy) {
    bytes_ += seen.replayed.value - before_->replayed.value;
    busy_ += now - before_->at;
    rate_ = static_cast<double>(bytes_) / core::to_seconds(busy_);
  }
  if (!busy || busy_ >= longest_time) close(wall);
  before_ = seen;
}

void ReplayMeter::close(core::WallTime wall) {
  if (bytes_ >= least_bytes && busy_ >= least_time) {
    if (samples_.size() >= most_samples) samples_.erase(samples_.begin());
    samples_.push_back({wall, bytes_, busy_});
  }
  bytes_ = 0;
  busy_ = {};
}

}  // namespace outrider::recovery
