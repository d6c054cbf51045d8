// What an operator asks for what is parked: that it is offered again, or dropped. On the carry river.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/pipeline/carrier.hpp"
#include "agent/pipeline/ledger/ledger.hpp"
#include "agent/pipeline/parking/parking.hpp"

#include <cstdint>
#include <string>

namespace outrider::pipeline {

struct Replayed {
  std::uint64_t taken = 0;
  std::uint64_t refused = 0;  // again: they stay parked, with the new answer
  bool in_time = true;        // not all were offered, or it is not known what came of the last
};

// Offers a sink's parked records again, under the same ids, oldest key first; each is parked until it is
// known to have arrived. `id` is one of them, or empty: all.
async::Task<core::Outcome<Replayed>> replay_parked(Parking& parking, Carrier& carrier, Account& account,
                                                   core::Clock& clock, std::string id, core::Instant until);

async::Task<core::Outcome<std::uint64_t>> drop_parked(Parking& parking, std::string sink, std::string id);

}  // namespace outrider::pipeline
