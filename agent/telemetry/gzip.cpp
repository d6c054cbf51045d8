#include "agent/telemetry/exposition.hpp"
#include "agent/telemetry/packer.hpp"

namespace outrider::telemetry {

std::string gzip(std::string_view bytes) {
  // Level 1: expositions repeat themselves so much that more effort saves little.
  std::string packed;
  Packer(1).gzip(bytes, packed);
  packed.shrink_to_fit();
  return packed;
}

}  // namespace outrider::telemetry
