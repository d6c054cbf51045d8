#include "agent/sinks/shelf.hpp"

namespace outrider::sinks::prometheus {

void enter(Shelf& shelf);

// Nothing to put: records are not sent here. It shows metrics to who asks, and is configured by
// `metrics.listen`.
void enter(Shelf& /*shelf*/) {}

}  // namespace outrider::sinks::prometheus
