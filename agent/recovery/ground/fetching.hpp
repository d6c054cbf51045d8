// How the scratch server gets WAL. Its restore_command first takes what was fetched ahead; only when that is
// not there it asks `outrider fetch-wal`, which keeps the two kinds of "no" apart: 1 means truly absent, 126
// means that nothing can be said. (PostgreSQL takes a plain failure for the end of the archive and promotes.)
#pragma once

#include "agent/async/pool.hpp"
#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/os/process.hpp"
#include "agent/recovery/ground/ground.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

inline constexpr int fetch_found = 0;
inline constexpr int fetch_absent = 1;
inline constexpr int fetch_trouble = 126;

// What the wrapper needs to know; kept beside the scratch data as JSON.
struct FetchOrder {
  catalogs::FetchPlan plan;
  std::map<std::string, std::string>
      last;           // of each timeline ("00000001"), the last segment there was at the cut
  std::string ahead;  // the folder of what was fetched ahead
  std::string log;    // where each answer is noted
  std::string desk;   // the socket at which to ask instead of fetching; empty: it is fetched
  core::Duration limit = std::chrono::minutes(10);  // of one file
  // There is no cut: what comes later is there, too.
  bool follows = false;
  std::uint64_t most_bytes_per_second = 0;             // of segments handed over; 0: as fast as it goes
  core::Duration patience = std::chrono::minutes(10);  // with trouble, where there is no cut
};

std::string to_json(const FetchOrder& order);
core::Outcome<FetchOrder> read_fetch_order(std::string_view json);

// Of the names that there were.
std::map<std::string, std::string> last_of_timelines(const std::vector<std::string>& archive);
// False for a segment that came into the archive after the cut; history files are always asked for.
bool was_there(const FetchOrder& order, std::string_view name);

// Runs the catalog's own command; the answer is one of the three codes. `why` is what the tool said.
struct Fetched {
  int code = fetch_trouble;
  std::string why;
};
// A segment whose replay would reach out of the scratch directory is trouble, too: see dangerous().
core::Task<Fetched> fetch_file(os::Processes& processes, core::Clock& clock, async::Pool& pool,
                               catalogs::FetchPlan plan, std::string name, std::string path,
                               core::Duration limit);

// One request of the server, whole: what was not there at the cut is absent, and each answer is noted in the
// log. Who is cut off asks the drill's desk. For a server that follows, trouble is noted and tried again
// until patience is over: PostgreSQL ends with the answer 126, and would have to replay everything since its
// last restartpoint again.
core::Task<Fetched> answer_fetch(os::Processes& processes, core::Clock& clock, async::Pool& pool,
                                 FetchOrder order, std::string name, std::string path);

// Replaying CREATE TABLESPACE clears the directory that it names, wherever it is, and on the source's own
// host that one is alive. A sentence when the segment in this file holds one. Blocks.
std::optional<std::string> dangerous(const std::string& name, const std::string& path);

// The line that is put into postgresql.conf. `program` is outrider itself.
std::string restore_command(const FetchOrder& order, const std::string& program,
                            const std::string& order_path);

// A line of the log; and what the lines say. Pure.
std::string fetch_line(std::string_view name, int code, std::string_view why);
void read_fetch_lines(std::string_view lines, Fetches& into);

}  // namespace outrider::recovery
