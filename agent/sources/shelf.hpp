// The shelf of sources: where telemetry enters. There are two kinds of log sources: what a LogSource has read
// is gone (a child's pipe, the network), so it feeds all sinks at once, through an Intake; a ReplaySource can
// be read again (files, a journal), see replay.hpp. What its senders keep until it is on the disk comes to a
// Reception, see keeping.hpp. Metric sources put families on the Board. An entry is a folder with entry.cpp,
// which puts its key, help and configuration here.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/async/slow_call.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/core/random.hpp"
#include "agent/core/resource.hpp"
#include "agent/core/status.hpp"
#include "agent/net/http.hpp"
#include "agent/net/serving/whoever.hpp"
#include "agent/net/streams/listeners.hpp"
#include "agent/net/streams/stream.hpp"
#include "agent/os/watching/watched_files.hpp"
#include "agent/sources/child_streams.hpp"
#include "agent/sources/keeping.hpp"
#include "agent/sources/replay.hpp"
#include "agent/sql/sql.hpp"
#include "agent/telemetry/metrics.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Registry;
}

namespace outrider::sources {

// What a source may use. Everything outlives it and belongs to the carry river.
struct Tools {
  core::Clock& clock;
  core::Random& random;
  async::Pool& pool;
  core::Log& log;
  net::Client& http;
  ::prometheus::Registry& registry;
  const core::Resource& resource;
  std::string installation;  // the agent's own name for itself, the same for ever: for telemetry::stream_key
  os::WatchedFiles& watched_files = os::no_watched_files();
  net::Listeners& listeners = net::no_listeners();
  net::Listen listen = net::listen_nowhere;         // for HTTP
  async::SlowCalls& slow = async::no_slow_calls();  // for what may hang: the kernel's word on a dead mount
  // The service's own process; 0: it does not run. Empty: nothing is supervised.
  std::function<core::Task<std::int64_t>()> service_process{};
  std::function<std::unique_ptr<sql::Driver>()> make_database{};  // empty: there is none here
  net::StreamClient& streams = net::no_streams();                 // for what is no HTTP
};

// Where a log source puts what it read. Never makes it wait: what does not fit is dropped and counted.
class Intake {
 public:
  Intake() = default;
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;
  virtual ~Intake() = default;

  virtual void take(telemetry::Batch batch) = 0;

  // So much waits for the disk that more may be given up: whoever can wait, should.
  virtual bool is_behind() const { return false; }

  // All of a kept stream before this has been given to take(): once that is written down, so is this.
  virtual void read_up_to(const std::string& stream, std::uint64_t key, std::uint64_t offset) = 0;
};

class LogSource {
 public:
  LogSource() = default;
  LogSource(const LogSource&) = delete;
  LogSource& operator=(const LogSource&) = delete;
  virtual ~LogSource() = default;

  // Names of the streams it feeds; the ledger keeps an account for each.
  virtual std::vector<std::string> streams() const = 0;

  // Called at each start of the child, in order; takes the streams meant for it.
  virtual void adopt(ChildOutput& child) = 0;

  // Reads until cancelled, or until it was told to finish and everything is read.
  virtual core::Task<void> run(Intake& intake) = 0;

  // No more is to come: read what is there, then end.
  virtual void finish() = 0;
};

// Reads and throws away what no source wants, so that the child does not stand still before a full pipe.
std::unique_ptr<LogSource> make_drain();

class MetricSource {
 public:
  MetricSource() = default;
  MetricSource(const MetricSource&) = delete;
  MetricSource& operator=(const MetricSource&) = delete;
  virtual ~MetricSource() = default;

  virtual core::Task<void> run(telemetry::Board& board) = 0;  // until cancelled
  virtual core::ScrapeStatus status() const = 0;
};

// One of the two makers is set, or `listen`.
struct LogPlan {
  std::vector<std::string> streams;  // what the source will feed; no two sources may feed one stream
  std::function<std::unique_ptr<LogSource>(const Tools&)> make;
  std::function<std::unique_ptr<ReplaySource>(const Tools&)> make_replay{};
  bool reads_child = false;     // what the service writes is its
  std::string format = "json";  // how its lines are written where the configuration does not say
  std::optional<ListenPlan> listen{};
};
using MetricSourceMaker = std::function<std::unique_ptr<MetricSource>(const Tools&)>;

using LogEntry = config::ShelfEntry<LogPlan>;  // in `logs.read`: {child: …}
// A key of `metrics`: {scrape: […]}, {host: true}. What it holds may be no source, one, or several.
using MetricEntry = config::ShelfEntry<std::vector<MetricSourceMaker>>;
using TraceEntry = config::ShelfEntry<ListenPlan>;  // `traces.listen`
using HeardEntry = config::ShelfEntry<HeardPlan>;   // in `metrics.read`: {otlp: …}

class Shelf {
 public:
  void put(LogEntry entry) { logs_.put(std::move(entry)); }
  void put(MetricEntry entry) { metrics_.put(std::move(entry)); }
  void put(TraceEntry entry) { traces_.put(std::move(entry)); }
  void put(HeardEntry entry) { heard_.put(std::move(entry)); }
  const std::vector<LogEntry>& logs() const { return logs_.entries(); }
  const std::vector<MetricEntry>& metrics() const { return metrics_.entries(); }
  const std::vector<TraceEntry>& traces() const { return traces_.entries(); }
  const std::vector<HeardEntry>& heard() const { return heard_.entries(); }

 private:
  config::Shelf<LogEntry> logs_;
  config::Shelf<MetricEntry> metrics_;
  config::Shelf<TraceEntry> traces_;
  config::Shelf<HeardEntry> heard_;
};

void fill(Shelf& shelf);

}  // namespace outrider::sources
