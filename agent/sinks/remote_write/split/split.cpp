#include "agent/sinks/remote_write/split/split.hpp"

#include "agent/telemetry/remote_write/portion_view.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"

namespace outrider::sinks::remote_write {
namespace {

namespace wire = telemetry::remote_write;

// Beyond that, what is refused is given up in the pieces that are left: two senders of the same series would
// otherwise cost a request for each of them, each time.
constexpr std::size_t most_asked = 256;
// So many series alone refused while none is taken: it means all of them.
constexpr std::size_t most_alone = 8;

}  // namespace

core::Outcome<Split> Split::of(std::string_view packed) {
  Split split;
  auto plain = wire::unpacked(packed, wire::most_portion_bytes);
  if (!plain) return core::fail(core::Errc::corrupt, "cannot unpack a portion of samples");
  split.plain_ = std::move(*plain);
  const auto placed = wire::placed_series(split.plain_);
  if (!placed) return core::fail(placed.error());
  const auto offset_of = [&split](std::string_view part) {
    return part.empty() ? 0 : static_cast<std::size_t>(part.data() - split.plain_.data());
  };
  for (const auto& [family, series] : *placed)
    split.series_.push_back({offset_of(family), family.size(), offset_of(series), series.size()});
  if (split.series_.empty()) return core::fail(core::Errc::corrupt, "cannot cut a portion without samples");
  split.left_.emplace_back(0, split.series_.size());
  return split;
}

std::string Split::next() const {
  std::string some;
  for (std::size_t at = left_.back().first; at < left_.back().second; ++at) {
    const Place& place = series_[at];
    const bool is_first = at == left_.back().first || series_[at - 1].family != place.family;
    if (is_first) some.append(plain_, place.family, place.family_length);
    some.append(plain_, place.series, place.series_length);
  }
  return wire::packed(some);
}

void Split::taken() {
  ++asked_;
  any_taken_ = true;
  left_.pop_back();
}

void Split::refused(bool for_good) {
  const Range range = left_.back();
  left_.pop_back();
  ++asked_;
  const bool is_alone = range.second - range.first == 1;
  if (for_good || is_alone || asked_ > most_asked) {
    give_up(range);
    if (is_alone) ++alone_;
    if (any_taken_ || alone_ < most_alone) return;
    for (const Range& rest : left_) give_up(rest);
    left_.clear();
    return;
  }
  const std::size_t middle = range.first + (range.second - range.first) / 2;
  left_.emplace_back(middle, range.second);
  left_.emplace_back(range.first, middle);
}

void Split::give_up(Range range) {
  refused_ += range.second - range.first;
  if (example_.empty()) example_ = shown(range.first);
}

std::string Split::example_of_next() const { return left_.empty() ? "" : shown(left_.back().first); }

std::string Split::shown(std::size_t series) const {
  const Place& place = series_[series];
  return wire::shown_series(std::string_view(plain_).substr(place.series, place.series_length));
}

}  // namespace outrider::sinks::remote_write
