#include "agent/catalogs/base_backup/base_backup.hpp"

#include "agent/catalogs/base_backup/folder.hpp"
#include "agent/catalogs/wal_folder.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <utility>

namespace outrider::catalogs::base_backup {
namespace {

struct Seen {
  Listing listing;
  std::map<std::string, Layout, std::less<>> layouts;
};

// Blocks. What may not be read is a trouble, and known no more.
Seen look(const Settings& settings, os::Files& files, const os::TreeBounds& bounds) {
  Seen seen;
  Listing& listing = seen.listing;
  listing.archives_wal = !settings.archive.empty();
  WalFacts facts;
  if (listing.archives_wal) {
    core::Outcome<std::vector<ArchivedFile>> wal = list_wal_folder(settings.archive, bounds);
    if (wal) {
      facts = facts_of_wal(settings.archive, *wal);
      listing.wal = std::move(*wal);
    } else {
      listing.wal_known = false;
      listing.troubles.push_back(wal.error().what);
    }
  }
  const std::uint64_t segment_bytes =
      facts.segment_bytes == 0 ? wal::usual_segment_bytes : facts.segment_bytes;
  const core::Outcome<std::vector<std::string>> labels = os::list_folders(settings.directory, {});
  if (!labels) {
    listing.sets_known = false;
    listing.troubles.push_back(labels.error().what);
    return seen;
  }
  for (const std::string& label : *labels) {
    if (bounds.late && bounds.late()) {
      listing.sets_known = false;
      listing.troubles.push_back("cannot look at the backups in " + settings.directory +
                                 " in the time given");
      break;
    }
    core::Outcome<std::optional<Found>> found =
        look_at_backup(files, settings.directory, label, segment_bytes, bounds);
    if (!found) {
      listing.sets_known = false;
      listing.troubles.push_back(found.error().what);
    } else if (*found) {
      seen.layouts[label] = std::move((*found)->layout);
      listing.sets.push_back(std::move((*found)->set));
    }
  }
  std::stable_sort(listing.sets.begin(), listing.sets.end(),
                   [](const BackupSet& a, const BackupSet& b) { return a.stopped < b.stopped; });
  for (const BackupSet& set : listing.sets) {
    if (set.system_id) listing.system_id = set.system_id;
  }
  if (!listing.system_id) listing.system_id = facts.system_id;
  return seen;
}

class BaseBackups final : public Catalog {
 public:
  BaseBackups(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Outcome<Listing>> list(core::Duration limit) override {
    os::TreeBounds bounds;
    const core::Instant end = tools_.clock.now() + limit;
    bounds.late = [this, end] { return tools_.clock.now() >= end; };
    const auto work = [&] { return look(settings_, tools_.files, bounds); };
    Seen seen = co_await async::offload(tools_.pool, work);
    layouts_ = std::move(seen.layouts);
    co_return std::move(seen.listing);
  }

  core::Task<core::Outcome<std::string>> read_wal(ArchivedFile file, std::uint64_t limit_bytes,
                                                  core::Duration) override {
    if (settings_.archive.empty()) co_return core::fail(no_archive());
    const auto work = [&] { return os::read_beneath(settings_.archive, file.object, limit_bytes); };
    co_return co_await async::offload(tools_.pool, work);
  }

  core::Outcome<std::vector<Step>> restore(const BackupSet& set, const std::string& directory,
                                           bool reuse) const override {
    const auto layout = layouts_.find(set.label);
    if (layout == layouts_.end()) {
      return core::fail(core::Errc::not_found,
                        "cannot restore " + set.label + ": it was not in the last listing");
    }
    if (!set.complete) {
      return core::fail(core::Errc::invalid, "cannot restore " + set.label + ": " + set.trouble);
    }
    return restore_steps(settings_.directory + "/" + set.label, set.label, layout->second, directory, reuse);
  }

  core::Outcome<FetchPlan> fetch_wal() const override {
    if (settings_.archive.empty()) return core::fail(no_archive());
    return fetch_from_folder(settings_.archive);
  }

  core::Outcome<Step> backup(BackupKind) const override {
    return core::fail(core::Errc::unsupported,
                      "cannot take a backup with pg_basebackup: it does not know the server's address",
                      "let its own timer take it");
  }

  std::string target() const override { return "pg_basebackup in " + settings_.directory; }

 private:
  core::Error no_archive() const {
    return {core::Errc::unsupported, "no archived WAL belongs to the backups in " + settings_.directory,
            "name its folder as `archive`"};
  }

  Settings settings_;
  Tools tools_;
  std::map<std::string, Layout, std::less<>> layouts_;  // of the last listing
};

}  // namespace

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools) {
  return std::make_unique<BaseBackups>(std::move(settings), tools);
}

}  // namespace outrider::catalogs::base_backup
