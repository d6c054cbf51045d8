#include "agent/transforms/pattern_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/lines/pattern.hpp"

#include <functional>
#include <optional>

namespace outrider::transforms {
namespace {

constexpr std::size_t most_pattern = 4096;

}  // namespace

config::Kind<std::string> pattern_kind(bool named) {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [named](const std::string& text) -> std::optional<std::string> {
    const lines::Pattern pattern(text);
    if (!pattern.problem().empty()) return "it is no regular expression that RE2 takes: " + pattern.problem();
    if (named && pattern.names().empty())
      return std::string("it has no named group such as (?P<message>.*): nothing would be taken from a line");
    return std::nullopt;
  };
  return config::text_matching(1, most_pattern).check(judge);
}

}  // namespace outrider::transforms
