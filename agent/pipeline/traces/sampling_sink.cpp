#include "agent/pipeline/traces/sampling_sink.hpp"

#include "agent/async/executor.hpp"

#include <algorithm>

namespace outrider::pipeline {
namespace {

// As records that follow one another where theirs came from.
Amount add_portions(const telemetry::otlp::Portions& portions, const telemetry::Record& from,
                    telemetry::Shelter& shelter, telemetry::Batch& to) {
  Amount all;
  for (const auto& portion : portions.list) {
    telemetry::Record kept = from;
    kept.text = shelter.keep(portion.bytes, to.chunks);
    kept.bytes = portion.bytes.size();
    kept.count = portion.spans;
    kept.origin.offset += all.bytes;
    to.records.push_back(kept);
    all += {portion.spans, portion.bytes.size()};
  }
  return all;
}

}  // namespace

core::Task<core::Outcome<sinks::Receipt>> SamplingSink::deliver(
    std::span<const telemetry::BatchPointer> batches) {
  std::vector<tracing::TraceKey> waiting;
  for (const auto& batch : batches) {
    for (const telemetry::Record& record : batch->records) {
      tracing::add_undecided(ends_.sampler, record.text, waiting);
      co_await async::yield_turn();  // there may be thousands of spans in it
    }
  }
  co_await until_all_are_judged(std::move(waiting));
  tracing::Sifting sifting(ends_.sampler, ends_.clock.now());
  core::Outcome<Sifted> sifted = co_await sift(batches, sifting);
  if (!sifted) co_return core::fail(sifted.error());
  auto writing = ends_.judged.write_down();
  const core::Outcome<> written = co_await std::move(writing);
  if (!written) co_return core::fail("cannot write down what was decided of traces", written.error());
  const telemetry::Batch kept = sifted->batch;  // looks into the same bytes
  auto keeping = ends_.kept.keep(std::move(sifted->batch));
  const core::Outcome<> is_kept = co_await std::move(keeping);
  if (!is_kept) co_return core::fail("the spool of kept traces", is_kept.error());
  sifting.done();
  ends_.thinned.Increment(static_cast<double>(sifting.thinned()));
  for (const telemetry::Record& record : kept.records) {
    if (ends_.figures != nullptr) ends_.figures->kept(record);
  }
  sinks::Receipt receipt;
  receipt.sampled = std::move(sifted->let_go);
  co_return receipt;
}

// More spans can put a trace's judgement off, but never beyond what is allowed at most.
core::Task<void> SamplingSink::until_all_are_judged(std::vector<tracing::TraceKey> waiting) {
  for (;;) {
    ends_.sampler.judge_due(ends_.clock.now());
    std::optional<core::Instant> due;
    while (!waiting.empty() && !(due = ends_.sampler.due(waiting.back()))) waiting.pop_back();
    if (!due) co_return;
    co_await ends_.clock.sleep_until(*due);
  }
}

core::Task<core::Outcome<SamplingSink::Sifted>> SamplingSink::sift(
    std::span<const telemetry::BatchPointer> batches, tracing::Sifting& sifting) {
  Sifted sifted;
  telemetry::Shelter shelter(telemetry::otlp::usual_portion_bytes);
  for (const auto& batch : batches) {
    sifted.batch.stream = batch->stream;
    sinks::LetGo let_go{batch.get()};
    for (const telemetry::Record& record : batch->records) {
      co_await async::yield_turn();
      const auto portions = sifting.sift(record.text, telemetry::otlp::usual_portion_bytes);
      if (!portions) co_return core::fail(portions.error());
      const Amount kept = add_portions(*portions, record, shelter, sifted.batch);
      let_go.records += record.count - std::min<std::uint64_t>(record.count, kept.records);
      let_go.bytes += record.bytes - std::min(record.bytes, kept.bytes);
    }
    if (let_go.records > 0) sifted.let_go.push_back(let_go);
  }
  co_return sifted;
}

}  // namespace outrider::pipeline
