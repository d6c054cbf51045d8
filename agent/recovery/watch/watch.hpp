// The actor of recovery: looks at the database and its backups, keeps the snapshot that everybody else reads,
// drills when it is time, and does what the remedies allow. Judging is done elsewhere, by pure functions.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/os/lock.hpp"
#include "agent/recovery/alarms/alarm_drill.hpp"
#include "agent/recovery/archiving/trial.hpp"
#include "agent/recovery/exposure/budget.hpp"
#include "agent/recovery/fingerprint/actors/keeper.hpp"
#include "agent/recovery/gate/assemble.hpp"
#include "agent/recovery/remedy/decide.hpp"
#include "agent/recovery/standby/standby.hpp"
#include "agent/recovery/watch/catalog_watch.hpp"
#include "agent/recovery/watch/server_watch.hpp"
#include "agent/recovery/watch/surroundings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

bool asks_for_hashes(const DrillOrder& order);

class Watch {
 public:
  Watch(WatchTools tools, Settings settings, WatchOptions options);

  // What is remembered from before.
  core::Task<void> load();
  core::Task<void> look_at_server() { return server_.look_at(); }
  // One look at everything, for a command that wants a snapshot and no agent.
  core::Task<void> look_once();
  // Until cancelled.
  core::Task<void> run();

  // A drill now. `busy` while another one is under way, here or in another process.
  core::Task<core::Outcome<DrillRecord>> drill(DrillOrder order, std::string actor, std::string reason,
                                               Progress progress);

  // Makes a restore point of that name on the primary, waits until the archive has it, and drills to it.
  core::Task<core::Outcome<DrillRecord>> prove_point(DrillOrder order, std::string name, std::string actor,
                                                     Progress progress);
  // Begins an alarm drill, which run() carries out; its id. `busy` while another one is under way.
  core::Outcome<std::string> begin_alarm_drill(AlarmOrder order, std::string actor, std::string reason);
  // How far it is, and what the last one found; for the API.
  boost::json::object alarm_drill() const;

  // The catalog whose target has these words in it; the first for no words. `invalid` where that is none, or
  // more than one.
  core::Outcome<std::size_t> catalog_named(std::string_view words) const;
  // After run() has ended: what no configuration wants any more is cleared away.
  core::Task<void> remove_standby();

  const Snapshot& snapshot() const { return snapshot_; }

 private:
  core::Task<void> tend_server();
  core::Task<void> tend_catalogs();
  core::Task<void> tend_drills();
  core::Task<void> tend_minutes();
  core::Task<void> tend_remedies();
  core::Task<void> list();
  void make_standby();
  StandbySurroundings around_standby() const;
  core::Instant next_listing() const;
  core::Duration soonest_settled() const;
  core::Task<void> read_drills();
  core::Task<void> write_in(std::string lines);
  core::Task<void> remedy();
  core::Task<core::Outcome<std::string>> act(RemedyKind kind);  // what came of it
  core::Outcome<catalogs::Step> backup_step() const;
  core::Task<core::Outcome<std::string>> take_backup();
  std::string suggestion(const RemedyDecision& decision) const;
  core::Task<void> look_at_archiving();
  core::Task<void> look_into_archiving(std::string segment);
  Judgements with_archive_words(Judgements judgements) const;
  core::Task<Source> source();
  core::Task<core::Outcome<RestorePoint>> make_point(std::string name, std::string actor);
  core::Task<core::Outcome<>> wait_for_archive(catalogs::Catalog& catalog, RestorePoint point,
                                               Progress progress);
  core::Task<void> look_up_point(RecoveryTarget& target);
  core::Task<core::Outcome<LostTail>> count_lost(wal::Lsn reached);
  core::Duration until_next_drill() const;
  core::Task<bool> drill_by_itself(std::optional<DrillDue> due, std::string reason);
  core::Duration hashing_lead() const;
  core::Task<void> tend_hashes();
  core::Task<void> hash_ahead();
  // One drill at a time; `busy` while somebody else has one.
  core::Task<core::Outcome<std::vector<std::unique_ptr<os::Lock>>>> lock_drills();
  core::Task<void> load_alarms();
  core::Task<void> tend_alarms();
  core::Task<bool> alarm_drill_now();
  core::Task<core::Outcome<DrillRecord>> drill_feigned(catalogs::Catalog& catalog, Ground& ground);
  core::Task<core::Outcome<>> keep_alarms(AlarmRecord record);
  Scene scene(const catalogs::Catalog& catalog) const;
  core::Duration until_alarms() const;
  ExposureView exposure_view() const;
  RemedyView remedy_view() const;
  void refresh();
  void tell_changes(const Snapshot& before);

  WatchTools tools_;
  Settings settings_;
  WatchOptions options_;
  ServerWatch server_;
  std::vector<std::unique_ptr<CatalogWatch>> catalogs_;
  std::optional<HashKeeper> hashes_;  // where there is a database
  async::Bell looked_;                // rings after each look at the server
  async::Bell listed_bell_;           // and after each listing
  core::Instant listed_{};
  core::Duration listing_took_{};
  std::optional<wal::Lsn> claim_listed_;  // what the archiver had claimed when we listed
  std::vector<DrillRecord> drills_;
  std::uint64_t drills_read_bytes_ = 0;
  std::string own_drill_;  // the last one that was ours: the journal has it already
  bool loaded_ = false;    // what is read from now on is new
  Minutes minutes_;
  Snapshot snapshot_;
  std::vector<RemedyDone> remedies_done_;
  std::vector<std::string> suggested_;
  std::optional<FailingArchive> failing_;  // while archiving fails
  std::string tried_;                      // what trying it by hand has shown; empty: it was not tried
  std::unique_ptr<Standby> standby_;       // null: there is none
  AlarmDesk alarms_;
  async::Bell alarms_wanted_;
  bool drilling_ = false;
  bool remedying_ = false;
};

}  // namespace outrider::recovery
