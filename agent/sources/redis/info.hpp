// What a Redis says of itself (INFO, CLUSTER INFO) under the names of redis_exporter. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <span>
#include <string_view>

namespace outrider::sources::redis {

// One that is a number, or a word that stands for one.
struct Field {
  std::string_view name;
  std::string_view shown;  // behind "redis_"
  telemetry::MetricType type;
  double divisor = 1;
};

std::span<const Field> all_fields();
const Field* field_of(std::string_view name);  // null: it is not shown

// Whether it is what a Redis or a Valkey answers to INFO.
bool is_info(std::string_view text);

void put_up(telemetry::FamilyWriter& out, bool is_up);

// `text` may be of INFO, or of CLUSTER INFO. What cannot be understood in it is left out.
void put_info(telemetry::FamilyWriter& out, std::string_view text, core::WallTime now);

}  // namespace outrider::sources::redis
