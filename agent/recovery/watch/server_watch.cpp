#include "agent/recovery/watch/server_watch.hpp"

#include "agent/core/advice.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/archiving/server_here.hpp"
#include "agent/recovery/evidence/look.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Task;

constexpr core::Duration forget_every = std::chrono::hours(6);
constexpr core::Duration sizes_every = std::chrono::minutes(10);
// So long is lost history everybody's affair; after that it is in the timeline and in the log.
constexpr core::Duration contradiction_holds = std::chrono::hours(1);
constexpr std::size_t most_canaries = CanaryLog::most_rows;
constexpr int most_looks_for_cap = 50;
constexpr core::Duration between_looks_for_cap = std::chrono::milliseconds(100);

}  // namespace

ServerWatch::ServerWatch(ServerTools tools, const Settings& settings, const std::string& folder,
                         std::string node)
    : tools_(tools), settings_(settings), node_(std::move(node)), log_(tools.files, folder + "/canaries") {}

Task<void> ServerWatch::load() {
  auto job = [this] { return log_.read(); };
  const auto rows = co_await async::offload(tools_.pool, job);
  if (!rows) {
    tools_.log.warn("recovery", "Cannot read what canaries were acknowledged", {{"why", rows.error().what}});
    co_return;
  }
  for (const auto& row : *rows) canaries_.push_back({row.id, row.time, row.commit, mark_of_hash(row.hash)});
  if (!rows->empty()) last_ = rows->back();
}

// The same trouble again is no news.
void ServerWatch::say_once(std::string trouble) {
  if (trouble == canary_trouble_) return;
  canary_trouble_ = std::move(trouble);
  if (!canary_trouble_.empty()) tools_.events.record(core::EventKind::trouble, "canary", canary_trouble_);
}

Task<bool> ServerWatch::connected() {
  if (connection_ && connection_->open()) co_return true;
  connection_.reset();
  auto opened =
      co_await tools_.driver.connect(settings_.postgres->dsn, "outrider", settings_.postgres->timeout);
  if (!opened) {
    trouble_ = opened.error().what;
    co_return false;
  }
  connection_ = std::move(*opened);
  // An acknowledgement must mean that the row is on the disk, whatever the role was given as its default.
  (void)co_await connection_->ask("SET synchronous_commit = on", settings_.postgres->timeout);
  co_return true;
}

Task<void> ServerWatch::look_at() {
  if (!settings_.postgres) co_return;
  const bool at_hand = co_await connected();
  if (!at_hand) co_return;
  const bool sizes = tools_.clock.now() >= sizes_at_;
  auto seen = co_await look(*connection_, tools_.clock, settings_.postgres->timeout, sizes);
  if (!seen) {
    trouble_ = seen.error().what;
    co_return;
  }
  if (sizes) sizes_at_ = tools_.clock.now() + sizes_every;
  co_await see_disk(*seen);
  trouble_.clear();
  evidence_ = std::move(*seen);
  remember(track_, *evidence_);
  judge_now();
}

// No view tells how much room is left: it is seen where the server is on this machine, and ours to look at.
Task<void> ServerWatch::see_disk(Evidence& seen) const {
  auto job = [&]() -> std::optional<std::uint64_t> {
    const auto server = find_server(seen);
    if (!server) return std::nullopt;
    const auto free = tools_.files.free_bytes(server->data + "/pg_wal");
    return free ? std::optional(*free) : std::nullopt;
  };
  seen.wal_free_bytes = co_await async::offload(tools_.pool, job);
}

WatchPolicy ServerWatch::policy() const {
  WatchPolicy policy;
  policy.archive = !settings_.catalogs.empty();
  policy.rpo = settings_.objectives.rpo;
  return policy;
}

void ServerWatch::judge_now() {
  const WatchPolicy meant = policy();
  judgements_ = judge(JudgeView{*evidence_, track_, meant});
  if (contradicted_ && tools_.clock.now() - contradicted_at_ < contradiction_holds)
    judgements_.insert(judgements_.begin(), *contradicted_);
  settle(track_, judgements_, evidence_->taken);
}

core::Duration ServerWatch::until_next_look() const {
  const core::Duration usual = settings_.postgres->look_every;
  if (!evidence_ || !trouble_.empty()) return usual;
  const WatchPolicy meant = policy();
  const auto stall = time_to_stall(JudgeView{*evidence_, track_, meant});
  constexpr core::Duration least = std::chrono::seconds(1);
  return stall ? std::min(usual, std::max(*stall, least)) : usual;
}

Task<void> ServerWatch::keep(Acknowledged row) {
  auto job = [&] { return log_.append(row); };
  const auto kept = co_await async::offload(tools_.pool, job);
  if (!kept)
    tools_.log.error("recovery", "Cannot keep a canary's acknowledgement", {{"why", kept.error().what}});
  while (!canaries_.empty() && canaries_.back().id >= row.id) canaries_.pop_back();
  if (canaries_.size() >= 2 * most_canaries) {
    canaries_.erase(canaries_.begin(), canaries_.begin() + static_cast<std::ptrdiff_t>(most_canaries));
  }
  canaries_.push_back({row.id, row.time, row.commit, mark_of_hash(row.hash)});
  last_ = std::move(row);
}

Task<void> ServerWatch::sing_now() {
  const bool on_standby = evidence_ && evidence_->in_recovery.value_or(false);
  if (!settings_.postgres || settings_.canary.every == core::Duration{} || on_standby) co_return;
  const bool at_hand = co_await connected();
  if (!at_hand) co_return;
  auto sung = co_await sing(*connection_, tools_.clock, node_, settings_.postgres->timeout);
  if (!sung) {
    say_once(core::with_advice(sung.error()));
    co_return;
  }
  say_once({});
  if (last_) {
    if (const auto wrong = contradiction(*last_, *sung)) {
      tools_.log.error("recovery", "The canaries contradict what was acknowledged", {{"what", *wrong}});
      contradicted_ = Judgement{
          "identity.canary",
          Severity::critical,
          *wrong,
          "see who restored it, or failed over, and whether that was meant; then take a full backup",
          {}};
      contradicted_at_ = tools_.clock.now();
      if (evidence_) judge_now();
    }
  }
  co_await keep(std::move(sung->row));
  if (tools_.clock.now() >= forget_at_) {
    forget_at_ = tools_.clock.now() + forget_every;
    auto forgotten = co_await forget_rows(*connection_, settings_.canary.keep, settings_.postgres->timeout);
    if (!forgotten) say_once(forgotten.error().what);
  }
}

// The connection that is kept takes one statement at a time, and whoever looks may have one under way.
Task<core::Outcome<sql::Rows>> ServerWatch::ask_apart(std::string statement) {
  if (!settings_.postgres) co_return core::fail(core::Errc::unavailable, "no database is configured");
  const core::Duration limit = settings_.postgres->timeout;
  auto opened = co_await tools_.driver.connect(settings_.postgres->dsn, "outrider", limit);
  if (!opened) co_return core::fail(opened.error());
  auto rows = co_await (*opened)->ask(std::move(statement), limit);
  co_return rows;
}

Task<core::Outcome<wal::Lsn>> ServerWatch::make_point(std::string name) {
  auto may = co_await ask_apart(
      "SELECT has_function_privilege('pg_create_restore_point(text)', 'EXECUTE')"
      " AND has_function_privilege('pg_switch_wal()', 'EXECUTE') AS may");
  if (!may) co_return core::fail(core::Errc::denied, may.error().what, may.error().hint);
  if (!may->truth(0, "may").value_or(false))
    co_return core::fail(core::Errc::denied, "the role that outrider uses may not make restore points",
                         "outrider setup postgres --restore-points --apply");
  auto made = co_await ask_apart("SELECT pg_create_restore_point('" + name + "') AS lsn");
  if (!made) co_return core::fail("cannot make the restore point", made.error());
  const auto lsn = wal::parse_lsn(made->text(0, "lsn").value_or(""));
  if (!lsn) co_return core::fail(core::Errc::internal, "cannot read where the restore point is");
  auto switched = co_await switch_wal();
  if (!switched) co_return core::fail(core::Errc::unavailable, switched.error().what);  // it is made
  co_return *lsn;
}

Task<std::string> ServerWatch::log_file() {
  auto rows = co_await ask_apart("SELECT pg_current_logfile() AS path");
  co_return rows ? rows->text(0, "path").value_or("") : std::string();
}

Task<core::Outcome<>> ServerWatch::switch_wal() {
  auto done = co_await ask_apart("SELECT pg_switch_wal()");
  if (!done) co_return core::fail("cannot switch WAL", done.error());
  co_return core::Outcome<>();
}

Task<core::Outcome<std::string>> ServerWatch::cap_slots(std::uint64_t bytes) {
  constexpr std::uint64_t mib = 1 << 20;
  const std::string grants = "outrider setup postgres --slot-cap --apply";
  auto may = co_await ask_apart("SELECT has_function_privilege('pg_reload_conf()', 'EXECUTE') AS may");
  if (!may) co_return core::fail(may.error());
  if (!may->truth(0, "may").value_or(false))
    co_return core::fail(core::Errc::denied, "the role that outrider uses may not reload the configuration",
                         grants);
  auto set = co_await ask_apart(fmt::format("ALTER SYSTEM SET max_slot_wal_keep_size = '{}MB'",
                                            std::max<std::uint64_t>(bytes / mib, 1)));
  if (!set)
    co_return core::fail(core::Error(set.error().code, "cannot cap slots: " + set.error().what, grants));
  auto reloaded = co_await ask_apart("SELECT pg_reload_conf()");
  if (!reloaded) co_return core::fail("slots are capped at the next reload only", reloaded.error());
  for (int look = 0; look < most_looks_for_cap; ++look) {
    auto shown = co_await ask_apart(
        "SELECT setting <> '-1' AS capped, current_setting(name) AS cap FROM pg_catalog.pg_settings"
        " WHERE name = 'max_slot_wal_keep_size'");
    if (shown && shown->truth(0, "capped").value_or(false))
      co_return "max_slot_wal_keep_size is " + shown->text(0, "cap").value_or("");
    co_await tools_.clock.sleep(between_looks_for_cap);
  }
  co_return core::fail(core::Errc::timed_out, "the server was told to cap slots, and does not show it");
}

}  // namespace outrider::recovery
