#include "agent/transforms/enveloped.hpp"

namespace outrider::transforms::otlp {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put(WrapperEntry{"otlp", "log records of OTLP, as the source otlp reads them", make_enveloped});
}

}  // namespace outrider::transforms::otlp
