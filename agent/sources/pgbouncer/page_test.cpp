// docs/pgbouncer-metrics.md lists what each question shows.
#include "agent/sources/pgbouncer/tables.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

namespace {

// In which each column, or each name, has something.
sql::Rows everything(const pgbouncer::Question& question) {
  if (question.shape == pgbouncer::Shape::names) {
    sql::Rows rows{{"key", "value"}, {}};
    for (const auto& column : question.columns) rows.rows.push_back({std::string(column.name), "1"});
    return rows;
  }
  sql::Rows rows{{}, {{}}};
  for (const auto& column : question.columns) {
    rows.columns.emplace_back(column.name);
    rows.rows[0].emplace_back(column.use == pgbouncer::Use::label ? "x" : "1");
  }
  return rows;
}

}  // namespace

TEST(PgbouncerPage, ListsWhatTheQuestionsShow) {
  std::map<std::string, telemetry::FamilySet> collectors;
  for (const pgbouncer::Question& question : pgbouncer::all_questions()) {
    telemetry::FamilyWriter out(telemetry::Labels{{"target", "x"}});
    if (collectors.empty()) pgbouncer::put_up(out, true);
    pgbouncer::put_rows(out, question, everything(question));
    collectors[std::string(question.statement)] = out.take();
  }
  pages::hold("docs/pgbouncer-metrics.md", collectors);
}
