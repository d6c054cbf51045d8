#include "agent/sources/postgres/questions/statements.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace outrider::sources::postgres {
namespace {

struct Figure {
  std::string_view column, name, help;
};

constexpr std::array<Figure, 5> figures{{
    {"calls", "pg_stat_statements_calls_total", "Number of times executed"},
    {"seconds", "pg_stat_statements_seconds_total", "Total time spent in the statement, in seconds"},
    {"rows", "pg_stat_statements_rows_total", "Total number of rows retrieved or affected by the statement"},
    {"read_seconds", "pg_stat_statements_block_read_seconds_total",
     "Total time the statement spent reading blocks, in seconds"},
    {"write_seconds", "pg_stat_statements_block_write_seconds_total",
     "Total time the statement spent writing blocks, in seconds"},
}};

}  // namespace

// The columns of times were renamed in 13 and in 17. Without a user it is the sum of all.
std::string statements_question(int version, std::uint32_t most) {
  const std::string_view time = version >= 130000 ? "total_exec_time" : "total_time";
  const std::string_view shared = version >= 170000 ? "shared_" : "";
  return fmt::format(
      "with summed as (select pg_get_userbyid(userid)::text as \"user\", d.datname::text as datname, "
      "queryid::text as queryid, sum(calls) as calls, sum({0}) / 1000 as seconds, sum(rows) as rows, "
      "sum({1}blk_read_time) / 1000 as read_seconds, sum({1}blk_write_time) / 1000 as write_seconds "
      "from pg_stat_statements s join pg_database d on d.oid = s.dbid where queryid is not null group by 1, "
      "2, 3) "
      "(select * from summed order by seconds desc limit {2}) union all "
      "select null, null, null, sum(calls), sum(seconds), sum(rows), sum(read_seconds), sum(write_seconds) "
      "from summed",
      time, shared, most);
}

void Statements::see(const sql::Rows& rows) {
  std::map<Key, Counts> dearest;
  Counts total{};
  std::vector<Key> by_rank;
  for (std::size_t at = 0; at < rows.rows.size(); ++at) {
    Counts counts{};
    for (std::size_t figure = 0; figure < figures.size(); ++figure) {
      counts[figure] = rows.number(at, figures[figure].column).value_or(0);
    }
    if (!rows.text(at, "user")) {
      total = counts;
      continue;
    }
    Key key{rows.text(at, "user").value_or(""), rows.text(at, "datname").value_or(""),
            rows.text(at, "queryid").value_or("")};
    by_rank.push_back(key);
    dearest.emplace(std::move(key), counts);
  }
  choose(dearest, by_rank);
  count_others(dearest, total);
}

// Who is shown stays shown for as long as it is among twice as many: a series that comes and goes tells
// nothing.
void Statements::choose(const std::map<Key, Counts>& dearest, const std::vector<Key>& by_rank) {
  std::erase_if(shown_, [&dearest](const auto& each) { return !dearest.contains(each.first); });
  for (const Key& key : by_rank) {
    if (shown_.size() >= most_) break;
    if (!shown_.contains(key)) joined_.insert(key);
    shown_.try_emplace(key, Counts{});
  }
}

// What all have grown by, less what those have grown by that are shown. What a newcomer among them had before
// was counted with the others, and stays there.
void Statements::count_others(const std::map<Key, Counts>& dearest, const Counts& total) {
  const bool was_reset = total[0] < total_[0];
  Counts grown{};
  for (std::size_t at = 0; at < grown.size(); ++at) grown[at] = total[at] - (was_reset ? 0 : total_[at]);
  const bool is_first = total_[0] == 0 || was_reset;
  for (auto& [key, counts] : shown_) {
    const Counts& now = dearest.at(key);
    const bool is_new = joined_.contains(key) && !is_first;
    for (std::size_t at = 0; at < grown.size(); ++at) {
      if (!is_new) grown[at] -= now[at] - (is_first ? 0 : counts[at]);
    }
    counts = now;
  }
  joined_.clear();
  if (was_reset) others_ = {};
  for (std::size_t at = 0; at < grown.size(); ++at) others_[at] += std::max(0.0, grown[at]);
  total_ = total;
}

void Statements::put(telemetry::FamilyWriter& out, const Server& server) const {
  const auto put_one = [&](const Counts& counts, const Key& key) {
    for (std::size_t at = 0; at < figures.size(); ++at) {
      out.put(out.family(figures[at].name, telemetry::MetricType::counter, figures[at].help), counts[at],
              {{"server", server.name}, {"user", key[0]}, {"datname", key[1]}, {"queryid", key[2]}});
    }
  };
  if (total_[0] == 0) return;
  for (const auto& [key, counts] : shown_) put_one(counts, key);
  put_one(others_, {"other", "other", "other"});
}

}  // namespace outrider::sources::postgres
