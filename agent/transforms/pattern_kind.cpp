#include "agent/transforms/pattern_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/lines/pattern.hpp"

#include <functional>
#include <optional>

namespace outrider::transforms {

config::Kind<std::string> pattern_kind(bool named) {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [named](const std::string& text) -> std::optional<std::string> {
    if (auto why = lines::not_a_pattern(text)) return why;
    if (named && lines::Pattern(text).names().empty())
      return std::string("it has no named group such as (?P<message>.*): nothing would be taken from a line");
    return std::nullopt;
  };
  return config::text_matching(1, lines::longest_pattern).check(judge);
}

}  // namespace outrider::transforms
