#include "agent/recovery/alarms/feign/spoiled_ground.hpp"

#include "agent/async/pool.hpp"
#include "agent/recovery/drill/replay.hpp"
#include "agent/recovery/witness/databases.hpp"
#include "agent/recovery/witness/witness.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <utility>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

constexpr core::Duration between_knocks = std::chrono::milliseconds(100);
constexpr std::size_t most_candidates = 20;

// Whole tables of users with an index that a witness can count through, as in witness.cpp; the agent's own
// are being written to.
constexpr const char* users_tables =
    "SELECT c.oid::regclass::text AS name, pg_relation_filepath(c.oid) AS path,"
    " current_setting('block_size') AS page FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384 AND n.nspname <> 'outrider'"
    " AND n.nspname !~ '^pg_' AND pg_relation_size(c.oid) > 0 AND EXISTS (SELECT FROM pg_index i"
    " JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam AND a.amname = 'btree'"
    " WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL) ORDER BY c.relpages, c.oid LIMIT 20";

std::string rows_of_first_page(const std::string& table) {
  return "SELECT count(*) AS rows FROM " + table + " WHERE ctid < '(1,0)'";
}

// A page begins with the place of the WAL that last changed it: two words of the machine's own order.
Outcome<std::uint64_t> page_lsn(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 8> head{};
  file.read(head.data(), head.size());
  if (!file) return core::fail(Errc::unavailable, "cannot read " + path);
  std::uint32_t high = 0, low = 0;
  std::memcpy(&high, head.data(), sizeof high);
  std::memcpy(&low, head.data() + sizeof high, sizeof low);
  return std::uint64_t{high} << 32 | low;
}

Outcome<SpoiledTable> zero_oldest(const std::vector<SpoiledTable>& tables, std::uint64_t bytes) {
  const SpoiledTable* oldest = nullptr;
  std::uint64_t lsn_of_oldest = 0;
  for (const SpoiledTable& one : tables) {
    const auto lsn = page_lsn(one.file);
    if (!lsn || (oldest != nullptr && *lsn >= lsn_of_oldest)) continue;
    oldest = &one;
    lsn_of_oldest = *lsn;
  }
  if (oldest == nullptr) return core::fail(Errc::unavailable, "no table's file can be read");
  std::fstream file(oldest->file, std::ios::binary | std::ios::in | std::ios::out);
  const std::string zeroes(bytes, '\0');
  file.write(zeroes.data(), static_cast<std::streamsize>(zeroes.size()));
  file.close();
  if (!file) return core::fail(Errc::unavailable, "cannot write " + oldest->file);
  return *oldest;
}

}  // namespace

ZeroPage real_zero_page() { return zero_oldest; }

Outcome<Planted> SpoiledGround::planted() const {
  if (!trouble_.empty()) return core::fail(Errc::unavailable, trouble_);
  if (!spoiled_) return core::fail(Errc::unavailable, "the drill did not come so far");
  if (!looked_again_)
    return core::fail(Errc::unavailable, "the drill ended before the page could be looked for again");
  return Planted{fmt::format("the first page of {} is zeroed in the scratch copy", spoiled_->at.name),
                 spoiled_->at.name};
}

Task<Outcome<>> SpoiledGround::start_server(ServerPlan plan) {
  plan_ = plan;
  co_return co_await real_.start_server(std::move(plan));
}

// The first that is let in has found the server consistent; whoever comes then is a witness.
Task<SpoiledGround::Connected> SpoiledGround::connect(std::string database, core::Duration limit) {
  auto connected = co_await real_.connect(database, limit);
  if (!connected) co_return connected;
  if (!tried_) {
    tried_ = true;
    connected->reset();
    const auto done = co_await spoil();
    if (!done) trouble_ = done.error().what;
    co_return co_await await_server();
  }
  if (spoiled_ && !looked_again_ && trouble_.empty()) {
    const auto seen = co_await look_again();
    if (!seen) trouble_ = seen.error().what;
  }
  co_return connected;
}

// Only once everything is replayed: a page that is in the WAL behind the last checkpoint comes back whole.
Task<Outcome<>> SpoiledGround::replayed() {
  ReplayWatch watch(clock_, real_, plan_.target, limit_);
  const auto consistent = co_await watch.until_consistent();
  if (!consistent) co_return core::fail(Errc::unavailable, consistent.error().why);
  const auto quiet = [](wal::Lsn, std::uint64_t) {};
  const auto done = co_await watch.until_done(quiet);
  if (!done) co_return core::fail(Errc::unavailable, done.error().why);
  co_return Outcome<>();
}

Task<Outcome<>> SpoiledGround::spoil() {
  const auto all = co_await replayed();
  if (!all) co_return all;
  auto found = co_await candidates();
  if (!found) co_return core::fail(found.error());
  if (found->empty())
    co_return core::fail(Errc::not_found, "no user's table with rows and an index is in this backup");
  auto stopped = co_await real_.stop_server();
  if (!stopped) co_return core::fail(stopped.error());
  std::vector<SpoiledTable> tables;
  for (const Candidate& one : *found) tables.push_back(one.at);
  const std::uint64_t page = page_bytes_;
  auto job = [&] { return zero_(tables, page); };
  const auto zeroed = co_await async::offload(pool_, job);
  // Whatever became of it, the drill needs its server.
  ServerPlan plan = plan_;
  auto started = co_await real_.start_server(std::move(plan));
  if (!zeroed) co_return core::fail(zeroed.error());
  for (const Candidate& one : *found) {
    if (one.at.file == zeroed->file) spoiled_ = one;
  }
  co_return started;
}

Task<Outcome<std::vector<SpoiledGround::Candidate>>> SpoiledGround::candidates() {
  const WitnessTools tools{clock_, real_, limit_};
  auto names = co_await databases(tools);
  if (!names) co_return core::fail(names.error());
  std::vector<Candidate> found;
  for (const std::string& name : *names) {
    auto looked = co_await look_into(name, found);
    if (!looked) co_return core::fail(looked.error());
    if (found.size() >= most_candidates) break;
  }
  co_return found;
}

Task<Outcome<>> SpoiledGround::look_into(std::string database, std::vector<Candidate>& found) {
  auto connected = co_await real_.connect(database, limit_);
  if (!connected) co_return core::fail(connected.error());
  auto tables = co_await (*connected)->ask(users_tables, limit_);
  if (!tables) co_return core::fail(tables.error());
  for (std::size_t i = 0; i < tables->rows.size(); ++i) {
    const std::string name = tables->text(i, "name").value_or("");
    page_bytes_ = static_cast<std::uint64_t>(tables->whole(i, "page").value_or(8192));
    std::string statement = rows_of_first_page(name);
    auto rows = co_await (*connected)->ask(std::move(statement), limit_);
    if (!rows || rows->whole(0, "rows").value_or(0) == 0) continue;  // another will do
    found.push_back({database,
                     name,
                     {fmt::format("{} in {}", name, database),
                      real_.data_directory() + "/" + tables->text(i, "path").value_or("")}});
  }
  co_return Outcome<>();
}

Task<SpoiledGround::Connected> SpoiledGround::await_server() {
  const core::Instant late = clock_.now() + limit_;
  for (;;) {
    auto connected = co_await real_.connect("postgres", limit_);
    if (connected || clock_.now() > late) co_return connected;
    const auto ended = co_await real_.server_ended();
    if (ended) co_return connected;
    co_await clock_.sleep(between_knocks);
  }
}

// What replay wrote to is whole again, and then nothing was feigned.
Task<Outcome<>> SpoiledGround::look_again() {
  auto connected = co_await real_.connect(spoiled_->database, limit_);
  if (!connected) co_return core::fail(connected.error());
  std::string statement = rows_of_first_page(spoiled_->table);
  auto rows = co_await (*connected)->ask(std::move(statement), limit_);
  looked_again_ = true;
  // That it cannot be read is as good: it is not what it was.
  if (rows && rows->whole(0, "rows").value_or(0) > 0)
    co_return core::fail(
        Errc::unavailable,
        fmt::format("the zeroed page of {} came back with the replay: it was written to since the last "
                    "checkpoint",
                    spoiled_->at.name));
  co_return Outcome<>();
}

}  // namespace outrider::recovery
