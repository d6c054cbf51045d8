#include "agent/transforms/json/json.hpp"

namespace outrider::transforms::json {

void enter(Shelf& shelf);

void enter(Shelf& shelf) { shelf.put(FormatEntry{"json", "a JSON object on each line", make, std::nullopt}); }

}  // namespace outrider::transforms::json
