// How the watch keeps its proof standby: what it tells it, and how it goes.
#include "agent/recovery/watch/watch.hpp"

#include <utility>

namespace outrider::recovery {

GroundSettings standby_ground_settings(const StandbySettings& standby, const DrillSettings& drill) {
  constexpr core::Duration stop_limit = std::chrono::seconds(15);
  GroundSettings ground = ground_settings(drill, true);
  ground.scratch = standby.directory;
  ground.niceness = static_cast<int>(standby.niceness);
  ground.standby = true;
  ground.network = NetworkCut::shared;  // its restore_command fetches for itself, for months
  ground.fetch_ahead = false;
  ground.stop_limit = stop_limit;
  return ground;
}

StandbySurroundings Watch::around_standby() const {
  const CatalogWatch& catalog = *catalogs_.front();
  StandbySurroundings around;
  around.listing = catalog.listing() ? &*catalog.listing() : nullptr;
  around.chain = catalog.chain() ? &*catalog.chain() : nullptr;
  around.trouble = catalog.view().trouble;
  around.canaries = &server_.canaries();
  if (const auto& evidence = server_.evidence()) around.system_id = evidence->system_id;
  around.drilling = drilling_;
  return around;
}

void Watch::make_standby() {
  if (!settings_.proof_standby || catalogs_.empty()) return;
  StandbyTools tools{tools_.clock,
                     tools_.journal,
                     tools_.events,
                     tools_.log,
                     catalogs_.front()->catalog(),
                     [this] { return around_standby(); },
                     [this] { refresh(); }};
  auto ground = tools_.make_ground(standby_ground_settings(*settings_.proof_standby, settings_.drill));
  standby_ = std::make_unique<Standby>(std::move(tools), std::move(ground), *settings_.proof_standby,
                                       settings_.drill);
}

core::Task<void> Watch::remove_standby() {
  if (standby_) co_await standby_->remove();
}

}  // namespace outrider::recovery
