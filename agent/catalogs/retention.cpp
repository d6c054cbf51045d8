#include "agent/catalogs/retention.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"

#include <cstdint>
#include <string>

#include <fmt/core.h>

namespace outrider::catalogs {
namespace {

constexpr std::string_view beginning = "expire command begin ";

// The value of an option; nothing where it was not given. Values that hold spaces are quoted, but none of
// those that are asked for here does.
std::optional<std::string_view> option(std::string_view line, std::string_view name) {
  const std::string mark = fmt::format(" --{}=", name);
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(at + mark.size());
  return rest.substr(0, rest.find(' '));
}

// True when there was nothing to read, too.
bool read_number(std::optional<std::string_view> text, std::optional<std::uint32_t>& into) {
  if (!text) return true;
  into = core::read_number<std::uint32_t>(*text);
  return into.has_value();
}

}  // namespace

std::optional<Retention> read_pgbackrest_retention(std::string_view output, unsigned repository) {
  while (!output.empty()) {
    const std::string_view line = core::take_line(output);
    if (line.find(beginning) == std::string_view::npos) continue;
    const auto of = [&](std::string_view name) {
      return option(line, fmt::format("repo{}-{}", repository, name));
    };
    Retention retention;
    const auto type = of("retention-full-type");
    if (type && *type != "time" && *type != "count") return std::nullopt;
    auto& fulls = type == "time" ? retention.days : retention.fulls;
    const bool understood = read_number(of("retention-full"), fulls) &&
                            read_number(of("retention-diff"), retention.differentials);
    return understood ? std::optional(retention) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace outrider::catalogs
