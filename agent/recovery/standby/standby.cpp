#include "agent/recovery/standby/standby.hpp"

#include "agent/async/executor.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/ground/replay_place.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Task;

constexpr core::Duration answer_limit = 5s;
constexpr core::Duration first_rest = 5s, longest_rest = 10min;
// So long nothing may go wrong before what went wrong is forgotten.
constexpr core::Duration well_for_long = 15min;

// The newest row that was acknowledged, and of which it is known that it is the very same.
const AcknowledgedCanary* newest_known(const std::vector<CanaryRow>& rows,
                                       const std::vector<AcknowledgedCanary>& known) {
  for (const CanaryRow& row : rows) {
    const auto found =
        std::lower_bound(known.begin(), known.end(), row.id,
                         [](const AcknowledgedCanary& one, std::uint64_t id) { return one.id < id; });
    if (found == known.end() || found->id != row.id || found->mark == 0) continue;
    if (found->mark == mark_of_hash(row.hash)) return &*found;
  }
  return nullptr;
}

}  // namespace

Standby::Standby(StandbyTools tools, std::unique_ptr<Ground> ground, StandbySettings settings,
                 const DrillSettings& drill)
    : tools_(std::move(tools)),
      ground_(std::move(ground)),
      settings_(std::move(settings)),
      server_settings_(drill.server),
      limit_(drill.limit) {
  status_.directory = settings_.directory;
  status_.catalog = tools_.catalog.target();
  status_.throttled = settings_.most_bytes_per_second > 0;
  status_.since = tools_.clock.wall();
  status_.sentence = "it begins";
}

Task<void> Standby::run() {
  std::exception_ptr cancelled;
  try {
    for (;;) {
      const core::Duration rest = co_await turn();
      tools_.changed();
      co_await tools_.clock.sleep(rest);
    }
  } catch (const boost::system::system_error&) {
    cancelled = std::current_exception();
  }
  co_await async::ignore_cancellation();
  co_await leave();
  std::rethrow_exception(cancelled);
}

Task<void> Standby::leave() {
  co_await conclude(false, "it was interrupted");
  const bool runs = next_ == Next::look;
  if (runs)
    (void)co_await intend("stop the proof standby",
                          "nobody looks after it now; its data stay for the next time");
  co_await stop_server();
  co_await conclude(true, "it is stopped");
}

Task<void> Standby::remove() {
  (void)co_await intend("remove the proof standby", "it is not configured any more");
  auto cleared = co_await ground_->tear_down(false);
  std::string result = cleared ? "its directory is clear" : cleared.error().what;
  co_await conclude(cleared.has_value(), std::move(result));
}

Task<core::Duration> Standby::turn() {
  const core::Duration until_due = due_ - tools_.clock.now();
  if (next_ != Next::look && until_due > core::Duration{}) co_return std::min(until_due, settings_.every);
  switch (next_) {
    case Next::prepare: co_await prepare(); break;
    case Next::restore: co_await restore(); break;
    case Next::start: co_await start(); break;
    case Next::look: co_await look(); break;
  }
  if (next_ == Next::look && past_.answered) co_return settings_.every;
  // What follows at once need not wait for the next look.
  constexpr core::Duration soon = 100ms, coming_up = 1s;
  const core::Duration rest = next_ == Next::look ? coming_up : core::Duration(due_ - tools_.clock.now());
  co_return std::clamp(rest, soon, std::max<core::Duration>(soon, settings_.every));
}

Task<void> Standby::ask(StandbyLook& look) {
  if (!connection_ || !connection_->open()) {
    connection_.reset();
    auto connected = co_await ground_->connect("postgres", answer_limit);
    if (!connected) {
      look.silence = connected.error().what;
      co_return;
    }
    connection_ = std::move(*connected);
  }
  auto place = co_await ask_place(*connection_, answer_limit);
  if (!place) {
    look.silence = place.error().what;
    co_return;
  }
  look.replayed = place->lsn;
  look.paused = place->paused;
  if (!look.replayed) look.silence = "it does not say how far it is";
  if (place->last_commit) status_.last_commit = place->last_commit;
  co_await ask_canary();
}

Task<void> Standby::ask_canary() {
  auto newest = co_await read_newest(*connection_, answer_limit);
  // Without canaries, or when replay came in between: what was read the last time is still there.
  if (newest) rows_ = std::move(*newest);
}

Task<void> Standby::look() {
  StandbyLook look;
  look.ended = co_await ground_->server_ended();
  if (!look.ended) co_await ask(look);
  look.fetches = co_await ground_->fetches();
  // From here to the end of the judging nothing is awaited: what is borrowed stays.
  const StandbySurroundings around = tools_.around();
  look.drilling = around.drilling;
  look.chain = around.chain;
  StandbyVerdict verdict = judge_standby(look, past_);
  if (!too_far_behind(around, verdict)) remember(look, verdict);
  if (around.canaries != nullptr && verdict.proves) {
    const auto* const known = newest_known(rows_, *around.canaries);
    status_.canary = known != nullptr ? std::optional(known->id) : std::nullopt;
    status_.canary_time = known != nullptr ? std::optional(known->acknowledged) : std::nullopt;
  }
  const bool wants_pause = verdict.state == StandbyState::held;
  if (look.replayed && wants_pause != past_.paused_by_us) co_await pause(wants_pause);
  co_await mend(std::move(verdict));
}

// So far that restoring again would be quicker.
bool Standby::too_far_behind(const StandbySurroundings& around, StandbyVerdict& verdict) const {
  if (verdict.state != StandbyState::catching_up || !status_.replayed || around.chain == nullptr ||
      around.listing == nullptr || !around.chain->newest || !around.chain->listed)
    return false;
  const auto& set = around.listing->sets[*around.chain->newest];
  const wal::Lsn end = around.chain->listed->lsn;
  if (!set.start_lsn || *set.start_lsn <= *status_.replayed || end <= *set.start_lsn) return false;
  Distance distance;
  distance.behind_bytes = end.value - status_.replayed->value;
  distance.behind_set = end.value - set.start_lsn->value;
  distance.set_bytes = set.database_bytes;
  distance.replay_rate = meter_.bytes_per_second().value_or(0);
  distance.restore_rate = restore_rate_.value_or(0);
  if (!worth_restoring_anew(distance)) return false;
  verdict.mend = Mend::restore;
  verdict.why = fmt::format("it is {} behind, and set {} leads there sooner",
                            core::show_bytes(distance.behind_bytes), set.label);
  return true;
}

void Standby::remember(const StandbyLook& look, const StandbyVerdict& verdict) {
  meter_.look(tools_.clock.now(), tools_.clock.wall(), past_.paused_by_us ? std::nullopt : look.replayed,
              look.fetches);
  status_.bytes_per_second = meter_.bytes_per_second();
  if (!status_.throttled) status_.samples = meter_.samples();
  status_.behind = verdict.behind;
  status_.segment = verdict.segment;
  if (const auto name = wal::read_name(look.fetches.last_served)) status_.timeline = name->timeline;
  if (look.replayed) status_.replayed = look.replayed;
  if (verdict.proves) {
    status_.proven_at = tools_.clock.wall();
    status_.proven_to = look.replayed;
  }
  enter(verdict.state, verdict.why);
  past_.state = verdict.state;
  past_.answered = past_.answered || look.silence.empty();
  past_.silent = look.silence.empty() ? 0 : past_.silent + 1;
  if (look.replayed) past_.replayed = look.replayed;
  const bool ill = verdict.state == StandbyState::broken || verdict.state == StandbyState::blind;
  if (ill) well_since_ = tools_.clock.now();
  if (tools_.clock.now() - well_since_ >= well_for_long) {
    rest_ = {};
    between_restores_ = {};
  }
}

Task<void> Standby::pause(bool paused) {
  const char* const statement = paused ? "SELECT pg_wal_replay_pause()" : "SELECT pg_wal_replay_resume()";
  auto done = co_await connection_->ask(statement, answer_limit);
  if (done) past_.paused_by_us = paused;
}

Task<void> Standby::mend(StandbyVerdict verdict) {
  if (verdict.mend == Mend::nothing) co_return;
  if (verdict.mend == Mend::restore) {
    // It is hard on the archive: not soon again after the last one.
    const core::Instant now = tools_.clock.now();
    if (restored_at_ != core::Instant{} && now < restored_at_ + between_restores_) co_return;
    why_restore_ = verdict.why;
    due_ = now;
    next_ = Next::restore;
    co_return;
  }
  wait_longer();
  co_await stop_server();
  next_ = Next::start;
  if (verdict.mend == Mend::give_up_room) {
    auto cleared = co_await ground_->tear_down(false);
    if (!cleared)
      tools_.log.warn("recovery", "Cannot clear the proof standby's directory",
                      {{"why", cleared.error().what}});
    why_restore_ = "its disk had been full, and it gave up its room";
    next_ = Next::prepare;
  }
}

Task<void> Standby::stop_server() {
  connection_.reset();
  rows_.clear();
  meter_.begin_anew();
  auto stopped = co_await ground_->stop_server();
  if (!stopped) tools_.log.warn("recovery", "The proof standby's server", {{"why", stopped.error().what}});
}

void Standby::enter(StandbyState state, std::string why) {
  const bool news = state != status_.state;
  if (news && !leads(status_.state, state)) {
    tools_.log.error("recovery", "The proof standby came where no way leads",
                     {{"from", name_of(status_.state)}, {"to", name_of(state)}});
  }
  if (!why.empty()) status_.sentence = why;
  if (!news) return;
  const bool was_ill = status_.state == StandbyState::broken || status_.state == StandbyState::blind;
  const bool is_ill = state == StandbyState::broken || state == StandbyState::blind;
  status_.state = state;
  status_.since = tools_.clock.wall();
  if (is_ill) {
    tools_.events.record(core::EventKind::trouble, "proof standby", status_.sentence);
  } else if (was_ill || state == StandbyState::following) {
    tools_.events.record(core::EventKind::health, "proof standby", status_.sentence);
  }
}

// A restore or a start that did not work out.
void Standby::give_up(const Stop& stop, Next next) {
  enter(stop.finding == Finding::disproved ? StandbyState::broken : StandbyState::blind, stop.why);
  well_since_ = tools_.clock.now();
  wait_longer();
  next_ = next;
}

void Standby::wait_longer() {
  rest_ = rest_ == core::Duration{} ? first_rest : std::min(2 * rest_, longest_rest);
  due_ = tools_.clock.now() + rest_;
}

}  // namespace outrider::recovery
