#include "agent/transforms/steps/thin/windows.hpp"

namespace outrider::transforms::steps {

bool Windows::take(const std::string& key, core::WallTime written) {
  const std::int64_t window = written.time_since_epoch() / per_;
  std::uint32_t& count = counts_[{window, key}];
  const bool goes_on = count < records_;
  if (goes_on) ++count;
  if (counts_.size() > most) counts_.erase(counts_.begin());
  return goes_on;
}

}  // namespace outrider::transforms::steps
