#include "agent/transforms/docker_json/docker_json.hpp"

namespace outrider::transforms::docker_json {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put(
      WrapperEntry{"docker_json", "lines as Docker's json-file driver writes them; parts are joined", make});
}

}  // namespace outrider::transforms::docker_json
