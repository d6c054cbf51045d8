// The pipeline's answers to `outrider parked replay` and `drop`.
#include "agent/pipeline/parking/replaying.hpp"
#include "agent/pipeline/pipeline.hpp"

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

constexpr core::Duration replay_limit = std::chrono::seconds(45);

core::Error not_there(const core::ParkedQuestion& question) {
  return {core::Errc::not_found, "cannot find a parked record like that",
          question.sink.empty() ? "see `outrider parked list`"
                                : "see `outrider parked list --sink` for its name"};
}

}  // namespace

async::Task<core::Outcome<std::string>> Pipeline::replay_parked(core::ParkedQuestion question) {
  const core::Instant until = tools_.clock.now() + replay_limit;
  Replayed sum;
  for (const auto& carrier : carriers_) {
    if (!question.sink.empty() && carrier->name() != question.sink) continue;
    Account*& account = parked_accounts_[carrier->name()];
    if (account == nullptr) account = &ledger_.open("parked", carrier->name());
    auto one =
        co_await pipeline::replay_parked(parking_, *carrier, *account, tools_.clock, question.id, until);
    if (!one) co_return core::fail("cannot replay", one.error());
    sum.taken += one->taken;
    sum.refused += one->refused;
    sum.in_time = sum.in_time && one->in_time;
  }
  if (sum.taken + sum.refused == 0 && sum.in_time) co_return core::fail(not_there(question));
  std::string told = fmt::format("{} parked records were taken", sum.taken);
  if (sum.refused > 0) told += fmt::format(", {} were refused again and stay parked", sum.refused);
  if (!sum.in_time) told += "; the time was up before all were taken: those stay parked, ask again";
  co_return told;
}

async::Task<core::Outcome<std::string>> Pipeline::drop_parked(core::ParkedQuestion question) {
  std::uint64_t dropped = 0;
  for (const std::string& sink : parking_.sinks()) {
    if (!question.sink.empty() && sink != question.sink) continue;
    const auto one = co_await pipeline::drop_parked(parking_, sink, question.id);
    if (!one) co_return core::fail("cannot drop", one.error());
    dropped += *one;
  }
  if (dropped == 0) co_return core::fail(not_there(question));
  co_return fmt::format("{} parked records were dropped", dropped);
}

}  // namespace outrider::pipeline
