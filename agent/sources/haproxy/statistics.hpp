// What HAProxy says of its proxies (`show stat`, or a page that ends in ;csv) under the names of its own
// Prometheus exporter. Pure.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace outrider::sources::haproxy {

// As the column `type` numbers them.
enum class Kind : std::uint8_t { frontend, backend, server, listener };

constexpr unsigned bit_of(Kind kind) { return 1U << static_cast<unsigned>(kind); }

struct Column {
  std::string_view name;
  std::string_view shown;  // behind "haproxy_frontend_" and the like
  telemetry::MetricType type;
  unsigned kinds;  // of which it is shown
  std::string_view help;
  double divisor = 1;
  std::string_view code{};  // of HTTP responses: a label of its own
};

std::span<const Column> all_columns();

void put_up(telemetry::FamilyWriter& out, bool is_up);

// `corrupt` when it is anything else; then some of it may have been put.
core::Outcome<> put_statistics(telemetry::FamilyWriter& out, std::string_view csv);

}  // namespace outrider::sources::haproxy
