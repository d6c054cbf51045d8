#include "agent/recovery/drill/choose.hpp"

#include "agent/core/text.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using catalogs::BackupSet;

constexpr std::uint64_t segments_on_the_way = 24;  // fetched ahead, and kept by the server

// A segment's name without its timeline: the same place of the log, whoever wrote it.
std::string_view place_of(std::string_view name) {
  constexpr std::size_t timeline_digits = 8;
  return name.size() < timeline_digits ? std::string_view() : name.substr(timeline_digits);
}

bool reaches_back(const BackupSet& set, const RecoveryTarget& target) {
  if (const auto lsn = target.lsn ? target.lsn : target.lies_at) return set.stop_lsn && *set.stop_lsn <= *lsn;
  if (target.time) return set.stopped <= *target.time;
  return true;
}

const BackupSet* newest_for(const catalogs::Listing& listing, const ChainReport& chain,
                            const RecoveryTarget& target) {
  // In a real disaster one takes the set that leads furthest, so that is the one to be proven.
  if (target.is_end() && chain.newest && *chain.newest < listing.sets.size())
    return &listing.sets[*chain.newest];
  const BackupSet* best = nullptr;
  for (const auto& set : listing.sets) {
    if (set.complete && rolls_forward(set.kind) && reaches_back(set, target)) best = &set;
  }
  return best;
}

tl::expected<const BackupSet*, Stop> set_of(const catalogs::Listing& listing, const ChainReport& chain,
                                            const DrillOrder& order) {
  if (order.set.empty()) {
    if (const auto* set = newest_for(listing, chain, order.target)) return set;
    const bool any = std::any_of(listing.sets.begin(), listing.sets.end(),
                                 [](const BackupSet& set) { return set.complete; });
    if (any) return could_not_verify("no backup set is old enough to be recovered to " + order.target.text());
    return disproved(listing.sets.empty() ? "there is no backup set" : "there is no complete backup set");
  }
  for (const auto& set : listing.sets) {
    if (set.label != order.set) continue;
    if (!set.complete) return disproved("backup set " + set.label + " is not complete");
    if (!reaches_back(set, order.target)) {
      return could_not_verify(fmt::format("backup set {} ended after {}", set.label, order.target.text()));
    }
    return &set;
  }
  return could_not_verify("there is no backup set " + order.set);
}

}  // namespace

std::string RecoveryTarget::text() const {
  if (lsn) return lsn->text();
  if (time) return core::show_time(*time);
  if (!name.empty()) return "restore point " + name;
  return "the end of the archive";
}

tl::expected<Choice, Stop> choose(const catalogs::Listing& listing, const ChainReport& chain,
                                  const DrillOrder& order, const Source& source) {
  if (source.system_id && listing.system_id && *source.system_id != *listing.system_id) {
    return disproved(
        fmt::format("the repository holds another cluster: its system identifier is {}, the database's is {}",
                    *listing.system_id, *source.system_id));
  }
  // What could not be read is not missing.
  if (!listing.sets_known || (listing.archives_wal && !listing.wal_known)) {
    return could_not_verify(listing.troubles.empty() ? "the catalog could not be read whole"
                                                     : listing.troubles.front());
  }
  const auto found = set_of(listing, chain, order);
  if (!found) return tl::unexpected<Stop>(found.error());
  Choice choice;
  choice.set = **found;
  for (const auto& file : listing.wal) {
    const auto name = wal::read_name(file.name);
    if (!name) continue;
    const bool segment = name->kind == wal::NameKind::segment;
    // Names sort by timeline first, so an older timeline's later segments are kept, too: they may be the way.
    const bool needed = !segment || place_of(file.name) >= place_of(choice.set.first_wal);
    if (needed) choice.archive.push_back(file.name);
  }
  for (const PathLink& link : chain.path) {
    if (link.file >= listing.wal.size()) continue;
    const std::string& name = listing.wal[link.file].name;
    if (place_of(name) >= place_of(choice.set.first_wal)) choice.way.push_back(name);
  }
  if (chain.history_known) choice.timeline = chain.history.timeline;
  return choice;
}

std::uint64_t segments_behind(const Choice& choice, const std::string& absent) {
  const std::string_view place = place_of(absent);
  if (place.empty()) return 0;
  std::set<std::string_view> places;
  // Other branches lead elsewhere, and do not count where the way is known.
  for (const auto& name : choice.way.empty() ? choice.archive : choice.way) {
    const auto read = wal::read_name(name);
    if (read && read->kind == wal::NameKind::segment && place_of(name) > place) places.insert(place_of(name));
  }
  return places.size();
}

std::uint64_t needed_bytes(const Choice& choice, std::uint64_t segment_bytes) {
  if (choice.set.database_bytes == 0) return 0;
  return choice.set.database_bytes + choice.set.database_bytes / 10 + segments_on_the_way * segment_bytes;
}

}  // namespace outrider::recovery
