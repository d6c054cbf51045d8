// Puts a Snapshot together from what the watcher keeps. Pure.
#pragma once

#include "agent/recovery/exposure/catalog_judge.hpp"
#include "agent/recovery/gate/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

// `view.checked` and `view.broken` are taken from `verified` when it is there.
struct CatalogSource {
  CatalogView view;
  const VerifierReport* verified = nullptr;
  CatalogPolicy policy;
};

struct Sources {
  std::string cluster;
  ExposureView exposure;  // its `catalogs` are taken from below
  std::vector<CatalogSource> catalogs;
  Judgements server;  // judge(), settled
  const Minutes* minutes = nullptr;
};

Snapshot assemble(Sources sources);

// Of the catalog that the main path goes through, for the set that it would restore.
ForecastView forecast_view(const Exposure& exposure, const ExposureView& view);

}  // namespace outrider::recovery
