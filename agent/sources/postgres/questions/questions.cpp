#include "agent/sources/postgres/questions/questions.hpp"

#include "agent/core/number.hpp"
#include "agent/sources/postgres/tables/tables.hpp"

#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace outrider::sources::postgres {
namespace {

using telemetry::LabelView;
using telemetry::MetricType;

// NULL is what nobody knows.
std::optional<double> number_of(const sql::Value& value) {
  if (!value) return std::numeric_limits<double>::quiet_NaN();
  if (*value == "t") return 1;
  if (*value == "f") return 0;
  return core::read_number<double>(*value);
}

MetricType type_of(Use use) {
  if (use == Use::counter) return MetricType::counter;
  return use == Use::gauge ? MetricType::gauge : MetricType::unknown;
}

// Where each column stands in the answer.
std::vector<std::size_t> places_of(const Question& question, const sql::Rows& rows) {
  std::vector<std::size_t> places;
  for (const Column& column : question.columns) {
    std::size_t at = 0;
    while (at < rows.columns.size() && rows.columns[at] != column.name) ++at;
    places.push_back(at);
  }
  return places;
}

std::string family_name(const Question& question, const Column& column) {
  if (question.prefix.ends_with(column.name)) return std::string(question.prefix);
  return fmt::format("{}_{}", question.prefix, column.shown.empty() ? column.name : column.shown);
}

}  // namespace

std::span<const Question> all_questions() {
  static const std::vector<Question> all = [] {
    std::vector<Question> questions;
    for (const auto& some : {statistics(), sessions(), replication(), sizes()}) {
      questions.insert(questions.end(), some.begin(), some.end());
    }
    questions.push_back(settings_question);
    return questions;
  }();
  return all;
}

bool is_for(const Question& question, const Server& server) {
  if (server.version < question.least_version || server.version >= question.below_version) return false;
  return question.where == Where::anywhere || (question.where == Where::standby) == server.is_standby;
}

void put_rows(telemetry::FamilyWriter& out, const Question& question, const Server& server,
              const sql::Rows& rows) {
  if (question.name == settings_question.name) return put_settings(out, server, rows);
  const std::vector<std::size_t> places = places_of(question, rows);
  for (const auto& row : rows.rows) {
    const auto value = [&](std::size_t column) {
      return places[column] < row.size() ? row[places[column]] : sql::Value();
    };
    std::vector<std::string> words(question.columns.size());
    std::vector<LabelView> labels{{"server", server.name}};
    for (std::size_t at = 0; at < question.columns.size(); ++at) {
      if (question.columns[at].use != Use::label) continue;
      words[at] = value(at).value_or("");
      labels.push_back({question.columns[at].name, words[at]});
    }
    for (std::size_t at = 0; at < question.columns.size(); ++at) {
      const Column& column = question.columns[at];
      if (column.use == Use::label || places[at] >= row.size()) continue;
      const auto number = number_of(row[places[at]]);
      if (!number) continue;
      out.put_labelled(out.family(family_name(question, column), type_of(column.use), column.help), *number,
                       labels);
    }
  }
}

}  // namespace outrider::sources::postgres
