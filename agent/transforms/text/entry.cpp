#include "agent/transforms/text/text.hpp"

namespace outrider::transforms::text {

void enter(Shelf& shelf);

void enter(Shelf& shelf) { shelf.put({"text", "the whole line is the message", make}); }

}  // namespace outrider::transforms::text
