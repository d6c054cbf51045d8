// What ngx_http_stub_status_module says, and what is shown of it. Pure.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstdint>
#include <string_view>

namespace outrider::sources::nginx {

struct StubStatus {
  std::uint64_t active = 0;
  std::uint64_t accepted = 0;
  std::uint64_t handled = 0;
  std::uint64_t requests = 0;
  std::uint64_t reading = 0;
  std::uint64_t writing = 0;
  std::uint64_t waiting = 0;
};

// `corrupt` when it is any other page.
core::Outcome<StubStatus> read_stub_status(std::string_view page);

void put_up(telemetry::FamilyWriter& out, bool is_up);
void put_status(telemetry::FamilyWriter& out, const StubStatus& status);

}  // namespace outrider::sources::nginx
