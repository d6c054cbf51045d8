// For tests: a drill of a simulated site, with everything around it.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/recovery/chain/chain_kit.hpp"
#include "agent/recovery/drill/drill.hpp"
#include "agent/recovery/fingerprint/actors/keeper.hpp"
#include "agent/recovery/fingerprint/actors/sim_source.hpp"
#include "agent/recovery/ground/sim_ground.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace outrider::recovery {

class SimCatalog final : public catalogs::Catalog {
 public:
  SimCatalog(os::SimClock& clock, const SimSite& site) : clock_(clock), site_(site) {
    kit_.segment_bytes = sim_segment_bytes;
    kit_.segments(site.first, site.last);
    if (site.ruin.hole) kit_.remove(kit_.name(*site.ruin.hole));
    kit_.set("20261121-120000F", site.first, site.first + 1).system_id = sim_system;
    kit_.listing.system_id = sim_system;
  }
  core::Task<core::Outcome<catalogs::Listing>> list(core::Duration limit) override {
    co_await clock_.sleep(site_.step);
    const auto fault = site_.trouble.calls.find("list");
    if (fault == site_.trouble.calls.end() || fault->second == SimFault::none) co_return kit_.listing;
    if (fault->second == SimFault::hangs) co_await clock_.sleep(limit);
    co_return core::fail(core::Errc::timed_out, "the repository does not answer");
  }
  core::Task<core::Outcome<std::string>> read_wal(catalogs::ArchivedFile, std::uint64_t,
                                                  core::Duration) override {
    co_return core::fail(core::Errc::not_found, "it is not there");
  }
  core::Outcome<std::vector<catalogs::Step>> restore(const catalogs::BackupSet&, const std::string&,
                                                     bool) const override {
    return std::vector<catalogs::Step>{{"restore it", {"restore"}, {}}};
  }
  core::Outcome<catalogs::FetchPlan> fetch_wal() const override {
    return catalogs::FetchPlan{{"get", "%f", "%p"}, {}, {1}};
  }
  core::Outcome<catalogs::Step> backup(catalogs::BackupKind) const override {
    return core::fail(core::Errc::unsupported, "not here");
  }
  std::string target() const override { return "simulated"; }

 private:
  os::SimClock& clock_;
  SimSite site_;
  ListingKit kit_;
};

struct Ran {
  std::optional<DrillRecord> record;  // nothing when it was cancelled
  bool cancelled = false;
  int teardowns = 0;
  int calls_after_teardown = 0;
  bool kept = false;
  bool trouble_told = false;
  bool ended = false;
};

inline core::Task<void> keeper_saves(HashKeeper& keeper) {
  const auto saved = co_await keeper.save();
  EXPECT_TRUE(saved);
}

inline core::Task<void> drill_and_note(DrillTools tools, DrillOrder order, Source source, Ran& ran) {
  co_await tools.hashes->prepare();
  ran.cancelled = true;
  ran.record = co_await run_drill(tools, std::move(order), std::move(source));
  ran.cancelled = false;
}

inline DrillOrder everything() {
  DrillOrder order;
  order.checks = {Ask::manifest,  Ask::canary,  Ask::lengths,    Ask::rows,
                  Ask::checksums, Ask::amcheck, Ask::collations, Ask::hashes};
  order.statements = {{"postgres", "SELECT good FROM users_own"}};
  order.limit = std::chrono::minutes(5);
  order.keep_data = true;
  return order;
}

// Hashed at the twelfth segment, and again long after the end of the archive.
inline SimSourceState usual_source() {
  SimSourceState state;
  state.passes = {wal::Lsn{12 * sim_segment_bytes}, wal::Lsn{100 * sim_segment_bytes}};
  state.system = sim_system;
  return state;
}

inline Ran drill(const SimSite& site, std::optional<core::Duration> cancel_after = {},
                 SimSourceState state = usual_source(), int drills_before = 0,
                 DrillOrder order = everything()) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  SimCatalog catalog(clock, site);
  SimGround ground(clock, site);
  Source source;
  source.system_id = sim_system;
  source.segment_bytes = sim_segment_bytes;
  for (std::uint64_t id = 1; id <= sim_canaries; ++id) {
    source.acknowledged.push_back({id, clock.wall() - std::chrono::seconds(100) + std::chrono::seconds(id),
                                   wal::Lsn{id * 100}, 1, "hash" + std::to_string(id)});
  }
  os::SimFiles files;
  const auto pool = async::make_inline_pool(loop.get_executor());
  SimSource primary(clock, std::move(state));
  HashKeeper keeper({*pool, files, "/hashes", {clock, primary, "dbname=postgres"}}, HashSettings{});
  Ran ran;
  async::Nursery nursery(loop.get_executor());
  for (int i = 0; i < drills_before; ++i) {
    nursery.start(keeper.prepare());
    clock.settle();
    nursery.start(keeper_saves(keeper));
    clock.advance(std::chrono::hours(2));
  }
  const Progress nobody = [](const std::string&, const std::string&) {};
  nursery.start(drill_and_note(DrillTools{clock, catalog, ground, nobody, {}, &keeper}, std::move(order),
                               std::move(source), ran));
  const core::Instant end = clock.now() + std::chrono::hours(4);
  if (cancel_after) {
    clock.advance(*cancel_after);
    nursery.cancel();
  }
  while (nursery.size() > 0 && clock.now() < end) clock.advance(std::chrono::seconds(1));
  ran.ended = nursery.size() == 0;
  nursery.cancel();
  clock.settle();
  clock.advance(std::chrono::hours(1));
  ran.teardowns = ground.teardowns;
  ran.calls_after_teardown = ground.calls_after_teardown;
  ran.kept = ground.kept;
  ran.trouble_told = ground.trouble_told;
  return ran;
}

}  // namespace outrider::recovery
