// What would be lost if the primary died now: by each path that leads back, and by how well it is known.
// Pure. Claimed (the servers' word), inferred (from what the archive holds) and proven (by a drill) stand
// side by side; where the first two disagree, that is a fault of its own. What is unknown has no number.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/chain/verifier.hpp"
#include "agent/recovery/drill/record.hpp"
#include "agent/recovery/evidence/track.hpp"
#include "agent/recovery/level.hpp"
#include "agent/recovery/objectives.hpp"
#include "agent/recovery/standby/status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

// A canary whose commit was acknowledged to us.
struct AcknowledgedCanary {
  std::uint64_t id = 0;
  core::WallTime acknowledged{};
  wal::Lsn commit;
  std::uint64_t mark = 0;  // mark_of_hash(); 0: not known
};

// One catalog as it was last read. Borrowed.
struct CatalogView {
  std::string target;                               // Catalog::target()
  const catalogs::Listing* listing = nullptr;       // null: it could not be read yet
  const ChainReport* chain = nullptr;               // null: there is no WAL in it
  const CheckedReach* checked = nullptr;            // null: nothing was checked
  const std::vector<BrokenLink>* broken = nullptr;  // segments that were read and are not what was written
  core::WallTime listed{};                          // when the listing was begun
  // How long what the archiver said it had stored may be missing in a listing.
  core::Duration settles_within = std::chrono::seconds(5);
  std::string trouble;  // why it could not be read the last time; then listing and chain are older
};

struct ExposureView {
  const Evidence* evidence = nullptr;  // null: the server was never seen
  std::string server_trouble;          // why it could not be looked at the last time
  const Track* track = nullptr;
  std::vector<CatalogView> catalogs;
  const std::vector<DrillRecord>* drills = nullptr;           // oldest first
  const std::vector<AcknowledgedCanary>* canaries = nullptr;  // ascending
  Objectives objectives;
  core::WallTime now{};
  const StandbyStatus* standby = nullptr;  // null: there is no proof standby
};

struct Figure {
  std::optional<core::Duration> rpo;  // nothing: unknown
  Level level = Level::unknown;
  std::optional<core::WallTime> as_of;  // when it was seen or proven
  std::string set;                      // the backup set it goes through
  std::optional<wal::Lsn> to;
  Fade fade = Fade::none;
  bool idle = false;  // nothing was committed behind `to`
  std::string why;    // how it comes about, or why it is unknown; without its full stop
};

enum class PathKind { archive, replica, dump, snapshot };
std::string_view name_of(PathKind kind);

struct Path {
  PathKind kind = PathKind::archive;
  std::string name;  // the catalog's target, the replica's name
  Answer usable = Answer::unknown;
  std::string why;  // when it is not usable
  Figure claimed, inferred, proven;
  Figure continuous;  // by the proof standby, now
};

struct Exposure {
  core::WallTime at{};
  std::vector<Path> paths;
  std::optional<std::size_t> main;   // the path that the figures and the sentence speak of
  Figure claimed, inferred, proven;  // proven: the younger one of the two that follow
  Figure drilled, continuous;        // by the last drill that proved; by the proof standby
  Level level = Level::unknown;      // of the inferred figure
  Judgements faults;                 // disagreement, paths that do not lead back, drills that disproved
  // "if the primary died now you would lose 41 s (inferred, L2); last proven 3 h ago to 0/5000148 (L4)"
  std::string sentence;

  // What the objective is compared with: inferred, else nothing. A claim is no evidence.
  const std::optional<core::Duration>& rpo() const { return inferred.rpo; }
};

Exposure expose(const ExposureView& view);

// What would be lost of everything committed until `now` when only what lies before `safe` comes back.
struct Loss {
  std::optional<core::Duration> length;  // nothing: it cannot be told
  bool idle = false;
  std::string why;
};
Loss loss_behind(wal::Lsn safe, const ExposureView& view, const CheckedReach* checked = nullptr);

}  // namespace outrider::recovery
