#include "agent/pipeline/spool/spool_parts.hpp"

#include <algorithm>
#include <iterator>

namespace outrider::pipeline {
namespace {

using Labels = ::prometheus::Labels;

::prometheus::Gauge* gauge(::prometheus::Registry& registry, const Labels& signal, const char* name,
                           const char* help) {
  return &::prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(signal);
}

::prometheus::Counter* counter(::prometheus::Registry& registry, const Labels& signal, const char* name,
                               const char* help) {
  return &::prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(signal);
}

Labels labels_of(const SpoolKind& kind) { return {{"signal", std::string(kind.signal)}}; }

// Of one chain's, the later list begins as the earlier one does; what a chain before the last start wrote may
// not.
bool agree(const std::shared_ptr<const telemetry::Routes>& one,
           const std::shared_ptr<const telemetry::Routes>& other) {
  if (!one || !other || one == other) return true;
  const auto& shorter = one->size() < other->size() ? *one : *other;
  const auto& longer = one->size() < other->size() ? *other : *one;
  return std::equal(shorter.begin(), shorter.end(), longer.begin());
}

void join(telemetry::Batch& first, telemetry::Batch second) {
  if (second.routes && (!first.routes || first.routes->size() < second.routes->size()))
    first.routes = second.routes;
  first.records.insert(first.records.end(), second.records.begin(), second.records.end());
  for (telemetry::ChunkPointer& chunk : second.chunks) {
    if (first.chunks.empty() || first.chunks.back() != chunk) first.chunks.push_back(std::move(chunk));
  }
}

}  // namespace

Spool::Meters::Meters(::prometheus::Registry& registry, const SpoolKind& kind, std::uint64_t most_bytes)
    : bytes(gauge(registry, labels_of(kind), "outrider_spool_bytes",
                  "What waits in the spool, as it lies on the disk.")),
      records(
          gauge(registry, labels_of(kind), "outrider_spool_records", "How many records wait in the spool.")),
      commits(counter(registry, labels_of(kind), "outrider_spool_commits_total",
                      "Writes to the spool, each with a sync.")),
      failures(counter(registry, labels_of(kind), "outrider_spool_commit_failures_total",
                       "Writes to the spool that failed.")),
      missing(counter(registry, labels_of(kind), "outrider_spool_missing_records_total",
                      "Records that were lost with damaged pages of the spool.")) {
  gauge(registry, labels_of(kind), "outrider_spool_most_bytes", "What the spool may take on the disk.")
      ->Set(static_cast<double>(most_bytes));
  if (!kind.sheds) return;
  auto& family = ::prometheus::BuildCounter()
                     .Name("outrider_spool_shed_records_total")
                     .Help("Records that were given up because the spool was full, by priority.")
                     .Register(registry);
  for (std::size_t i = 0; i < priority_count; ++i) {
    Labels labels = labels_of(kind);
    labels.emplace("priority", name_of(static_cast<Priority>(i)));
    shed[i] = &family.Add(labels);
  }
}

std::vector<telemetry::Batch> joined_by_stream(std::vector<telemetry::Batch> batches) {
  std::vector<telemetry::Batch> joined;
  std::vector<std::uint64_t> weights;
  for (telemetry::Batch& batch : batches) {
    const std::uint64_t weight = batch.weight();
    const auto last = std::find_if(joined.rbegin(), joined.rend(), [&batch](const telemetry::Batch& one) {
      return one.stream == batch.stream && one.is_promised == batch.is_promised &&
             agree(one.routes, batch.routes);
    });
    const auto at = static_cast<std::size_t>(joined.rend() - last);  // from 1
    if (last == joined.rend() || weights[at - 1] + weight > most_joined_bytes) {
      joined.push_back(std::move(batch));
      weights.push_back(weight);
      continue;
    }
    weights[at - 1] += weight;
    join(*last, std::move(batch));
  }
  return joined;
}

}  // namespace outrider::pipeline
