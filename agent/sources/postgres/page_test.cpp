// docs/postgres-metrics.md lists what each question shows.
#include "agent/sources/postgres/questions/questions.hpp"
#include "agent/sources/postgres/questions/statements.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

namespace {

// A row in which each column has something.
sql::Rows one_row(const postgres::Question& question) {
  sql::Rows rows{{}, {{}}};
  for (const auto& column : question.columns) {
    rows.columns.emplace_back(column.name);
    rows.rows[0].emplace_back(column.use == postgres::Use::label ? "x" : "1");
  }
  return rows;
}

}  // namespace

TEST(PostgresPage, ListsWhatTheQuestionsShow) {
  const postgres::Server server{"db:5432", 150000, false};
  std::map<std::string, telemetry::FamilySet> collectors;
  for (const postgres::Question& question : postgres::all_questions()) {
    if (!is_for(question, server) || question.columns.empty()) continue;
    telemetry::FamilyWriter writer;
    postgres::put_rows(writer, question, server, one_row(question));
    collectors[std::string(question.name)] = writer.take();
  }
  telemetry::FamilyWriter writer;
  postgres::Statements statements(1);
  statements.see({{"user", "calls"}, {{{}, "1"}}});
  statements.put(writer, server);
  collectors["stat_statements"] = writer.take();
  pages::hold("docs/postgres-metrics.md", collectors);
}
