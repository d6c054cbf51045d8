#include "agent/recovery/exposure/catalog_judge.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using catalogs::BackupKind;
using catalogs::BackupSet;
using catalogs::Listing;
using core::show_age;
using core::show_bytes;

constexpr core::Duration clocks_differ = 5min;
constexpr core::Duration may_still_run = 24h;

template <class T>
T middle(std::vector<T> values, double share = 0.5) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

std::string id_of(std::string_view what, const CatalogView& catalog) {
  return fmt::format("backup.{}:{}", what, catalog.target);
}

const BackupSet* newest_complete(const Listing& listing) {
  for (auto set = listing.sets.rbegin(); set != listing.sets.rend(); ++set) {
    if (set->complete) return &*set;
  }
  return nullptr;
}

// What a restore of it would write; for a full one or a dump, what it takes in the repository will do.
std::uint64_t size_of(const BackupSet& set) {
  if (set.database_bytes > 0) return set.database_bytes;
  const bool whole = set.kind == BackupKind::full || !rolls_forward(set.kind);
  return whole ? set.stored_bytes : 0;
}

void judge_size(const CatalogView& catalog, const BackupSet& newest, const CatalogPolicy& policy,
                Judgements& found) {
  std::vector<std::uint64_t> others;
  for (const BackupSet& set : catalog.listing->sets) {
    if (&set == &newest || !set.complete || set.kind != newest.kind || size_of(set) == 0) continue;
    others.push_back(size_of(set));
  }
  if (others.size() > 10) others.erase(others.begin(), others.end() - 10);
  if (others.size() < 2 || size_of(newest) == 0) return;
  const std::uint64_t usual = middle(others);
  if (static_cast<double>(size_of(newest)) >= policy.collapse * static_cast<double>(usual)) return;
  found.push_back({id_of("shrunk", catalog), Severity::critical,
                   fmt::format("suspicious success: {} has {}, where {} was usual", newest.label,
                               show_bytes(size_of(newest)), show_bytes(usual)),
                   "was the right cluster backed up, by the right version of the tool? A drill of it tells"});
}

void judge_rhythm(const CatalogView& catalog, const CatalogPolicy& policy, const BackupSet& newest,
                  core::WallTime now, Judgements& found) {
  const Rhythm rhythm = rhythm_of(*catalog.listing, std::nullopt);
  const core::Duration age = now - newest.stopped;
  if (age > policy.longest_age) {
    found.push_back({id_of("old", catalog), Severity::critical,
                     fmt::format("the newest backup, {}, is {} old", newest.label, show_age(age)),
                     "see why no backup came since; take one now"});
  } else if (rhythm.due && now > *rhythm.due + rhythm.slack) {
    const bool twice = now > *rhythm.due + *rhythm.every + rhythm.slack;
    found.push_back({id_of("missed", catalog), twice ? Severity::critical : Severity::warning,
                     fmt::format("a backup was missed: one came every {}, and the last was {} ago",
                                 show_age(*rhythm.every), show_age(age)),
                     "see the timer or the cron job that begins them"});
  }
}

void judge_newest(const CatalogView& catalog, core::WallTime now, Judgements& found) {
  const BackupSet& last = catalog.listing->sets.back();
  const bool may_run = last.trouble.empty() && now - last.started < may_still_run;
  if (!last.complete && !may_run)
    found.push_back({id_of("failed", catalog), Severity::critical,
                     fmt::format("the last backup, {}, did not end well{}", last.label,
                                 last.trouble.empty() ? std::string() : ": " + last.trouble),
                     "see the tool's log of that run; the one before it is still there"});
  const BackupSet* const newest = newest_complete(*catalog.listing);
  for (const BackupSet& set : catalog.listing->sets) {
    if (!set.damaged) continue;
    const bool the_newest = &set == newest;
    found.push_back(
        {fmt::format("backup.damaged:{}:{}", catalog.target, set.label),
         the_newest ? Severity::critical : Severity::warning,
         fmt::format("{} was made with bad pages in it{}", set.label,
                     set.trouble.empty() ? std::string() : ": " + set.trouble),
         "find the broken relation (the tool's log names it), and keep the last clean backup from "
         "expiring"});
  }
  if (newest != nullptr && newest->stopped > now + clocks_differ)
    found.push_back({id_of("future", catalog), Severity::warning,
                     fmt::format("{} ended {} from now: a clock is wrong", newest->label,
                                 show_age(newest->stopped - now)),
                     "synchronise the clocks of server, backup host and this machine"});
}

void judge_owner(const CatalogView& catalog, std::optional<std::uint64_t> system_id, Judgements& found) {
  if (!system_id) return;
  const Listing& listing = *catalog.listing;
  const bool other = listing.system_id && *listing.system_id != *system_id;
  const auto foreign = std::find_if(listing.sets.rbegin(), listing.sets.rend(), [&](const BackupSet& set) {
    return set.system_id && *set.system_id != *system_id;
  });
  if (other)
    found.push_back(
        {id_of("other_cluster", catalog), Severity::critical,
         fmt::format("{} is of another cluster: system identifier {}, and the server's is {}", catalog.target,
                     *listing.system_id, *system_id),
         "mend the stanza or the server's name; after a pg_upgrade, upgrade the stanza and take a "
         "full backup"});
  else if (foreign != listing.sets.rend() && foreign == listing.sets.rbegin())
    found.push_back({id_of("other_cluster", catalog), Severity::critical,
                     fmt::format("the newest backup, {}, is of another cluster: two servers use {}",
                                 foreign->label, catalog.target),
                     "find the other server and stop its archiving and its backups"});
}

void judge_wal(const CatalogView& catalog, Judgements& found) {
  if (catalog.chain == nullptr) return;
  const BackupSet* const newest = newest_complete(*catalog.listing);
  std::size_t lost = 0;
  std::string which;
  for (std::size_t i = 0; i < catalog.chain->sets.size() && i < catalog.listing->sets.size(); ++i) {
    const SetReach& reach = catalog.chain->sets[i];
    if (!catalog.listing->sets[i].complete || reach.restorable != Answer::no) continue;
    if (&catalog.listing->sets[i] == newest) {
      found.push_back(
          {id_of("unusable", catalog), Severity::critical,
           fmt::format("the newest backup, {}, cannot be restored: {}", reach.label, reach.why),
           "on an idle database SELECT pg_switch_wal() sends its last segment; else take a new one"});
    } else {
      ++lost;
      which = fmt::format("{}: {}", reach.label, reach.why);
    }
  }
  if (lost > 0)
    found.push_back({id_of("lost_sets", catalog), Severity::warning,
                     fmt::format("{} older backups cannot be restored ({})", lost, which), ""});
}

}  // namespace

Rhythm rhythm_of(const Listing& listing, std::optional<BackupKind> kind) {
  std::vector<core::WallTime> began;
  for (const BackupSet& set : listing.sets) {
    if (set.complete && (!kind || set.kind == *kind)) began.push_back(set.started);
  }
  std::sort(began.begin(), began.end());
  Rhythm rhythm;
  if (began.size() < 4) return rhythm;
  std::vector<core::Duration> between;
  for (std::size_t i = 1; i < began.size(); ++i) between.push_back(began[i] - began[i - 1]);
  rhythm.runs = between.size();
  const core::Duration every = middle(between);
  if (every < 1min) return rhythm;
  std::vector<core::Duration> late;
  std::size_t odd = 0;
  for (const core::Duration length : between) {
    late.push_back(std::max(length - every, core::Duration{}));
    odd += length > 3 * every || length < every / 3 ? 1 : 0;
  }
  // By hand, now and then: there is nothing that could be missed.
  if (odd * 3 > between.size()) return rhythm;
  rhythm.every = every;
  rhythm.slack = std::max({middle(late, 0.9) * 3 / 2, every / 4, core::Duration(10min)});
  rhythm.due = began.back() + every;
  return rhythm;
}

Judgements judge_catalog(const CatalogView& catalog, const CatalogPolicy& policy,
                         std::optional<std::uint64_t> system_id, core::WallTime now) {
  Judgements found;
  if (catalog.listing == nullptr) return found;  // exposure tells that it could not be read
  const Listing& listing = *catalog.listing;
  for (std::size_t i = 0; i < listing.troubles.size(); ++i)
    found.push_back(
        {fmt::format("backup.trouble:{}:{}", catalog.target, i), Severity::unknown, listing.troubles[i], ""});
  if (!listing.sets_known) return found;
  if (listing.sets.empty()) {
    found.push_back({id_of("none", catalog), Severity::critical,
                     fmt::format("{} has no backup", catalog.target), "take a full backup"});
    return found;
  }
  judge_newest(catalog, now, found);
  judge_owner(catalog, system_id, found);
  judge_wal(catalog, found);
  if (const BackupSet* const newest = newest_complete(listing)) {
    judge_size(catalog, *newest, policy, found);
    judge_rhythm(catalog, policy, *newest, now, found);
  } else {
    found.push_back({id_of("none_complete", catalog), Severity::critical,
                     fmt::format("{} has no complete backup", catalog.target), "take a full backup"});
  }
  std::stable_sort(found.begin(), found.end(), [](const Judgement& left, const Judgement& right) {
    return left.severity > right.severity;
  });
  return found;
}

}  // namespace outrider::recovery
