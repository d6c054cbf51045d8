#include "agent/core/number.hpp"
#include "agent/sources/postgres/questions/questions.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace outrider::sources::postgres {
namespace {

struct Unit {
  std::string_view written;
  std::string_view shown;  // "seconds", "bytes"
  double factor;
};

constexpr std::array<Unit, 15> units{{
    {"ms", "seconds", 1.0 / 1000},
    {"s", "seconds", 1},
    {"min", "seconds", 60},
    {"h", "seconds", 3600},
    {"d", "seconds", 86400},
    {"B", "bytes", 1},
    {"kB", "bytes", 1 << 10},
    {"MB", "bytes", 1 << 20},
    {"GB", "bytes", 1 << 30},
    {"TB", "bytes", 1024.0 * (1 << 30)},
    {"8kB", "bytes", 1 << 13},
    {"16kB", "bytes", 1 << 14},
    {"32kB", "bytes", 1 << 15},
    {"16MB", "bytes", 1 << 24},
    {"64MB", "bytes", 1 << 26},
}};

}  // namespace

const Question settings_question{
    "settings",
    "pg_settings",
    "select name, setting, coalesce(unit, '') as unit, short_desc, vartype from pg_settings "
    "where vartype in ('bool', 'integer', 'real') "
    // Of these our own session has values of its own.
    "and name not in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', "
    "'default_transaction_read_only', 'transaction_read_only')",
    {},
    Where::anywhere,
    0,
    1 << 30,
    std::chrono::seconds(300)};

void put_settings(telemetry::FamilyWriter& out, const Server& server, const sql::Rows& rows) {
  for (std::size_t at = 0; at < rows.rows.size(); ++at) {
    std::string name = rows.text(at, "name").value_or("");
    std::string help = rows.text(at, "short_desc").value_or("");
    const std::string setting = rows.text(at, "setting").value_or("");
    const std::string unit = rows.text(at, "unit").value_or("");
    std::ranges::replace(name, '.', '_');
    double value = setting == "on" ? 1 : 0;
    if (rows.text(at, "vartype") != "bool") {
      const auto number = core::read_number<double>(setting);
      const auto known = std::ranges::find(units, unit, &Unit::written);
      if (!number || (known == units.end() && !unit.empty())) continue;
      value = *number;
      if (known != units.end()) {
        if (value != -1) value *= known->factor;  // -1 says something else than a size
        name += fmt::format("_{}", known->shown);
        help += fmt::format(" [Units converted to {}.]", known->shown);
      }
    }
    const auto place = out.family("pg_settings_" + name, telemetry::MetricType::gauge, help);
    out.put(place, value, {{"server", server.name}});
  }
}

}  // namespace outrider::sources::postgres
