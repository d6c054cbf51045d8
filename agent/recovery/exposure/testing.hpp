// For this room's tests: a primary, its archive and its backups, each of which can be ruined.
#pragma once

#include "agent/recovery/evidence/testing.hpp"
#include "agent/recovery/exposure/exposure.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::recovery::testing {

inline constexpr const char* catalog_name = "pgbackrest stanza main";

inline catalogs::BackupSet full_backup(std::string label, core::WallTime stopped, wal::Lsn start,
                                       std::uint64_t bytes = 1024 * mib) {
  catalogs::BackupSet set;
  set.label = std::move(label);
  set.started = stopped - 5min;
  set.stopped = stopped;
  set.start_lsn = start;
  set.stop_lsn = wal::Lsn{start.value + 0x100};
  set.first_wal = set.last_wal = segment_at(start);
  set.database_bytes = bytes;
  set.stored_bytes = bytes / 4;
  set.complete = true;
  set.system_id = ours;
  return set;
}

inline DrillRecord proof(core::WallTime ended, std::string set, Level level = Level::asserted) {
  DrillRecord record;
  record.id = "20261121-090000";
  record.finding = Finding::proven;
  record.level = level;
  record.sentence = "proven";
  record.started = ended - 2min;
  record.ended = ended;
  record.cut = record.started;
  record.catalog = catalog_name;
  record.set = std::move(set);
  record.system_id = ours;
  record.reached = wal::Lsn{0x5000148};
  record.proven_rpo = 12s;
  record.phases = {{"find", 1s},    {"fetch", 60s},  {"start", 2s},
                   {"replay", 30s}, {"promote", 1s}, {"verify", 9s}};
  record.restored_bytes = 1024 * mib;
  record.replayed_bytes = 1200 * mib;
  record.replayed_segments = 75;
  return record;
}

struct World {
  Watched server;
  catalogs::Listing listing;
  ChainReport chain;
  std::optional<CheckedReach> checked;
  std::vector<BrokenLink> broken;
  std::vector<DrillRecord> drills;
  std::vector<AcknowledgedCanary> canaries;
  core::WallTime listed{};
  std::string trouble;
  core::WallTime now = noon;
  Objectives objectives;

  World() {
    listing.tool = "pgbackrest 2.45";
    listing.system_id = ours;
    listing.sets.push_back(full_backup("20261121-060000F", noon - 6h, wal::Lsn{0x2000028}));
    for (std::uint64_t number = 2; number < 5; ++number) store(number, noon - 1h);
    drills.push_back(proof(noon - 3h, "20261121-060000F"));
  }

  void store(std::uint64_t number, core::WallTime when) {
    catalogs::ArchivedFile file;
    file.name = wal::segment_name({1, number}, 16 * mib);
    file.object = file.name;
    file.stored_bytes = 16 * mib;
    file.stored = when;
    listing.wal.push_back(file);
  }
  void lose(std::uint64_t number) {
    const std::string name = wal::segment_name({1, number}, 16 * mib);
    std::erase_if(listing.wal, [&name](const catalogs::ArchivedFile& file) { return file.name == name; });
  }

  void look(Evidence evidence) {
    now = evidence.taken;
    (void)server.look(std::move(evidence));
  }
  void list() {
    listed = now;
    const ChainView view{listing, 16 * mib,   wal::lone_timeline(1), server.last.written, now,
                         10s,     chain.holes};
    chain = walk_chain(view);
  }

  ExposureView view() {
    ExposureView out;
    if (server.last.version != 0) out.evidence = &server.last;
    out.track = &server.track;
    CatalogView catalog;
    catalog.target = catalog_name;
    catalog.listing = &listing;
    catalog.chain = &chain;
    catalog.checked = checked ? &*checked : nullptr;
    catalog.broken = &broken;
    catalog.listed = listed;
    catalog.trouble = trouble;
    out.catalogs.push_back(catalog);
    out.drills = &drills;
    out.canaries = &canaries;
    out.objectives = objectives;
    out.now = now;
    return out;
  }
  Exposure exposure() { return expose(view()); }
};

}  // namespace outrider::recovery::testing
