// "10%" of something, or "5GiB": a limit as people write it.
#pragma once

#include "agent/config/kind.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::probes {

struct Amount {
  std::optional<double> percent;  // else `units`
  std::uint64_t units = 0;        // bytes, or pieces

  std::uint64_t of(std::uint64_t whole) const;
  std::string text() const;  // "10%", "5.0 GiB"
};

// "10%", "0.5%", "5GiB"; nothing when it is neither.
std::optional<Amount> read_amount(std::string_view text);

config::Kind<Amount> amount();

// "93%", "0.4%": without more digits than say something.
std::string show_percent(std::uint64_t part, std::uint64_t whole);

}  // namespace outrider::probes
