// What a PgBouncer's console is asked, and what becomes of its answers. Names and help are
// pgbouncer_exporter's. Pure.
#pragma once

#include "agent/sql/sql.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace outrider::sources::pgbouncer {

enum class Use : std::uint8_t { label, counter, gauge };

struct Column {
  std::string_view name;
  Use use;
  std::string_view shown{};  // behind the prefix
  std::string_view help{};
  double divisor = 1;
};

enum class Shape : std::uint8_t {
  table,  // a row has labels and numbers
  names,  // a row is a name and its number
  words,  // a row has labels alone, and is shown as 1
};

struct Question {
  std::string_view statement;
  std::string_view prefix;  // of its families
  Shape shape;
  std::span<const Column> columns;
};

std::span<const Question> all_questions();

void put_up(telemetry::FamilyWriter& out, bool is_up);
void put_rows(telemetry::FamilyWriter& out, const Question& question, const sql::Rows& rows);

}  // namespace outrider::sources::pgbouncer
