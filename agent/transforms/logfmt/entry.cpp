#include "agent/transforms/logfmt/logfmt.hpp"

namespace outrider::transforms::logfmt {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put(FormatEntry{"logfmt", "key=value pairs on each line", make, std::nullopt});
}

}  // namespace outrider::transforms::logfmt
