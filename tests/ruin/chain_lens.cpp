// What the chain's walker and the verifier say of an archive, restoring nothing, as one line of JSON.
//   chain_lens <configuration>
#include "agent/app/start/real_world.hpp"
#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/os/process.hpp"
#include "agent/os/scratch.hpp"
#include "agent/recovery/chain/history.hpp"
#include "agent/recovery/chain/verifier.hpp"
#include "agent/recovery/drill/drill.hpp"
#include "agent/recovery/evidence/look.hpp"

#include <cstdio>
#include <memory>

#include <boost/json.hpp>

using namespace outrider;
namespace json = boost::json;

namespace {

constexpr core::Duration limit = std::chrono::minutes(2);

struct World {
  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(2);
  std::unique_ptr<os::Files> files = os::make_files();
  std::unique_ptr<os::Processes> processes = os::make_processes();
  std::unique_ptr<sql::Driver> driver = sql::make_driver(*clock, *pool);
};

json::array texts(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

// What is faulty at L1: the tool's own words, sets, gaps, histories.
json::array listed_faults(const catalogs::Listing& listing, const recovery::ChainReport& chain) {
  json::array faults = texts(listing.troubles);
  for (const auto& set : listing.sets) {
    if (!set.trouble.empty()) faults.emplace_back(set.label + ": " + set.trouble);
  }
  for (const auto& set : chain.sets) {
    if (set.restorable != recovery::Answer::yes) faults.emplace_back(set.label + ": " + set.why);
  }
  for (const auto& gap : chain.gaps) faults.emplace_back(gap.what);
  for (const auto& trouble : chain.troubles) faults.emplace_back(trouble);
  if (!listing.archives_wal || !chain.newest) faults.emplace_back("no set leads anywhere");
  return faults;
}

// What the running server knows; all unknown when it cannot be asked.
core::Task<recovery::Source> look_at_source(World& world, const recovery::Settings& settings) {
  recovery::Source source;
  if (!settings.postgres) co_return source;
  std::string dsn = settings.postgres->dsn;
  std::string name = "outrider";
  auto connected =
      co_await world.driver->connect(std::move(dsn), std::move(name), settings.postgres->timeout);
  if (!connected) co_return source;
  const auto evidence = co_await recovery::look(**connected, *world.clock, settings.postgres->timeout);
  if (!evidence) co_return source;
  source.system_id = evidence->system_id;
  source.segment_bytes = evidence->segment_bytes;
  source.written = evidence->written;
  co_return source;
}

core::Task<void> look(World& world, const app::Settings& settings, json::object& said) {
  const recovery::Settings& recovery = *settings.recovery;
  const catalogs::Tools tools{*world.clock, *world.pool, *world.files, *world.processes};
  const auto catalog = recovery.catalogs.front()(tools);
  const recovery::Source source = co_await look_at_source(world, recovery);
  auto listing = co_await catalog->list(limit);
  if (!listing) {
    said["listed"] = json::array{listing.error().what};
    co_return;
  }
  recovery::ChainView view{
      *listing, source.segment_bytes, source.history, source.written, world.clock->wall(), {}, {}};
  json::array faults;
  if (source.system_id && listing->system_id && *source.system_id != *listing->system_id)
    faults.emplace_back("the archive is of another cluster");
  if (auto history = co_await recovery::read_newest_history(*catalog, *listing, limit)) {
    view.history = *history;
  } else {
    faults.emplace_back(history.error().what);
  }
  const recovery::ChainReport chain = recovery::walk_chain(view);
  for (auto& fault : listed_faults(*listing, chain)) faults.push_back(std::move(fault));
  said["listed"] = std::move(faults);
  said["notes"] = texts(chain.notes);
  if (chain.listed) said["listed_to"] = chain.listed->lsn.text();

  os::Scratch scratch;
  recovery::Verifier verifier({*world.clock, *world.pool, *world.files},
                              {scratch / "memory", 4ULL << 30, limit});
  (void)co_await verifier.load();
  const recovery::VerifierReport report = co_await verifier.turn(*catalog, *listing, chain);
  json::array checked = texts(report.troubles);
  for (const auto& link : report.broken) checked.emplace_back(link.segment + ": " + link.fault.what);
  said["checked"] = std::move(checked);
  said["verified"] = report.verified;
}

}  // namespace

int main(int count, char** words) {
  const auto loaded = app::load_settings(count == 2 ? words[1] : "");
  if (!loaded || !loaded.value->recovery || loaded.value->recovery->catalogs.empty()) {
    std::fprintf(stderr, "%s\n", loaded.report.text().c_str());
    return 2;
  }
  World world;
  json::object said;
  async::run_here([&](async::Executor) { return look(world, *loaded.value, said); });
  std::puts(json::serialize(said).c_str());
}
