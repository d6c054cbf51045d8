#include "agent/pipeline/follow/following_sink.hpp"

#include "agent/async/executor.hpp"
#include "agent/pipeline/spool/spool_parts.hpp"

#include <algorithm>
#include <utility>

namespace outrider::pipeline {
namespace {

using tracing::LineFate;

// Nobody says when the first span of a trace will come.
constexpr core::Duration between_looks = std::chrono::milliseconds(500);

}  // namespace

core::Task<core::Outcome<sinks::Receipt>> FollowingSink::deliver(
    std::span<const telemetry::BatchPointer> batches) {
  std::vector<Line> lines;
  for (const auto& batch : batches) {
    const core::Instant since = following_.held()->since(*batch);
    for (const telemetry::Record& record : batch->records)
      lines.push_back({following_.trace_of(record), since, record.count});
    co_await async::yield_turn();
  }
  co_await until_none_waits(lines);
  auto writing = following_.write_down();
  const core::Outcome<> written = co_await std::move(writing);
  if (!written) co_return core::fail("cannot write down what was decided of traces", written.error());
  std::vector<telemetry::Batch> onward;
  std::vector<std::pair<std::string, Amount>> let_go;
  auto line = lines.begin();
  for (const auto& batch : batches) {
    telemetry::Batch part = *batch;  // looks into the same bytes
    part.acknowledgement = nullptr;
    part.records.clear();
    Amount gone;
    for (const telemetry::Record& record : batch->records) {
      const bool goes_on = following_.goes_on((line++)->fate);
      if (goes_on) part.records.push_back(record);
      if (!goes_on) gone += amount_of(record);
    }
    if (gone.records > 0) let_go.emplace_back(batch->stream, gone);
    if (!part.records.empty()) onward.push_back(std::move(part));
  }
  auto handing = hand_on(std::move(onward));
  const core::Outcome<> handed = co_await std::move(handing);
  if (!handed) co_return core::fail(handed.error());
  // Only now: until here all of it may be done again.
  for (const auto& [stream, amount] : let_go) onward_.left_out(stream, amount, Reason::trace_let_go);
  for (const Line& done : lines) following_.count(done.fate, done.count);
  for (const auto& batch : batches) following_.hold_on_disk(-bytes_of_lines(*batch));
  co_return sinks::Receipt();
}

core::Task<void> FollowingSink::until_none_waits(std::vector<Line>& lines) {
  for (;;) {
    following_.judge_due();
    const bool is_crowded = following_.disk_is_crowded();
    bool some_wait = false;
    for (Line& line : lines) {
      if (line.fate == LineFate::waits) line.fate = following_.fate_of(line.trace, line.since, is_crowded);
      some_wait = some_wait || line.fate == LineFate::waits;
    }
    if (!some_wait) co_return;
    co_await clock_.sleep_until(clock_.now() + between_looks);
  }
}

core::Task<core::Outcome<>> FollowingSink::hand_on(std::vector<telemetry::Batch> batches) {
  for (telemetry::Batch& batch : joined_by_stream(std::move(batches))) {
    auto keeping = onward_.keep(std::move(batch));
    const core::Outcome<> kept = co_await std::move(keeping);
    if (!kept) co_return core::fail("the spool of lines", kept.error());
  }
  co_return core::Outcome<>();
}

}  // namespace outrider::pipeline
