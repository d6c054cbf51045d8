// A restore point that is made and proven before something is done that may have to be undone.
#include "agent/core/text.hpp"
#include "agent/recovery/chain/history.hpp"
#include "agent/recovery/point/book.hpp"
#include "agent/recovery/watch/watch.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::recovery {

using core::Errc;
using core::Outcome;
using core::Task;

namespace {

constexpr core::Duration archive_limit = std::chrono::minutes(10);
constexpr core::Duration list_limit = std::chrono::minutes(5);
constexpr core::Duration between_lists = std::chrono::seconds(1);

PointBook book_in(os::Files& files, const std::string& folder) { return {files, folder + "/restore-points"}; }

}  // namespace

Task<Outcome<DrillRecord>> Watch::prove_point(DrillOrder order, std::string name, std::string actor,
                                              Progress progress) {
  if (catalogs_.empty()) co_return core::fail(Errc::invalid, "cannot drill: no backups are configured");
  if (drilling_) co_return core::fail(Errc::busy, "cannot drill: a drill is under way");
  progress("point", "making restore point " + name);
  auto made = co_await make_point(name, actor);
  if (!made) co_return core::fail(made.error());
  auto there = co_await wait_for_archive(catalogs_.at(order.catalog)->catalog(), *made, progress);
  if (!there) co_return core::fail(there.error());
  order.target = RecoveryTarget();
  order.target.name = made->name;
  order.target.lies_at = made->lsn;
  order.promote = false;
  std::string reason = "to restore point " + name;
  co_return co_await drill(std::move(order), std::move(actor), std::move(reason), std::move(progress));
}

Task<Outcome<RestorePoint>> Watch::make_point(std::string name, std::string actor) {
  if (auto trouble = trouble_with_point_name(name)) co_return core::fail(Errc::invalid, std::move(*trouble));
  const auto& evidence = server_.evidence();
  if (!evidence || !evidence->system_id)
    co_return core::fail(Errc::unavailable, "cannot make a restore point: the database cannot be looked at" +
                                                (server_.trouble().empty() ? "" : ": " + server_.trouble()));
  if (evidence->in_recovery.value_or(true))
    co_return core::fail(Errc::refused,
                         "cannot make a restore point: that is for the primary, and this is none");
  const std::uint64_t system = *evidence->system_id;
  PointBook book = book_in(tools_.files, options_.folder);
  auto taking = [&] { return book.take(system, name); };
  auto taken = co_await async::offload(tools_.pool, taking);
  if (!taken) co_return core::fail(taken.error());
  core::Deed deed{std::move(actor), "make a restore point", options_.cluster, name};
  const auto intent = co_await tools_.journal.intend(std::move(deed));
  auto made = intent ? Outcome<wal::Lsn>() : Outcome<wal::Lsn>(core::fail(intent.error()));
  if (intent) {
    made = co_await server_.make_point(name);
    std::string result = made ? "it is at " + made->text() : made.error().what;
    (void)co_await tools_.journal.conclude(*intent, made.has_value(), std::move(result));
  }
  const bool surely_not = !intent || (!made && made.error().code == Errc::denied);
  RestorePoint point{name, made.value_or(wal::Lsn{})};
  auto noting = [&]() -> Outcome<> {
    if (surely_not) book.give_back(system, name);
    return made ? book.write(system, point) : Outcome<>();
  };
  auto noted = co_await async::offload(tools_.pool, noting);
  if (!made) co_return core::fail(made.error());
  if (!noted) co_return core::fail("the restore point is made, and cannot be noted", noted.error());
  co_return point;
}

Task<Outcome<>> Watch::wait_for_archive(catalogs::Catalog& catalog, RestorePoint point, Progress progress) {
  const core::Instant late = tools_.clock.now() + archive_limit;
  const Evidence evidence = *server_.evidence();
  for (;;) {
    auto listing = co_await catalog.list(list_limit);
    std::string state = listing ? "it holds no WAL that a backup leads to" : listing.error().what;
    if (listing) {
      auto history = co_await read_newest_history(catalog, *listing, list_limit);
      ChainView view{.listing = *listing,
                     .segment_bytes = evidence.segment_bytes,
                     .history = history ? std::optional(*history) : std::nullopt,
                     .written = std::nullopt,
                     .now = tools_.clock.wall(),
                     .holes = {}};
      const ChainReport chain = walk_chain(view);
      if (chain.listed && chain.listed->lsn >= point.lsn) co_return Outcome<>();
      if (chain.listed) state = fmt::format("it reaches {} without a gap", chain.listed->lsn.text());
    }
    progress("archive",
             fmt::format("waiting for {}, where the restore point is: {}", point.lsn.text(), state));
    if (tools_.clock.now() > late) {
      co_return core::fail(
          Errc::timed_out,
          fmt::format("restore point {} is made at {}, but the archive did not get it within {}: {}",
                      point.name, point.lsn.text(), core::show_duration(archive_limit), state),
          "see outrider check archive; then outrider drill --to-point " + point.name);
    }
    co_await tools_.clock.sleep(between_lists);
  }
}

// A restore point of ours that is drilled to again is known by its place as well.
Task<void> Watch::look_up_point(RecoveryTarget& target) {
  const auto& evidence = server_.evidence();
  if (target.name.empty() || target.lies_at || !evidence || !evidence->system_id) co_return;
  PointBook book = book_in(tools_.files, options_.folder);
  auto job = [&] { return book.find(*evidence->system_id, target.name); };
  const auto point = co_await async::offload(tools_.pool, job);
  if (point) target.lies_at = point->lsn;
}

}  // namespace outrider::recovery
