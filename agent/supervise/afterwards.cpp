// Whether a restart has helped, and the fleet's lease, which is held until that is known.
#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/supervise/actor.hpp"
#include "agent/supervise/limits/fleet.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace outrider::supervise {

using core::EventKind;
using core::Instant;
using core::Task;

namespace {

constexpr core::Duration lease_deadline = std::chrono::seconds(5);
constexpr core::Duration lease_again_after = std::chrono::seconds(5);
constexpr core::Duration longest_between_requests = std::chrono::minutes(1);

}  // namespace

// ---- whether it has helped

void Supervisor::Actor::first_verdict() {
  if (unverified_ && view_.verdict == core::State::unknown) verified(core::State::unknown);
}

// Only a restart that was meant to mend something can fail to; a death is the crash-loop breaker's business.
void Supervisor::Actor::verified(core::State found) {
  unverified_ = false;
  metrics_.verified(found);
  const Instant now = tools_.clock.now();
  const std::string after = core::show_duration(now - view_.started);
  if (found == core::State::healthy) {
    tools_.log.info("supervise", "A restart has helped",
                    {{"service", options_.service}, {"after", std::string_view(after)}});
    return;
  }
  if (cause_ != Cause::sick) return;
  ++view_.unmended;
  const std::string_view what = found == core::State::sick ? "it is sick again" : "its health is not known";
  note(EventKind::decision, fmt::format("the restart of {} has not mended it: {} {} after it ({})",
                                        options_.service, what, after, view_.verdict_why));
}

// When it will have been healthy long enough for what was tried to be forgotten.
std::optional<Instant> Supervisor::Actor::calm_at() const {
  if (view_.unmended == 0 || !healthy_since_) return std::nullopt;
  return *healthy_since_ + options_.settings.stable_after;
}

// ---- the lease

Task<void> Supervisor::Actor::ask_for_lease() {
  const auto lease = options_.lease;
  // From the decision until the first verdict on what replaces it, and what that may take on top.
  const auto most = view_.stop_timeout + options_.warm_up + std::chrono::minutes(1);
  std::string doing = "asking for the lease";
  auto work = lease->take(options_.holder, most);
  auto taken = co_await async::with_deadline(tools_.clock, lease_deadline, std::move(doing), std::move(work));
  const Instant now = tools_.clock.now();
  if (!taken) {
    const bool another = taken.error().code == core::Errc::busy;
    no_lease(another ? Refusal::lease : Refusal::lease_unknown, taken.error().what, lease_again_after);
    co_return;
  }
  lease_ = lease;
  auto paid = co_await pay_the_fleet(std::move(taken->record), now);
  if (!paid) {
    const bool is_spent = paid.error().code == core::Errc::exhausted;
    no_lease(is_spent ? Refusal::fleet_budget : Refusal::lease_unknown, paid.error().what, lease_again_after);
    co_await give_lease_back();
    co_return;
  }
  view_.lease.held = true;
  view_.lease.refusal.reset();
  lease_used_ = false;
  lease_until_ = now + most;
  metrics_.lease_asked(std::nullopt);
  metrics_.show_lease(true);
  note(EventKind::action, fmt::format("the fleet's lease {} is ours, with token {}, for at most {}",
                                      lease->target(), taken->token, core::show_duration(most)));
}

Task<core::Outcome<>> Supervisor::Actor::pay_the_fleet(std::string record, Instant) {
  const auto& limit = options_.settings.fleet->budget;
  if (!limit) co_return core::Outcome<>();
  FleetBudget budget(record, limit->count, limit->per, tools_.clock.wall());
  if (budget.spent()) {
    co_return core::fail(core::Errc::exhausted,
                         fmt::format("all {} restarts of the fleet's budget are spent, and the next is in {}",
                                     limit->count, core::show_duration(budget.refills_in())));
  }
  budget.spend();
  std::string doing = "writing the fleet's budget";
  auto work = lease_->write(budget.record());
  co_return co_await async::with_deadline(tools_.clock, lease_deadline, std::move(doing), std::move(work));
}

// Others wait as well: not all at the same moment.
void Supervisor::Actor::no_lease(Refusal refusal, std::string why, core::Duration again_in) {
  const auto spread = std::chrono::milliseconds(tools_.random.below(5'000));
  view_.lease.refusal = refusal;
  view_.lease.why = std::move(why);
  view_.lease.retry = tools_.clock.now() + std::min(again_in + spread, longest_between_requests);
  metrics_.lease_asked(refusal);
}

bool Supervisor::Actor::lease_is_over(const Decision& decision, Instant now) const {
  if (!view_.lease.held) return false;
  if (now >= lease_until_) return true;
  const bool does_nothing = decision.action == Action::none || decision.action == Action::refuse;
  if (!does_nothing) return false;
  if (!lease_used_) return true;  // it is not needed after all
  const bool known = decision.to == Phase::running && view_.phase == Phase::running && !unverified_;
  return known || decision.to == Phase::given_up || decision.to == Phase::ended;
}

Task<void> Supervisor::Actor::give_lease_back() {
  if (!lease_) co_return;
  view_.lease.held = lease_used_ = false;
  metrics_.show_lease(false);
  const auto lease = std::exchange(lease_, nullptr);
  std::string doing = "giving the lease back";
  auto work = lease->give_back();
  const auto given =
      co_await async::with_deadline(tools_.clock, lease_deadline, std::move(doing), std::move(work));
  if (!given)
    tools_.log.warn("supervise", "Could not give the lease back: it lapses by itself",
                    {{"lease", lease->target()}, {"because", given.error().what}});
}

}  // namespace outrider::supervise
