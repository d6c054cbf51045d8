// The shelf of catalogs. A catalog knows which backups and which archived WAL exist, and how one gets them
// back; it changes nothing. recovery/ weighs what it says, and restores to see whether it is true.
// A tool's output is read by what it holds, not by the tool's version; what is missing is unknown, not zero.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/store/object_store.hpp"
#include "agent/core/task.hpp"
#include "agent/os/files.hpp"
#include "agent/os/process.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::catalogs {

// What a catalog may use. Everything outlives the catalog.
struct Tools {
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
  os::Processes& processes;
};

enum class BackupKind { full, differential, incremental, dump, snapshot };

std::string_view name_of(BackupKind kind);
// Whether WAL can be replayed on it here. A dump has no place in the WAL; a snapshot's is not ours to see.
constexpr bool rolls_forward(BackupKind kind) {
  return kind != BackupKind::dump && kind != BackupKind::snapshot;
}

struct BackupSet {
  std::string label;  // the tool's own name for it: "20261121-142614F"
  BackupKind kind = BackupKind::full;
  std::vector<std::string> references;  // labels it cannot be restored without
  core::WallTime started{}, stopped{};
  std::optional<wal::Lsn> start_lsn, stop_lsn;  // stop: from here on a restore is consistent
  std::string first_wal, last_wal;              // segment names that a restore needs at least; empty: unknown
  std::uint64_t database_bytes = 0;             // what a restore writes; 0: unknown
  std::uint64_t stored_bytes = 0;               // what it takes in the repository; 0: unknown
  bool complete = false;                        // the tool says that it ended well
  bool damaged = false;                         // the tool itself found bad pages or files
  std::string trouble;                          // what the tool said of it, or empty
  std::optional<std::uint64_t> system_id;
};

// One file of the archive, as PostgreSQL names it: a segment, "00000002.history", "….backup", "….partial".
struct ArchivedFile {
  std::string name;    // "00000001000000000000000A"
  std::string object;  // for Catalog::read_wal
  std::uint64_t stored_bytes = 0;
  core::WallTime stored{};
  std::string sha1;  // of the content before compression, where the layout tells it; else empty
  bool compressed = false;
};

// Which backups the tool will not expire. Nothing set: it keeps all.
struct Retention {
  std::optional<std::uint32_t> fulls;          // keep so many full backups
  std::optional<std::uint32_t> differentials;  // and so many differential ones
  std::optional<std::uint32_t> days;           // keep what is needed to restore to any time of these days
};

struct Listing {
  std::string tool;                        // "pgbackrest 2.45"; empty where there is none
  std::optional<std::uint64_t> system_id;  // of the newest database the catalog knows
  std::vector<BackupSet> sets;             // oldest first
  std::vector<ArchivedFile> wal;           // sorted by name; one name twice when it is stored twice
  std::optional<Retention> retention;      // as the tool is configured; nothing: it cannot be told
  bool archives_wal = true;                // false: dumps and the like, which cannot be rolled forward
  std::vector<std::string> troubles;       // sentences: what could not be read, so that unknown stays unknown
  bool sets_known = true;                  // false: `sets` could not be read, and says nothing
  bool wal_known = true;                   // false: nor could `wal`
};

// A program to run, in the order given, each to end with 0.
struct Step {
  std::string what;  // "restore 20261121-142614F with pgbackrest"
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value"
};

// How one archived file is brought: argv with %f for its name, %p for the path it is to be written to and %d
// for the absolute path of the data directory that is being recovered. What it leaves at %p when it fails is
// not to be trusted.
struct FetchPlan {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::vector<int> absent_codes;  // exit codes that mean: truly not in the archive. All others are trouble
};

class Catalog {
 public:
  Catalog() = default;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;
  virtual ~Catalog() = default;

  virtual core::Task<core::Outcome<Listing>> list(core::Duration limit) = 0;

  // The stored bytes, still compressed.
  virtual core::Task<core::Outcome<std::string>> read_wal(ArchivedFile file, std::uint64_t limit_bytes,
                                                          core::Duration limit) = 0;

  // Steps that leave a data directory in `directory` (absolute), and what cannot lie in it (tablespaces, the
  // tool's own locks) in `beside(directory)`; nothing anywhere else. It has a backup_label and no
  // postmaster.pid; archiving, restore_command and recovery targets may still be set as they were at the
  // source, so whoever starts it sets them anew. `reuse`: what is there from the last time may be made use
  // of.
  virtual core::Outcome<std::vector<Step>> restore(const BackupSet& set, const std::string& directory,
                                                   bool reuse) const = 0;

  // Errc::unsupported where there is no archive.
  virtual core::Outcome<FetchPlan> fetch_wal() const = 0;

  // Takes a backup. Errc::unsupported where the agent may not.
  virtual core::Outcome<Step> backup(BackupKind kind) const = 0;

  // How long what archive_command has said yes to may be missing in a listing, and be no lie.
  virtual core::Duration settles_within() const { return std::chrono::seconds(5); }

  // For people, without secrets: "pgbackrest stanza main".
  virtual std::string target() const = 0;
};

// Where a restore into `directory` puts what must not lie inside it.
std::string beside(const std::string& directory);

using Maker = std::function<std::unique_ptr<Catalog>(const Tools&)>;

using Entry = config::ShelfEntry<Maker>;  // {pgbackrest: …}
using Shelf = config::Shelf<Entry>;

void fill(Shelf& shelf);

}  // namespace outrider::catalogs
