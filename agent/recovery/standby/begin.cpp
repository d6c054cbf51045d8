// How the proof standby comes to its data and its server: each with an entry in the journal before and after.
#include "agent/core/advice.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/drill/stages.hpp"
#include "agent/recovery/standby/standby.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Task;
using Step = tl::expected<void, Stop>;

constexpr core::Duration first_between_restores = 10min, longest_between_restores = 6h;

Stop stop_of(const core::Error& error) { return {Finding::could_not_verify, core::with_advice(error)}; }

}  // namespace

Task<void> Standby::prepare() {
  auto prepared = co_await ground_->prepare();
  if (!prepared) {
    give_up(stop_of(prepared.error()), Next::prepare);
    co_return;
  }
  if (status_.state == StandbyState::broken || status_.state == StandbyState::blind)
    enter(StandbyState::preparing, "it is tried again");
  next_ = Next::restore;
  if (!ground_->may_reuse()) co_return;
  // Data that cannot be gone on from are restored over.
  Step known = co_await control();
  if (!known) {
    why_restore_ = known.error().why;
    co_return;
  }
  status_.set = ground_->data_note();
  next_ = Next::start;
}

Task<core::Outcome<>> Standby::intend(std::string action, std::string why) {
  core::Deed deed{"recovery", std::move(action), settings_.directory, std::move(why)};
  const auto intent = co_await tools_.journal.intend(std::move(deed));
  if (!intent) co_return core::fail(intent.error());
  intent_ = *intent;
  co_return core::Outcome<>();
}

Task<void> Standby::conclude(bool succeeded, std::string result) {
  if (!intent_) co_return;
  const std::uint64_t intent = *std::exchange(intent_, std::nullopt);
  (void)co_await tools_.journal.conclude(intent, succeeded, std::move(result));
}

// What the data say of themselves; they must be this cluster's.
Task<Step> Standby::control() {
  auto read = co_await ground_->control_data();
  if (!read) {
    const bool corrupt = read.error().code == core::Errc::corrupt;
    co_return tl::unexpected<Stop>(
        Stop{corrupt ? Finding::disproved : Finding::could_not_verify, read.error().what});
  }
  const auto wanted = tools_.around().system_id;
  if (wanted && read->system_id != *wanted) {
    co_return disproved(
        fmt::format("the set is of another cluster: its system identifier is {}, the database's {}",
                    read->system_id, *wanted));
  }
  control_ = *read;
  status_.system_id = read->system_id;
  co_return Step();
}

// The newest set that can be restored, and room for it. Nothing: not now, and that is no trouble.
Task<tl::expected<std::optional<Choice>, Stop>> Standby::choose_set() {
  const StandbySurroundings around = tools_.around();
  if (around.listing == nullptr || around.chain == nullptr) {
    if (!around.trouble.empty()) co_return could_not_verify(around.trouble);
    co_return std::nullopt;
  }
  if (around.drilling) co_return std::nullopt;
  Source source;
  source.system_id = around.system_id;
  auto choice = choose(*around.listing, *around.chain, DrillOrder{}, source);
  if (!choice) co_return tl::unexpected<Stop>(choice.error());
  const std::uint64_t needed = needed_bytes(*choice, around.chain->segment_bytes);
  auto premises = co_await ground_->premises();
  if (!premises) co_return tl::unexpected<Stop>(stop_of(premises.error()));
  if (premises->free_bytes < needed && !ground_->may_reuse()) {
    co_return could_not_verify(fmt::format("{} has {} free and the restore needs {}", settings_.directory,
                                           core::show_bytes(premises->free_bytes), core::show_bytes(needed)));
  }
  co_return std::optional<Choice>(std::move(*choice));
}

Task<void> Standby::restore() {
  auto chosen = co_await choose_set();
  if (!chosen) {
    give_up(chosen.error(), Next::restore);
    co_return;
  }
  if (!*chosen) {
    due_ = tools_.clock.now() + 1s;
    co_return;
  }
  std::optional<Choice> choice = std::move(*chosen);
  auto intended = co_await intend("restore the proof standby",
                                  fmt::format("from set {}: {}", choice->set.label, why_restore_));
  if (!intended) {
    give_up(stop_of(intended.error()), Next::restore);
    co_return;
  }
  enter(StandbyState::restoring, fmt::format("it restores set {}: {}", choice->set.label, why_restore_));
  tools_.changed();
  std::string label = choice->set.label;
  Step brought = co_await bring(std::move(*choice));
  std::string result = brought ? "set " + label + " is restored" : brought.error().why;
  tools_.events.record(brought ? core::EventKind::action : core::EventKind::trouble, "proof standby", result);
  co_await conclude(brought.has_value(), std::move(result));
  if (!brought) {
    // What lies there now is neither the old nor the new.
    auto cleared = co_await ground_->tear_down(false);
    give_up(brought.error(), Next::prepare);
    if (!cleared)
      tools_.log.warn("recovery", "Cannot clear the proof standby's directory",
                      {{"why", cleared.error().what}});
    co_return;
  }
  ++status_.restores;
  restored_at_ = tools_.clock.now();
  if (status_.restores > 1) {
    between_restores_ = between_restores_ == core::Duration{}
                            ? first_between_restores
                            : std::min(2 * between_restores_, longest_between_restores);
  }
  status_.set = std::move(label);
  next_ = Next::start;
}

Task<Step> Standby::bring(Choice choice) {
  co_await stop_server();
  auto unmarked = co_await ground_->keep_data(std::nullopt);
  if (!unmarked) co_return tl::unexpected<Stop>(stop_of(unmarked.error()));
  auto steps = tools_.catalog.restore(choice.set, ground_->data_directory(), ground_->may_reuse());
  if (!steps) co_return tl::unexpected<Stop>(stop_of(steps.error()));
  const core::Instant began = tools_.clock.now();
  for (auto& step : *steps) {
    const std::string what = step.what;
    auto ran = co_await ground_->run(std::move(step), limit_);
    if (!ran) co_return could_not_verify("cannot " + what + ": " + ran.error().what);
    if (!ran->exit.succeeded()) co_return judge_restore(what, *ran);
  }
  const double took = core::to_seconds(tools_.clock.now() - began);
  if (choice.set.database_bytes > 0 && took > 0)
    restore_rate_ = static_cast<double>(choice.set.database_bytes) / took;
  Step known = co_await control();
  if (!known) co_return known;
  auto kept = co_await ground_->keep_data(choice.set.label);
  if (!kept) co_return tl::unexpected<Stop>(stop_of(kept.error()));
  co_return Step();
}

Task<void> Standby::start() {
  // Its own limits may have to grow with the source's, and only the data know.
  Step known = co_await control();
  auto fetch = tools_.catalog.fetch_wal();
  if (!known || !fetch) {
    why_restore_ = known ? fetch.error().what : known.error().why;
    // These are our own data: whatever became of them, it is no fault of the archive.
    const bool anew = !known && known.error().finding == Finding::disproved;
    give_up(known ? stop_of(fetch.error()) : Stop{Finding::could_not_verify, why_restore_},
            anew ? Next::restore : Next::start);
    co_return;
  }
  const std::string before = status_.starts == 0 ? "" : "; before: " + status_.sentence;
  auto intended = co_await intend("start the proof standby",
                                  "it follows " + status_.catalog + " from set " + status_.set + before);
  if (!intended) {
    give_up(stop_of(intended.error()), Next::start);
    co_return;
  }
  ServerPlan plan;
  plan.control = control_;
  plan.fetch = std::move(*fetch);
  plan.settings = server_settings_;
  Following following;
  following.ask_every = std::min<core::Duration>(following.ask_every, settings_.every);
  following.most_bytes_per_second = settings_.most_bytes_per_second;
  following.shared_buffers = settings_.shared_buffers;
  plan.following = following;
  auto started = co_await ground_->start_server(std::move(plan));
  std::string result = started ? "it runs" : started.error().what;
  co_await conclude(started.has_value(), std::move(result));
  if (!started) {
    give_up(stop_of(started.error()), Next::start);
    co_return;
  }
  ++status_.starts;
  past_ = {};
  enter(StandbyState::starting, "its server starts on set " + status_.set);
  next_ = Next::look;
}

}  // namespace outrider::recovery
