#include "agent/transforms/syslog/syslog.hpp"

namespace outrider::transforms::syslog {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put(FormatEntry{"syslog", "syslog messages, RFC 5424 or 3164, each a line", make, std::nullopt});
}

}  // namespace outrider::transforms::syslog
