#include "agent/probes/amount.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/node.hpp"
#include "agent/config/report.hpp"
#include "agent/config/schema.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <limits>

#include <fmt/format.h>

namespace outrider::probes {

std::uint64_t Amount::of(std::uint64_t whole) const {
  if (!percent) return units;
  return static_cast<std::uint64_t>(static_cast<double>(whole) * *percent / 100);
}

std::string Amount::text() const { return percent ? fmt::format("{}%", *percent) : core::show_bytes(units); }

std::optional<Amount> read_amount(std::string_view text) {
  if (text.ends_with('%')) {
    const auto percent = core::read_number<double>(text.substr(0, text.size() - 1));
    if (!percent || !(*percent >= 0 && *percent <= 100)) return std::nullopt;
    return Amount{percent, 0};
  }
  const auto units = core::read_bytes(text);
  if (!units) return std::nullopt;
  return Amount{{}, *units};
}

config::Kind<Amount> amount() {
  return config::Kind<Amount>(
      [](const config::Node& node, config::Report& report) -> std::optional<Amount> {
        const auto read = node.is_scalar() ? read_amount(node.text()) : std::nullopt;
        if (!read) {
          report.add(node.place(),
                     fmt::format("{} must be a share such as 10% or an amount such as 5GiB, not {}",
                                 node.title(), node.written()));
        }
        return read;
      },
      [] {
        return config::any_of_schema({config::whole(0, std::numeric_limits<std::int64_t>::max()).describe(),
                                      config::text_schema({}, {}, "^[0-9.]+ ?(%|[kKMGTPE]?i?B)?$")});
      });
}

std::string show_percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0%";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 9.95 ? fmt::format("{:.1f}%", percent) : fmt::format("{:.0f}%", percent);
}

}  // namespace outrider::probes
