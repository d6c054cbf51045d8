#include "agent/pipeline/parking/parked_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::pipeline {

config::Kind<ParkingSettings> parked_kind() {
  return config::Object<ParkingSettings>()
      .optional("most_bytes", &ParkingSettings::most_bytes, config::bytes(64 * 1024, 1ull << 40),
                "how many bytes of them are kept")
      .optional(
          "when_full", &ParkingSettings::when_full,
          config::choice<WhenParkingFull>(
              {{"hold", WhenParkingFull::hold}, {"drop_oldest", WhenParkingFull::drop_oldest}}),
          "hold: the sink waits until somebody has looked; drop_oldest: the oldest go, and are counted");
}

}  // namespace outrider::pipeline
