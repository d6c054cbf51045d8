#include "agent/recovery/fingerprint/actors/source.hpp"

#include "agent/core/seconds.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

constexpr core::Duration longest_pass = std::chrono::minutes(15);
constexpr std::size_t most_troubles = 5;

std::map<std::uint32_t, std::vector<Chunk>> by_database(std::vector<Chunk> chunks) {
  std::map<std::uint32_t, std::vector<Chunk>> sorted;
  for (auto& chunk : chunks) sorted[chunk.id.database].push_back(chunk);
  for (auto& [database, list] : sorted) {
    std::sort(list.begin(), list.end(), [](const Chunk& a, const Chunk& b) { return a.id < b.id; });
  }
  return sorted;
}

}  // namespace

bool HashedSource::wanted(const Table& table) const {
  const auto& names = settings_.tables;
  return names.empty() || std::find(names.begin(), names.end(), table.plain) != names.end();
}

void HashedSource::trouble(std::string what) {
  if (coverage_ && coverage_->troubles.size() < most_troubles) coverage_->troubles.push_back(std::move(what));
}

Task<Outcome<HashedSource::Connection>> HashedSource::connect(std::string dsn) {
  auto opened = co_await tools_.driver.connect(std::move(dsn), "outrider hashes", tools_.connect_limit);
  if (!opened) co_return core::fail(opened.error());
  auto pinned = co_await pin_session(**opened, settings_.timeout);
  if (!pinned) co_return core::fail(pinned.error());
  co_return std::move(*opened);
}

Task<Outcome<HashedSource::Begun>> HashedSource::begin_one(Book& book) {
  deadline_ = tools_.clock.now() + longest_pass;
  not_before_ = tools_.clock.now();
  auto connection = co_await connect(tools_.dsn);
  if (!connection) co_return core::fail(connection.error());
  auto pass = co_await begin_pass(**connection, settings_.timeout);
  if (!pass) co_return core::fail(pass.error());
  pass->at = tools_.clock.wall();
  const bool another = begin(book, *pass);
  auto databases = co_await list_databases(**connection, settings_.timeout);
  if (!databases) co_return core::fail(databases.error());
  co_return Begun{std::move(*pass), another, std::move(*databases)};
}

Task<Outcome<std::vector<Table>>> HashedSource::tables_of(DatabaseName database, Connection& connection) {
  if (tools_.clock.now() >= deadline_)
    co_return core::fail(Errc::timed_out, "a pass took too long, and was ended before " + database.name);
  std::string dsn = with_database(tools_.dsn, database.name);
  auto opened = co_await connect(std::move(dsn));
  if (!opened) co_return core::fail(opened.error());
  connection = std::move(*opened);
  auto tables = co_await list_tables(*connection, database, settings_.timeout);
  if (!tables) co_return core::fail(tables.error());
  std::erase_if(*tables, [this](const Table& table) { return !wanted(table); });
  co_return std::move(*tables);
}

Task<void> HashedSource::survey(Book& book, const std::vector<DatabaseName>& databases,
                                std::vector<Chunk>& chunks) {
  for (const auto& database : databases) {
    Connection connection;
    auto tables = co_await tables_of(database, connection);
    if (!tables) {
      trouble(tables.error().what);
      continue;
    }
    std::set<ChunkId> there;
    for (const auto& table : *tables) {
      ++coverage_->tables;
      coverage_->bytes += table.bytes();
      if (!table.unreadable.empty()) {
        ++coverage_->unreadable;
        coverage_->by_grant = coverage_->by_grant || table.by_grant;
        trouble(fmt::format("{} in {}: {}", table.plain, database.name, table.unreadable));
        continue;
      }
      for (auto& chunk : cut(table)) {
        there.insert(chunk.id);
        chunks.push_back(chunk);
      }
    }
    forget(book, database.id, there);
  }
}

Task<Outcome<>> HashedSource::hash_due(Book& book) {
  auto begun = co_await begin_one(book);
  if (!begun) co_return core::fail(begun.error());
  coverage_.emplace();
  std::erase_if(book.entries, [&](const auto& entry) {
    return std::none_of(begun->databases.begin(), begun->databases.end(),
                        [&](const DatabaseName& one) { return one.id == entry.first.database; });
  });
  std::vector<Chunk> chunks;
  co_await survey(book, begun->databases, chunks);
  auto due = by_database(due_to_hash(book, std::move(chunks), settings_.most_bytes));
  for (const auto& database : begun->databases) {
    const auto found = due.find(database.id);
    if (found == due.end()) continue;
    std::vector<Chunk> list = std::move(found->second);
    co_await hash_database(book, begun->pass, database, std::move(list), nullptr);
  }
  trim(book);
  co_return Outcome<>();
}

Task<Outcome<HashedSource::Second>> HashedSource::hash_again(Book& book, std::vector<Chunk> chunks) {
  auto begun = co_await begin_one(book);
  if (!begun) co_return core::fail(begun.error());
  Second second{begun->pass, begun->another_history, {}};
  auto sorted = by_database(std::move(chunks));
  for (const auto& database : begun->databases) {
    const auto found = sorted.find(database.id);
    if (found == sorted.end()) continue;
    std::vector<Chunk> list = std::move(found->second);
    co_await hash_database(book, begun->pass, database, std::move(list), &second.digests);
  }
  trim(book);
  co_return second;
}

// What cannot be read is told.
Task<void> HashedSource::hash_database(Book& book, Pass pass, DatabaseName database,
                                       std::vector<Chunk> chunks, std::map<ChunkId, Digest>* into) {
  Connection connection;
  auto tables = co_await tables_of(database, connection);
  if (!tables) {
    trouble(tables.error().what);
    co_return;
  }
  std::map<std::uint32_t, std::string> names;
  for (const auto& table : *tables) {
    if (table.unreadable.empty()) names[table.id] = table.name;
  }
  for (const auto& chunk : chunks) {
    if (!names.contains(chunk.id.table)) continue;
    co_await tools_.clock.sleep_until(not_before_);
    if (tools_.clock.now() >= deadline_) {
      trouble("a pass took too long, and was ended");
      co_return;
    }
    const double seconds = static_cast<double>(chunk.bytes) / static_cast<double>(settings_.rate);
    not_before_ = tools_.clock.now() + core::from_seconds(seconds);
    auto seen = co_await hash_chunk(*connection, names.at(chunk.id.table), chunk.id, settings_.timeout);
    if (seen) {
      note(book, chunk, *seen, pass);
      if (into != nullptr) into->emplace(chunk.id, seen->digest);
      continue;
    }
    note_trouble(book, chunk, pass);
    trouble(fmt::format("{} in {} could not be hashed: {}", names.at(chunk.id.table), database.name,
                        seen.error().what));
    if (!connection->open()) co_return;
  }
}

}  // namespace outrider::recovery
