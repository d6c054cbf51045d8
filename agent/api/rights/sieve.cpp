#include "agent/api/rights/sieve.hpp"

#include <utility>

namespace outrider::api {
namespace {

constexpr core::Duration window = std::chrono::minutes(1);
constexpr std::uint32_t most_in_a_window = 10;

}  // namespace

std::optional<std::uint64_t> Sieve::let_through(core::Instant now) {
  if (!window_began_ || now - *window_began_ >= window) {
    window_began_ = now;
    in_window_ = 0;
  }
  if (in_window_ >= most_in_a_window) {
    ++left_out_;
    return std::nullopt;
  }
  ++in_window_;
  return std::exchange(left_out_, 0);
}

}  // namespace outrider::api
