#include "agent/transforms/text/text.hpp"

namespace outrider::transforms::text {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put(FormatEntry{"text", "the whole line is the message", make, std::nullopt});
}

}  // namespace outrider::transforms::text
