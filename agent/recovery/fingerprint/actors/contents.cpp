#include "agent/recovery/fingerprint/actors/contents.hpp"

#include "agent/core/advice.hpp"
#include "agent/recovery/fingerprint/judge.hpp"
#include "agent/recovery/witness/databases.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Standing;
using core::Task;

constexpr const char* witness_name = "content hashes";
constexpr core::Duration slow_statement = std::chrono::minutes(2);
constexpr const char* grant_hint =
    "GRANT pg_read_all_data to the role of recovery.postgres lets them be hashed (outrider setup postgres "
    "prints it)";

class Comparison {
 public:
  Comparison(WitnessTools tools, HashKeeper& keeper, CopyPlace place)
      : tools_(tools), keeper_(keeper), place_(place), watch_(tools.clock, witness_name) {}

  Task<ContentAnswer> run() {
    count_source();
    const std::uint64_t most = keeper_.source().settings().most_bytes;
    for (auto& candidate : due_to_compare(keeper_.book(), place_.reached, place_.timeline, most)) {
      Compared one;
      one.candidate = std::move(candidate);
      all_.push_back(std::move(one));
    }
    if (keeper_.book().system != place_.system) all_.clear();
    co_await read_copy();
    // What the runs are closed by may be replaced by the second time.
    under_way_ = keeper_.book().under_way;
    co_await read_source_again();
    auto committed = co_await ask_doubts();
    co_return conclude(std::move(committed));
  }

 private:
  void count_source() {
    for (const auto& [id, entry] : keeper_.book().entries) {
      if (entry.run.timeline != place_.timeline || entry.run.from <= place_.reached) continue;
      ++finding_.young;
      first_seen_ = std::min(first_seen_.value_or(entry.run.from), entry.run.from);
    }
    const auto& coverage = keeper_.source().coverage();
    if (!coverage) return;
    finding_.table_bytes = coverage->bytes;
    finding_.unreadable_tables = coverage->unreadable;
    const std::uint64_t most = keeper_.source().settings().most_bytes;
    finding_.drills_for_all = (coverage->bytes + most - 1) / most;
  }

  Task<core::Outcome<std::vector<DatabaseName>>> copy_databases() {
    auto connected = co_await tools_.ground.connect("postgres", tools_.limit);
    if (!connected) co_return core::fail(connected.error());
    co_return co_await list_databases(**connected, tools_.limit);
  }

  Task<void> read_copy() {
    if (all_.empty()) co_return;
    auto databases = co_await copy_databases();
    if (!databases) {
      for (auto& one : all_) one.copy = answer_of(databases.error());
      co_return;
    }
    std::set<std::uint32_t> asked;
    for (const auto& one : all_) asked.insert(one.candidate.chunk.id.database);
    for (const std::uint32_t id : asked) {
      const auto found = std::find_if(databases->begin(), databases->end(),
                                      [&](const DatabaseName& database) { return database.id == id; });
      if (found == databases->end()) {
        each_of(id, [&](Compared& one) {
          one.where = fmt::format("database {}", id);
          one.copy.absent = true;
        });
        continue;
      }
      co_await read_database(*found);
    }
  }

  Task<core::Outcome<std::vector<Table>>> copy_tables(DatabaseName database,
                                                      std::unique_ptr<sql::Connection>& connection) {
    auto connected = co_await tools_.ground.connect(database.name, tools_.limit);
    if (!connected) co_return core::fail(connected.error());
    connection = std::move(*connected);
    auto pinned = co_await pin_session(*connection, statement_limit());
    if (!pinned) co_return core::fail(pinned.error());
    co_return co_await list_tables(*connection, database, statement_limit());
  }

  // A machine that does drills may be slower than the source.
  core::Duration statement_limit() const { return std::min<core::Duration>(tools_.limit, slow_statement); }

  Task<void> read_database(DatabaseName database) {
    std::unique_ptr<sql::Connection> connection;
    auto tables = co_await copy_tables(database, connection);
    if (!tables) {
      each_of(database.id, [&](Compared& one) {
        one.where = database.name;
        one.copy = answer_of(tables.error());
      });
      co_return;
    }
    for (auto& one : all_) {
      const ChunkId id = one.candidate.chunk.id;
      if (id.database != database.id) continue;
      const auto table =
          std::find_if(tables->begin(), tables->end(), [&](const Table& it) { return it.id == id.table; });
      one.where = table == tables->end() ? fmt::format("table {} in {}", id.table, database.name)
                                         : fmt::format("{} in {}", table->name, database.name);
      if (table == tables->end()) {
        one.copy.absent = true;
        continue;
      }
      auto seen = co_await hash_chunk(*connection, table->name, id, statement_limit());
      if (!seen) one.copy = answer_of(seen.error());
      if (seen) one.copy.digest = seen->digest;
    }
  }

  static CopyAnswer answer_of(const core::Error& error) {
    CopyAnswer answer;
    answer.broken = standing_of(error) == Standing::not_ok;
    answer.trouble = error.what;
    return answer;
  }

  template <class Act>
  void each_of(std::uint32_t database, Act act) {
    for (auto& one : all_) {
      if (one.candidate.chunk.id.database == database) act(one);
    }
  }

  Task<void> read_source_again() {
    if (all_.empty() || keeper_.trouble()) co_return;
    std::vector<Chunk> chunks;
    for (const auto& one : all_) chunks.push_back(one.candidate.chunk);
    auto second = co_await keeper_.source().hash_again(keeper_.book(), std::move(chunks));
    if (!second) {
      gone_ = second.error().what;
      co_return;
    }
    if (second->another_history) {
      gone_ = "it has gone back to an earlier place, or is another cluster now";
      all_.clear();
      co_return;
    }
    closing_ = second->pass;
    for (auto& one : all_) {
      const auto found = second->digests.find(one.candidate.chunk.id);
      if (found != second->digests.end()) one.again = found->second;
    }
  }

  CompareView view(std::set<std::uint64_t> committed) const {
    return {place_.reached, place_.timeline, under_way_, closing_, std::move(committed)};
  }

  // Nothing: that cannot be told.
  Task<core::Outcome<std::set<std::uint64_t>>> ask_doubts() {
    const CompareView seen = view({});
    const bool differs = std::any_of(all_.begin(), all_.end(), [&](const Compared& one) {
      return judge_chunk(one, seen) == ChunkVerdict::differs;
    });
    if (!differs) co_return std::set<std::uint64_t>();
    UnderWay asked = doubts(all_, seen);
    auto connected = co_await tools_.ground.connect("postgres", tools_.limit);
    if (!connected) co_return core::fail(connected.error());
    co_return co_await committed_of(**connected, std::move(asked), tools_.limit);
  }

  ContentAnswer conclude(core::Outcome<std::set<std::uint64_t>> committed) {
    // Where it cannot be told, all of them may be.
    constexpr std::uint64_t anybody = std::numeric_limits<std::uint64_t>::max();
    const CompareView seen = view(committed ? std::move(*committed) : std::set<std::uint64_t>{anybody});
    const ContentVerdict verdict = judge_contents(all_, seen, finding_, otherwise());
    const core::WallTime now = tools_.clock.wall();
    for (const auto& one : all_) {
      const auto entry = keeper_.book().entries.find(one.candidate.chunk.id);
      if (entry == keeper_.book().entries.end()) continue;
      entry->second.tried = now;
      if (judge_chunk(one, seen) == ChunkVerdict::same) entry->second.compared = now;
    }
    return {watch_.says(verdict.standing, verdict.detail), finding_, notes()};
  }

  // Why nothing could be compared, when nothing could.
  std::string otherwise() const {
    if (const auto& trouble = keeper_.trouble())
      return "the source cannot be hashed: " + core::with_advice(*trouble);
    if (!gone_.empty()) return "the source cannot be hashed a second time: " + gone_;
    if (keeper_.book().system && keeper_.book().system != place_.system) {
      return "what was hashed is another cluster";
    }
    const auto& coverage = keeper_.source().coverage();
    if (coverage && coverage->tables == 0) return "the source has no tables";
    if (coverage && coverage->unreadable == coverage->tables) {
      const std::string why = "none of the source's tables may be read";
      return coverage->by_grant ? fmt::format("{}; {}", why, grant_hint) : why;
    }
    if (all_.empty() && first_seen_) {
      return fmt::format(
          "the source was first hashed at {}, and the copy came to {}: the next drill can compare",
          first_seen_->text(), place_.reached.text());
    }
    return {};
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> list;
    const auto& coverage = keeper_.source().coverage();
    if (!coverage) return list;
    for (const auto& trouble : coverage->troubles) list.push_back("not hashed: " + trouble);
    if (coverage->by_grant) list.emplace_back(grant_hint);
    return list;
  }

  WitnessTools tools_;
  HashKeeper& keeper_;
  CopyPlace place_;
  Stopwatch watch_;
  std::vector<Compared> all_;
  std::map<wal::Lsn, UnderWay> under_way_;
  std::optional<Pass> closing_;
  std::string gone_;
  std::optional<wal::Lsn> first_seen_;
  ContentFinding finding_;
};

}  // namespace

Task<ContentAnswer> ask_contents(WitnessTools tools, HashKeeper* keeper, CopyPlace place) {
  if (keeper == nullptr) {
    const Stopwatch watch(tools.clock, witness_name);
    co_return ContentAnswer{
        watch.says(Standing::unknown, "recovery.postgres names no database to compare with"), {}, {}};
  }
  Comparison comparison(tools, *keeper, place);
  co_return co_await comparison.run();
}

}  // namespace outrider::recovery
