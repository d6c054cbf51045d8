// What a drill, or a proof standby, does to the world, behind an interface: the real one starts tools and a
// PostgreSQL in a directory of its own, the simulated one fails on purpose. What is decided with it is in
// drill.cpp and in standby/.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/os/tool.hpp"
#include "agent/recovery/ground/control_data.hpp"
#include "agent/recovery/ground/isolation.hpp"
#include "agent/sql/sql.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

// Where recovery is to go. Nothing set: to the end of the archive as it was at the cut.
struct RecoveryTarget {
  std::optional<wal::Lsn> lsn;
  std::optional<core::WallTime> time;
  std::string name;                                // a restore point
  std::optional<wal::Lsn> lies_at = std::nullopt;  // where that is, when it is known

  bool is_end() const { return !lsn && !time && name.empty(); }
  std::string text() const;  // "the end of the archive", "0/3000148", …
};

struct Premises {
  std::uint64_t free_bytes = 0;
  double load_per_core = 0;
};

// For a server that goes on and on: there is no cut, and what comes into the archive later is replayed, too.
struct Following {
  core::Duration ask_every = std::chrono::seconds(5);  // for what is not there yet
  std::uint64_t most_bytes_per_second = 0;             // of WAL; 0: as fast as it goes
  std::uint64_t shared_buffers = 32ULL << 20;
};

struct ServerPlan {
  RecoveryTarget target;
  ControlData control;
  catalogs::FetchPlan fetch;
  // In the order in which replay will ask for them; what is not in it did not exist at the cut.
  std::vector<std::string> archive;
  std::vector<std::pair<std::string, std::string>> settings;  // the user's own, last
  // Names of the segments that replay will ask for, in that order, over every timeline on the way.
  std::vector<std::string> way;
  std::uint32_t timeline = 0;  // to be followed; 0: the latest that the server finds by itself
  std::optional<Following> following = std::nullopt;  // `archive` and `way` then mean nothing
};

// What restore_command was asked for and what it answered.
struct Fetches {
  std::uint64_t served = 0;
  std::string last_served;           // a segment
  std::uint32_t times_in_a_row = 0;  // that the last one was asked for
  // The segment that was asked for in vain most often since there was something new; empty: none. (With
  // several timelines the server asks for the same place on one after the other.)
  std::string absent;
  std::uint32_t absent_in_a_row = 0;
  std::map<std::string, std::uint32_t> absent_times;  // of each of them
  std::uint64_t in_vain = 0;  // how often a segment was asked for and was not there, in all
  std::string trouble;        // an answer of 126 or more: nothing can be concluded. A sentence
  bool troubled = false;      // and it was the last answer
};

class Ground {
 public:
  Ground() = default;
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  virtual ~Ground() = default;

  // Takes the scratch directory, and takes down what an earlier drill of ours left in it. `denied` when it is
  // somebody else's. Data that keep_data() was told to keep are kept.
  // Where the server cannot be cut off from the network and must be, that is `unsupported`.
  virtual core::Task<core::Outcome<>> prepare() = 0;
  // Whether the server will be cut off from the network; nothing before prepare().
  virtual std::optional<Isolation> isolation() const = 0;
  virtual core::Task<core::Outcome<Premises>> premises() = 0;
  virtual std::string data_directory() const = 0;
  virtual bool may_reuse() const = 0;  // data of the last drill is there, and usable
  // From now on the data are to be made use of the next time, whatever becomes of us; `note` is kept with
  // them. Without a note they are not.
  virtual core::Task<core::Outcome<>> keep_data(std::optional<std::string> note) = 0;
  virtual std::string data_note() const = 0;  // of the data that may be reused

  virtual core::Task<core::Outcome<os::ToolResult>> run(catalogs::Step step, core::Duration limit) = 0;
  virtual core::Task<core::Outcome<ControlData>> control_data() = 0;

  // Cut off from everything: own configuration, no archiving, no jobs, no subscriptions, and see isolation().
  virtual core::Task<core::Outcome<>> start_server(ServerPlan plan) = 0;
  // The last words of a server that has ended; nothing while it runs.
  virtual core::Task<std::optional<std::string>> server_ended() = 0;
  virtual core::Task<core::Outcome<std::unique_ptr<sql::Connection>>> connect(std::string database,
                                                                              core::Duration limit) = 0;
  virtual core::Task<Fetches> fetches() = 0;
  virtual core::Task<core::Outcome<>> stop_server() = 0;
  // A tool of the server's own version against the scratch data: pg_amcheck, pg_checksums.
  virtual core::Task<core::Outcome<os::ToolResult>> server_tool(std::vector<std::string> arguments,
                                                                core::Duration limit) = 0;

  // Ends everything and removes what the drill made; `keep_data` leaves the data directory for the next one.
  virtual core::Task<core::Outcome<>> tear_down(bool keep_data) = 0;
  virtual std::vector<std::string> commands() const = 0;  // what was run
};

}  // namespace outrider::recovery
