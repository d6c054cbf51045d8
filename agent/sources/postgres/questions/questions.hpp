// What a PostgreSQL is asked for its metrics, and what becomes of its answers. Names, help and labels are
// postgres_exporter's (0.11 in Debian 12; what is newer has the names of 0.15). Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/sql/sql.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace outrider::sources::postgres {

enum class Use : std::uint8_t { label, counter, gauge, untyped };

struct Column {
  std::string_view name;
  Use use;
  std::string_view help;
  std::string_view shown{};  // behind the prefix; empty: as its name
};

enum class Where : std::uint8_t { anywhere, primary, standby };

struct Question {
  std::string_view name;    // of a collector
  std::string_view prefix;  // of its families
  std::string_view statement;
  std::span<const Column> columns;
  Where where = Where::anywhere;
  int least_version = 0;  // as server_version_num has it
  int below_version = 1 << 30;
  std::chrono::seconds every{0};  // 0: each time
};

std::span<const Question> all_questions();

struct Server {
  std::string name;  // "host:port", on each series
  int version = 0;   // 150004
  bool is_standby = false;
};

bool is_for(const Question& question, const Server& server);

// A row gives one sample for each of its columns that is a number; true is 1.
void put_rows(telemetry::FamilyWriter& out, const Question& question, const Server& server,
              const sql::Rows& rows);

// The settings that are numbers, in seconds and bytes.
extern const Question settings_question;
void put_settings(telemetry::FamilyWriter& out, const Server& server, const sql::Rows& rows);

}  // namespace outrider::sources::postgres
