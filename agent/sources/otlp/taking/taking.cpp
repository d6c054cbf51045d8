#include "agent/sources/otlp/taking/taking.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;
using telemetry::otlp::Code;

constexpr core::Duration come_again_soon = 1s;    // the disk is busy
constexpr core::Duration come_again_later = 10s;  // there is no room
// Where looking at a body takes less than asking the pool to.
constexpr std::size_t most_looked_at_here = 64 * 1024;

Verdict later(const core::Error& error) {
  return {Refusal{503, Code::unavailable, error.what},
          error.code == core::Errc::busy ? come_again_soon : come_again_later};
}

Verdict unreadable(const core::Error& error) {
  if (error.code == core::Errc::busy) return later(error);
  if (error.code == core::Errc::exhausted) return {Refusal{413, Code::resource_exhausted, error.what}};
  return {Refusal{400, Code::invalid_argument, error.what}};
}

// Of so many that could be read.
telemetry::otlp::PartialSuccess partly(const Taken& taken, std::uint64_t read, const Kept& kept,
                                       const SignalKind& kind) {
  const std::uint64_t refused = taken.broken + kept.refused;
  if (refused == 0) return {};
  return {refused, fmt::format("{} of {} {} were not taken: {}", refused, taken.broken + read, kind.things,
                               taken.why.empty() ? kept.why : taken.why)};
}

}  // namespace

// What all requests at hand hold. Counted in the pool, too.
class Taking::Hold {
 public:
  explicit Hold(std::atomic<std::uint64_t>& all) : all_(all) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { all_ -= bytes_; }

  bool add(std::uint64_t bytes, std::uint64_t most) {
    bytes_ += bytes;
    return (all_ += bytes) <= most;
  }

 private:
  std::atomic<std::uint64_t>& all_;
  std::uint64_t bytes_ = 0;
};

Taking::Taking(const Tools& tools, const SignalKind& kind, std::uint64_t most_request, KeepingIntake& intake)
    : tools_(tools), kind_(kind), most_request_(most_request), intake_(intake) {
  // No two lives of an agent have the same, though both begin in one second.
  origin_.generation = static_cast<std::uint32_t>(tools.random.next());
  origin_.began_seconds = telemetry::seconds_of(tools.clock.wall());
  origin_.stream = telemetry::stream_key(tools.installation, kind.stream, origin_.generation);
}

core::Task<Verdict> Taking::take_in(const net::Call& call) {
  Hold hold(at_hand_);
  core::Outcome<Taken> taken = co_await look_at(call, hold);
  if (!taken) co_return unreadable(taken.error());
  finish_records(taken->batch);
  const std::uint64_t read = taken->batch.count();
  auto keeping = intake_.keep(std::move(taken->batch));
  const core::Outcome<Kept> kept = co_await std::move(keeping);
  if (!kept) co_return later(kept.error());
  Verdict verdict;
  verdict.partial = partly(*taken, read, *kept, kind_);
  verdict.broken_ids = taken->broken_ids;
  co_return verdict;
}

core::Task<core::Outcome<Taken>> Taking::look_at(const net::Call& call, Hold& hold) {
  const auto work = [this, &call, &hold]() -> core::Outcome<Taken> {
    auto taken = take(call, kind_, most_request_);
    if (taken && !hold.add(taken->batch.weight(), kind_.growth * most_request_))
      return core::fail(core::Errc::busy, "cannot take it now: too many requests are at hand");
    return taken;
  };
  const bool is_plain =
      net::header(call.headers, "content-encoding").empty() && form_of(call) == Form::protobuf;
  if (is_plain && call.body.size() <= most_looked_at_here) co_return work();
  co_return co_await async::offload(tools_.pool, work);
}

void Taking::finish_records(telemetry::Batch& batch) {
  for (telemetry::Record& record : batch.records) {
    record.origin = origin_;
    if (record.time == core::WallTime()) record.time = tools_.clock.wall();
    origin_.offset += record.bytes;
  }
}

}  // namespace outrider::sources::otlp
