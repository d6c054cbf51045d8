#include "agent/net/wire/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <time.h>

namespace outrider::net {
namespace {

constexpr core::Duration most_patience = std::chrono::hours(1);

}  // namespace

std::optional<core::Duration> retry_after(const Headers& headers, core::WallTime now) {
  const std::string text(header(headers, "retry-after"));
  if (text.empty()) return std::nullopt;
  const auto bounded = [](core::Duration wait) { return std::clamp(wait, core::Duration(0), most_patience); };
  std::uint32_t seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem == std::errc() && end == text.data() + text.size())
    return bounded(std::chrono::seconds(seconds));
  if (problem == std::errc::result_out_of_range) return most_patience;
  tm parts{};
  const char* const rest = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  return bounded(core::WallTime(std::chrono::seconds(::timegm(&parts))) - now);
}

}  // namespace outrider::net
