// What pg_controldata says of a data directory, as far as a drill needs it.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string_view>

namespace outrider::recovery {

struct ControlData {
  std::uint64_t system_id = 0;
  std::uint32_t timeline = 0;
  std::uint64_t segment_bytes = 0;
  bool checksums = false;
  // A standby must allow at least as many of each as its primary did, or it will not start.
  std::uint32_t max_connections = 0;
  std::uint32_t max_worker_processes = 0;
  std::uint32_t max_wal_senders = 0;
  std::uint32_t max_prepared_transactions = 0;
  std::uint32_t max_locks_per_transaction = 0;
};

// `output` in the C locale.
core::Outcome<ControlData> read_control_data(std::string_view output);

}  // namespace outrider::recovery
