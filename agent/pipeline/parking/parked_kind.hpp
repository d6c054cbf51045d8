// How `logs.parked` is written.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/pipeline/parking/parking.hpp"

namespace outrider::pipeline {

config::Kind<ParkingSettings> parked_kind();

}  // namespace outrider::pipeline
