#include "agent/recovery/watch/catalog_watch.hpp"

#include "agent/recovery/chain/history.hpp"
#include "agent/recovery/exposure/catalog_judge.hpp"

#include <utility>

namespace outrider::recovery {
namespace {

using core::Task;

constexpr core::Duration list_limit = std::chrono::minutes(5);
constexpr core::Duration history_limit = std::chrono::seconds(30);

}  // namespace

CatalogWatch::CatalogWatch(VerifierTools tools, core::Log& log, std::unique_ptr<catalogs::Catalog> catalog,
                           const std::string& memory_file)
    : tools_(tools),
      log_(log),
      catalog_(std::move(catalog)),
      verifier_(tools, VerifierSettings{memory_file}) {}

Task<void> CatalogWatch::load() {
  const auto loaded = co_await verifier_.load();
  if (!loaded)
    log_.warn("recovery", "What was verified before is read again", {{"why", loaded.error().what}});
}

Task<void> CatalogWatch::turn(const Evidence* evidence) {
  auto listing = co_await catalog_->list(list_limit);
  if (!listing) {
    trouble_ = listing.error().what;
    co_return;
  }
  trouble_.clear();
  listed_ = tools_.clock.wall();
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
                 .now = listed_,
                 .holes = chain_ ? std::move(chain_->holes) : std::vector<Hole>()};
  chain_ = walk_chain(view);
  co_await verify();
}

Task<void> CatalogWatch::verify() { verified_ = co_await verifier_.turn(*catalog_, *listing_, *chain_); }

CatalogView CatalogWatch::view() const {
  CatalogView view;
  view.target = catalog_->target();
  view.listing = listing_ ? &*listing_ : nullptr;
  view.chain = chain_ ? &*chain_ : nullptr;
  view.checked = verified_ && verified_->checked ? &*verified_->checked : nullptr;
  view.listed = listed_;
  view.trouble = trouble_;
  return view;
}

CatalogStatus CatalogWatch::status(const ExposureView& all, core::WallTime now) const {
  CatalogStatus status;
  const CatalogView seen = view();
  status.target = seen.target;
  status.listed = listed_;
  status.trouble = trouble_;
  const std::optional<std::uint64_t> system_id = all.evidence ? all.evidence->system_id : std::nullopt;
  status.judgements = judge_catalog(seen, CatalogPolicy(), system_id, now);
  if (listing_) {
    status.tool = listing_->tool;
    status.archives_wal = listing_->archives_wal;
    status.sets = listing_->sets.size();
    for (const auto& set : listing_->sets) {
      if (!set.complete) continue;
      status.newest = set.label;
      status.newest_kind = catalogs::name_of(set.kind);
      status.newest_stopped = set.stopped;
      if (!status.oldest_restorable) status.oldest_restorable = set.stopped;
    }
    status.next_due = rhythm_of(*listing_, std::nullopt).due;
  }
  if (chain_) {
    status.listed_to = chain_->listed;
    status.gaps = chain_->gaps;
    status.chain_troubles = chain_->troubles;
  }
  if (verified_) {
    status.checked_to = verified_->checked;
    status.verified = verified_->verified;
    status.unverified = verified_->unverified;
    for (const auto& link : verified_->broken) status.broken.push_back(link.segment);
  }
  return status;
}

}  // namespace outrider::recovery
