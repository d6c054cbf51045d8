// What the watch does about what it sees: the intent goes into the journal first, the result after it.
#include "agent/os/tool.hpp"
#include "agent/recovery/watch/watch.hpp"

#include <algorithm>
#include <utility>

namespace outrider::recovery {
namespace {

using core::Task;

constexpr core::Duration backup_limit = std::chrono::hours(12);
constexpr std::uint64_t kept_bytes = 16 * 1024;

}  // namespace

RemedyView Watch::remedy_view() const {
  RemedyView view;
  view.evidence = snapshot_.evidence ? &*snapshot_.evidence : nullptr;
  view.track = &server_.track();
  view.judgements = &snapshot_.judgements;
  view.forecast = &snapshot_.forecast;
  for (const auto& catalog : catalogs_) {
    if (!catalog->listing() || !catalog->listing()->archives_wal) continue;
    for (const auto& set : catalog->listing()->sets) {
      if (set.complete && set.stop_lsn) view.backup_ends = set.stop_lsn;
    }
    if (catalog->chain() && catalog->chain()->listed) view.archived_to = catalog->chain()->listed->lsn;
    break;
  }
  view.at_risk = snapshot_.exposure.rpo();
  view.rpo = settings_.objectives.rpo;
  view.system_id = server_.track().first_system_id;
  view.busy = drilling_ || remedying_;
  view.can_backup = backup_step().has_value();
  view.can_try_archiving = failing_ && failing_->can_be_run();
  view.now = snapshot_.taken;
  return view;
}

Task<core::Outcome<std::string>> Watch::act(RemedyKind kind) {
  if (kind == RemedyKind::switch_wal) {
    auto switched = co_await server_.switch_wal();
    if (!switched) co_return core::fail(switched.error());
    co_return "done";
  }
  if (kind == RemedyKind::cap_slots) co_return co_await server_.cap_slots(settings_.remedy.slot_cap_bytes);
  if (kind == RemedyKind::backup) co_return co_await take_backup();
  if (kind != RemedyKind::try_archiving || !failing_)
    co_return core::fail(core::Errc::unsupported, "it is only told");
  FailingArchive failing = *failing_;
  TrialTools trial{tools_.clock, tools_.pool, tools_.files, tools_.processes};
  auto said = co_await try_archiving(trial, std::move(failing));
  tried_ = said ? *said : said.error().what;
  tools_.events.record(core::EventKind::action, "recovery", tried_);
  co_return said;
}

// Of the first catalog that takes backups at all.
core::Outcome<catalogs::Step> Watch::backup_step() const {
  for (const auto& catalog : catalogs_) {
    if (auto step = catalog->catalog().backup(catalogs::BackupKind::differential)) return step;
  }
  return core::fail(core::Errc::unsupported, "none of the catalogs takes backups");
}

Task<core::Outcome<std::string>> Watch::take_backup() {
  auto step = backup_step();
  if (!step) co_return core::fail(step.error());
  os::Command command;
  command.argv = step->argv;
  command.environment = step->environment;
  const os::LineListener quiet = [](std::string_view, bool) {};
  auto ran = co_await os::run_tool(tools_.processes, tools_.clock, std::move(command), backup_limit,
                                   kept_bytes, quiet);
  if (!ran) co_return core::fail(ran.error());
  if (!ran->exit.succeeded())
    co_return core::fail(os::tool_error("cannot " + step->what, step->argv.front(), *ran));
  co_return "done";
}

// What would be done, for who has not allowed it, or where it cannot be.
std::string Watch::suggestion(const RemedyDecision& decision) const {
  if (decision.kind != RemedyKind::try_archiving || !failing_) return decision.why;
  return decision.why + "; " + failing_->explanation();
}

Task<void> Watch::remedy() {
  if (remedying_) co_return;
  co_await look_at_archiving();
  const auto decisions = decide_remedies(remedy_view(), settings_.remedy, remedies_done_);
  std::vector<std::string> suggested;
  for (const auto& decision : decisions) {
    if (decision.action == RemedyAction::suggest) {
      suggested.push_back(decision.why);
      const bool told = std::find(suggested_.begin(), suggested_.end(), decision.why) != suggested_.end();
      if (!told)
        tools_.events.record(core::EventKind::decision, "recovery", "suggested: " + suggestion(decision));
    }
    if (decision.action != RemedyAction::act) continue;
    core::Deed deed{"recovery", std::string(name_of(decision.kind)), options_.cluster, decision.why};
    const auto intent = co_await tools_.journal.intend(std::move(deed));
    if (!intent) continue;
    remedying_ = true;
    struct Under {
      bool& flag;
      ~Under() { flag = false; }
    };
    const Under under{remedying_};
    remedies_done_.push_back({decision.kind, tools_.clock.wall()});
    tools_.events.record(core::EventKind::action, "recovery", decision.why);
    const auto done = co_await act(decision.kind);
    std::string result = done ? *done : done.error().what;
    (void)co_await tools_.journal.conclude(*intent, done.has_value(), std::move(result));
    if (!done && decision.kind != RemedyKind::try_archiving)  // that one has been told
      tools_.events.record(core::EventKind::trouble, "recovery", done.error().what);
  }
  suggested_ = std::move(suggested);
  const core::WallTime hour_ago = tools_.clock.wall() - std::chrono::hours(1);
  std::erase_if(remedies_done_, [&](const RemedyDone& done) { return done.at < hour_ago; });
}

}  // namespace outrider::recovery
