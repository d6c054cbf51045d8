#include "agent/recovery/watch/catalog_watch.hpp"

#include "agent/recovery/chain/history.hpp"

#include <algorithm>
#include <utility>

namespace outrider::recovery {
namespace {

using core::Task;

constexpr core::Duration list_limit = std::chrono::minutes(5);
constexpr core::Duration history_limit = std::chrono::seconds(30);

// Uploads may overtake each other, but a segment that is a whole archive_timeout behind its successor is not
// on its way any more.
core::Duration tolerance_of(const Evidence* evidence) {
  constexpr core::Duration least = std::chrono::seconds(5), most = std::chrono::minutes(2);
  const auto timeout = evidence ? duration_setting(*evidence, "archive_timeout") : std::nullopt;
  if (!timeout || *timeout == core::Duration{}) return most;
  return std::clamp(*timeout, least, most);
}

}  // namespace

CatalogWatch::CatalogWatch(VerifierTools tools, core::Log& log, std::unique_ptr<catalogs::Catalog> catalog,
                           const std::string& memory_file, std::uint64_t budget_bytes)
    : tools_(tools),
      log_(log),
      catalog_(std::move(catalog)),
      verifier_(tools, VerifierSettings{memory_file, budget_bytes}) {}

Task<void> CatalogWatch::load() {
  const auto loaded = co_await verifier_.load();
  if (!loaded)
    log_.warn("recovery", "What was verified before is read again", {{"why", loaded.error().what}});
}

Task<void> CatalogWatch::turn(const Evidence* evidence, std::optional<wal::Lsn> claimed) {
  const core::WallTime began = tools_.clock.wall();
  auto listing = co_await catalog_->list(list_limit);
  if (!listing) {
    trouble_ = listing.error().what;
    co_return;
  }
  trouble_.clear();
  listed_ = began;
  listing_ = std::move(*listing);
  if (!listing_->archives_wal) {
    chain_.reset();
    co_return;
  }
  auto history = co_await read_newest_history(*catalog_, *listing_, history_limit);
  ChainView view{.listing = *listing_,
                 .segment_bytes = evidence ? evidence->segment_bytes : 0,
                 .history = history ? std::optional(*history) : std::nullopt,
                 .written = evidence ? evidence->written : std::nullopt,
                 .now = tools_.clock.wall(),
                 .tolerance = tolerance_of(evidence),
                 .holes = chain_ ? std::move(chain_->holes) : std::vector<Hole>(),
                 .claimed = claimed};
  chain_ = walk_chain(view);
  co_await verify();
}

Task<void> CatalogWatch::verify() { verified_ = co_await verifier_.turn(*catalog_, *listing_, *chain_); }

CatalogView CatalogWatch::view() const {
  CatalogView view;
  view.target = catalog_->target();
  view.listing = listing_ ? &*listing_ : nullptr;
  view.chain = chain_ ? &*chain_ : nullptr;
  view.listed = listed_;
  view.settles_within = catalog_->settles_within();
  view.trouble = trouble_;
  return view;
}

CatalogSource CatalogWatch::source() const {
  CatalogSource source;
  source.view = view();
  source.verified = verified_ ? &*verified_ : nullptr;
  return source;
}

}  // namespace outrider::recovery
