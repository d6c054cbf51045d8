// The simulated source itself, and what the keeper makes of one in trouble.
#include "agent/recovery/fingerprint/actors/sim_source.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/recovery/fingerprint/actors/keeper.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Outcome;
using core::Task;

class SimSourceConnection final : public sql::Connection {
 public:
  explicit SimSourceConnection(SimSource& source) : source_(source) {}
  Task<Outcome<sql::Rows>> query(std::string statement, std::vector<sql::Value>,
                                 core::Duration limit) override {
    co_return co_await source_.answer(std::move(statement), limit);
  }
  bool open() const override { return true; }
  std::string sqlstate() const override { return {}; }

 private:
  SimSource& source_;
};

sql::Rows one_row(std::vector<std::string> columns, std::vector<sql::Value> values) {
  sql::Rows rows;
  rows.columns = std::move(columns);
  rows.rows.push_back(std::move(values));
  return rows;
}

}  // namespace

sql::Rows sim_databases() { return one_row({"id", "datname"}, {"5", "postgres"}); }

sql::Rows sim_tables(bool denied) {
  return one_row({"id", "name", "plain", "page", "why", "blocks", "large"},
                 {"16384", "public.notes", "public.notes", "8192", denied ? "denied" : "", "10", "0"});
}

sql::Rows sim_hash(const std::string& sum, const std::string& lsn) {
  return one_row({"rows", "sum", "lsn"}, {"100", sum, lsn});
}

Task<Outcome<std::unique_ptr<sql::Connection>>> SimSource::connect(std::string dsn, std::string,
                                                                   core::Duration limit) {
  if (state_.hangs) co_await clock_.sleep(limit);
  // A pass begins where the configuration leads to; its tables are read over sessions of their own.
  if (dsn == "dbname=postgres" && passes_ >= state_.gone_from) gone_ = true;
  if (gone_ || state_.hangs) co_return core::fail(core::Errc::unavailable, "connection refused");
  co_return std::make_unique<SimSourceConnection>(*this);
}

Task<Outcome<sql::Rows>> SimSource::answer(std::string statement, core::Duration) {
  const auto has = [&](std::string_view what) { return statement.find(what) != std::string::npos; };
  if (has("server_version_num")) ++passes_;
  const std::size_t pass = std::min<std::size_t>(passes_, state_.passes.size());
  const wal::Lsn lsn = state_.passes.at(pass == 0 ? 0 : pass - 1);
  if (has("server_version_num")) {
    co_return one_row({"version", "standby", "system", "lsn", "timeline"},
                      {state_.old ? "130012" : "150018", state_.standby ? "t" : "f",
                       std::to_string(state_.system), state_.standby ? sql::Value() : lsn.text(), "1"});
  }
  if (has("AS snapshot")) co_return one_row({"snapshot"}, {"734:740:734,736"});
  if (has("datname")) co_return sim_databases();
  if (has("relispopulated")) co_return state_.empty ? sql::Rows() : sim_tables(state_.denied);
  if (has("hashtextextended")) {
    ++hashes_;
    co_return sim_hash(state_.busy ? std::to_string(hashes_) : "7", wal::Lsn{lsn.value + 8}.text());
  }
  co_return sql::Rows();
}

namespace {

struct Kept {
  std::size_t entries = 0;
  std::optional<Run> run;
  std::string trouble;
  std::optional<Coverage> coverage;
};

Task<void> prepare_and_note(HashKeeper& keeper, Kept& kept) {
  co_await keeper.prepare();
  const auto saved = co_await keeper.save();
  EXPECT_TRUE(saved);
  kept.entries = keeper.book().entries.size();
  if (kept.entries > 0) kept.run = keeper.book().entries.begin()->second.run;
  if (keeper.trouble()) kept.trouble = keeper.trouble()->what;
  kept.coverage = keeper.source().coverage();
}

// So many passes, each by a keeper of its own over the same file.
Kept keep(SimSourceState state, int times) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  os::SimFiles files;
  const auto pool = async::make_inline_pool(loop.get_executor());
  SimSource source(clock, std::move(state));
  Kept kept;
  for (int i = 0; i < times; ++i) {
    HashKeeper keeper({*pool, files, "/hashes", {clock, source, "dbname=postgres"}}, HashSettings{});
    async::Nursery nursery(loop.get_executor());
    nursery.start(prepare_and_note(keeper, kept));
    clock.advance(1h);
    EXPECT_EQ(nursery.size(), 0u);
  }
  return kept;
}

}  // namespace

TEST(HashKeeper, RemembersFromOneDrillToTheNext) {
  const Kept once = keep({.passes = {wal::Lsn{100}, wal::Lsn{200}}, .system = 9}, 1);
  EXPECT_EQ(once.entries, 1u);
  EXPECT_FALSE(once.run->to);
  const Kept twice = keep({.passes = {wal::Lsn{100}, wal::Lsn{200}}, .system = 9}, 2);
  EXPECT_EQ(twice.run->from, wal::Lsn{108});
  EXPECT_EQ(twice.run->to, wal::Lsn{200});
  EXPECT_EQ(twice.coverage->bytes, 81920u);
}

TEST(HashKeeper, KeepsWhatItKnowsWhileTheSourceIsGoneAndSaysSo) {
  const Kept kept = keep({.gone_from = 1, .system = 9}, 3);
  EXPECT_EQ(kept.entries, 1u);
  EXPECT_EQ(kept.trouble, "connection refused");
  EXPECT_FALSE(kept.coverage);
}

TEST(HashKeeper, SaysWhyItDoesNotHash) {
  EXPECT_NE(keep({.standby = true}, 1).trouble.find("standby"), std::string::npos);
  EXPECT_NE(keep({.old = true}, 1).trouble.find("PostgreSQL 14"), std::string::npos);
  EXPECT_EQ(keep({.hangs = true}, 1).trouble, "connection refused");
  const Kept denied = keep({.denied = true}, 1);
  EXPECT_TRUE(denied.coverage->by_grant);
  EXPECT_EQ(denied.coverage->unreadable, 1u);
  EXPECT_EQ(denied.entries, 0u);
}

TEST(HashKeeper, AReachedDatabaseIsNamedInItsDsnWhateverItIsCalled) {
  EXPECT_EQ(with_database("host=/s user=o dbname=postgres", "it's"),
            "host=/s user=o dbname=postgres dbname='it\\'s'");
  EXPECT_EQ(with_database("postgresql://o@h/postgres", "a b"), "postgresql://o@h/postgres?dbname=%61%20%62");
  EXPECT_EQ(with_database("postgres://o@h/x?sslmode=disable", "b"),
            "postgres://o@h/x?sslmode=disable&dbname=%62");
}

}  // namespace outrider::recovery
