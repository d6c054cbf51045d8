// One thing that went wrong with the service, from its first sign until the service is well again, with what
// is known of it. Plain data, kept as JSON: the file, the API and the exported page read the same.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::incident {

enum class Kind {
  crash,          // it ended by itself, with a code other than 0
  killed,         // by a signal that nobody here sent
  out_of_memory,  // by the kernel, for want of memory
  hang,           // alive, but sick
  crash_loop,     // so often that it stays down
  cannot_start,
  agent_died,  // outrider itself was gone, and the service with it for all that is known
};
std::string_view name_of(Kind kind);  // "out_of_memory"

// Something that happened, or was found out, at a moment.
struct Remark {
  core::WallTime at{};
  std::string kind;  // "decision"; of a change: "version", "configuration", "deployment"
  std::string sentence;
};

struct Death {
  core::WallTime at{};
  std::string sentence;     // "was killed by signal 11 (SIGSEGV) after 2h"
  std::optional<int> code;  // neither: it could not be started, or nobody saw it
  std::optional<int> signal;
  bool core_dumped = false;
};

// Evidence that is a text of its own: a stack, what the kernel counted.
struct Finding {
  std::string name;
  std::string text;
};

struct Line {
  std::uint64_t sequence = 0;  // of the recorder
  core::WallTime at{};
  std::string stream;
  std::string level;  // may be empty
  std::string text;
  bool unterminated = false;
  bool cut = false;
};

// How the process was; absent where it could not be told. Shares are of one core, pressures in percent.
struct Sample {
  core::WallTime at{};
  std::optional<double> cpu, cpu_pressure, memory_pressure, io_pressure;
  std::optional<std::uint64_t> resident_bytes, descriptors, threads;
};

struct Incident {
  std::string id;  // "20261129-021500-k7": in the order of time
  std::string service, version, instance;
  Kind kind = Kind::crash;
  std::string title;       // "tests-api was killed by signal 11 (SIGSEGV) after 2h"
  std::string verdict;     // what health said of it: "failed 3 times in a row: HTTP 503"
  std::string root_cause;  // what explains it, when something does: "database"
  core::WallTime opened{};
  std::optional<core::WallTime> closed;  // nothing: it is open
  std::string conclusion;                // "healthy again after 12.3s; restarted once"
  std::uint64_t deaths_total = 0;
  std::vector<Death> deaths;    // the first, and the last
  std::string last_words;       // the line that never ended
  std::vector<Remark> changes;  // of the minutes before
  std::vector<Finding> findings;
  std::vector<Remark> timeline;
  std::vector<Sample> samples;
  std::vector<Remark> answers;  // of probes; kind: which
  std::vector<Line> lines;
  std::uint64_t lines_left_out = 0;  // of the middle, for want of room
  bool gathered = false;             // what the recorder held is in it
  bool withheld = false;             // what the service wrote was left out for this reader
};

// What lists show.
struct Brief {
  std::string id;
  Kind kind = Kind::crash;
  std::string title;
  core::WallTime opened{};
  std::optional<core::WallTime> closed;
  std::string conclusion;
  std::uint64_t deaths = 0;
};
Brief brief_of(const Incident& incident);

inline constexpr int incident_schema = 1;

std::string to_json(const Incident& incident);
// `corrupt` when it is no such thing. What is missing is empty.
core::Outcome<Incident> read_incident(std::string_view json);

// {"schema":1,"incidents":[…]}, in the order given.
std::string to_json(const std::vector<Brief>& incidents);

core::Outcome<std::vector<Brief>> read_briefs(std::string_view json);

// The same incident for a reader who may not see what the service wrote: its lines, its last words, its
// stacks.
std::string without_its_words(std::string_view json);

// Whether it can be one: what comes from outside goes into no path otherwise.
bool is_id(std::string_view text);

}  // namespace outrider::incident
