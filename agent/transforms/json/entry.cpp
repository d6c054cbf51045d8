#include "agent/transforms/json/json.hpp"

namespace outrider::transforms::json {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put({"json", "a JSON object on each line; other lines pass as text, marked not_json", make});
}

}  // namespace outrider::transforms::json
