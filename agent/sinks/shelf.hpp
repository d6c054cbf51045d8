// The shelf of sinks: where records leave. A sink delivers or says why not; waiting, trying again, bounds and
// the ledger are the pipeline's. An entry is a folder with entry.cpp.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/random.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/net/streams/stream.hpp"
#include "agent/os/files.hpp"
#include "agent/telemetry/record.hpp"
#include "agent/telemetry/remote_write/view.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Registry;
}

namespace outrider::sinks {

// What a sink may use. Everything outlives it and belongs to the carry river.
struct Tools {
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
  core::Log& log;
  ::prometheus::Registry& registry;
  net::Client& http;
  core::Random& random;
  net::StreamClient& streams = net::no_streams();
};

// A record that the sink will never take as it is: it is parked with this reason, and can be replayed.
struct Refused {
  telemetry::BatchPointer batch;
  std::size_t record = 0;  // its place in the batch
  std::string why;         // what the other side said
};

// Some records of a batch.
struct PartOfBatch {
  const telemetry::Batch* batch = nullptr;  // one of those delivered
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // the sum of Record::bytes
};
using Duplicates = PartOfBatch;  // had arrived before: they were read, or sent, a second time
using LetGo = PartOfBatch;       // went no further, since somebody wants it so
using GivenUp = PartOfBatch;     // will never be taken, and is of no use any more: it is lost, and counted

// What came of a delivery, beside that everything has arrived.
struct Receipt {
  std::vector<Refused> refused;
  std::vector<Duplicates> duplicates;
  std::vector<LetGo> sampled;
  std::vector<GivenUp> given_up;
};

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual std::string name() const = 0;  // "file /var/log/x.log"

  // All of it, in order; an error means that none of it counts, nor what settle() has not made safe yet, and
  // all of that will be offered again, in the same order, perhaps with more behind it. It may take as long as
  // its own deadlines allow, but must not wait for the other side to get well: the pipeline does that.
  virtual core::Task<core::Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) = 0;

  // How many bytes of memory, as Batch::weight() counts them, it likes to be offered at once.
  virtual std::uint64_t appetite_bytes() const { return 1u << 20; }

  // How many records of a batch are out for good although its delivery failed. They are not written again;
  // and they count, should the batch be given up.
  virtual std::size_t written_of(const telemetry::BatchPointer&) const { return 0; }

  // When settle() wants to be called; nothing: what deliver() took is as safe as was asked for. While it is
  // something, nothing that was delivered counts: the pipeline holds on to it.
  virtual std::optional<core::Instant> due() const { return std::nullopt; }
  // Makes durable what was delivered. An error means that none of what was delivered since the last settle()
  // counts, and the same will be offered again.
  virtual core::Task<core::Outcome<>> settle() = 0;

  // Nothing has come for a while: gives back what it keeps only to be quick.
  virtual void rest() {}
};

enum class WhenFull { drop_oldest, drop_newest };

// What `outrider setup` makes ready on the other side: shown in full before anything is done.
struct Preparation {
  std::string where;  // "logs-tests-school at es:9200"
  std::string text;   // the requests, for a person to read
  // Does it; safe to do again. Sentences about what was done, and what this server does not have.
  std::function<core::Task<core::Outcome<std::vector<std::string>>>(net::Client&)> apply;
};

struct PreparationChoice {
  bool failure_store = false;  // keep there what the mapping refuses
};

struct Plan {
  std::uint64_t buffer_bytes = 8u << 20;
  WhenFull when_full = WhenFull::drop_oldest;
  std::function<std::unique_ptr<Sink>(const Tools&)> make;
  std::vector<std::string> writes;  // the files that it will write: `doctor` looks at them
  std::function<Preparation(const PreparationChoice&)> prepare = nullptr;  // may be empty
  std::string name{};  // by which steps route records to it; may be empty
};

using Entry = config::ShelfEntry<Plan>;  // in `logs.send_to`: {file: …}, or in `traces.send_to`: {otlp: …}

struct MetricPlan {
  Plan plan;  // with a name that no other has
  telemetry::remote_write::View view;
};
using MetricEntry = config::ShelfEntry<MetricPlan>;  // in `metrics`: {remote_write: […]}

class Shelf {
 public:
  void put(Entry entry) { logs_.put(std::move(entry)); }
  void put_for_traces(Entry entry) { traces_.put(std::move(entry)); }
  void put_for_metrics(MetricEntry entry) { metrics_.put(std::move(entry)); }
  const std::vector<Entry>& entries() const { return logs_.entries(); }
  const std::vector<Entry>& for_traces() const { return traces_.entries(); }
  const std::vector<MetricEntry>& for_metrics() const { return metrics_.entries(); }

 private:
  config::Shelf<Entry> logs_, traces_;
  config::Shelf<MetricEntry> metrics_;
};

void fill(Shelf& shelf);

}  // namespace outrider::sinks
