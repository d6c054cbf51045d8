#include "agent/transforms/pattern_kind.hpp"
#include "agent/transforms/regex/regex.hpp"

namespace outrider::transforms::regex {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  const std::function<FormatMaker(std::string)> to_maker = [](std::string pattern) -> FormatMaker {
    return [pattern = std::move(pattern)] { return make(pattern); };
  };
  shelf.put(FormatEntry{"regex", "an RE2 expression with named groups; each becomes a field", nullptr,
                        pattern_kind(true).as<FormatMaker>(to_maker)});
}

}  // namespace outrider::transforms::regex
