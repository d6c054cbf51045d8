// Reload: plan, apply, and on trouble put back what was there. One at a time.
#include "agent/app/agent.hpp"
#include "agent/async/across.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::app {
namespace {

std::vector<std::string> names_of(const std::vector<std::pair<std::string, health::ProbeSettings>>& probes) {
  std::vector<std::string> names;
  for (const auto& [name, probe] : probes) names.push_back(name);
  return names;
}

// Its directory is nobody's then.
bool loses_standby(const Settings& from, const Settings& to) {
  if (!from.recovery || !from.recovery->proof_standby) return false;
  if (!to.recovery || !to.recovery->proof_standby) return true;
  return from.recovery->proof_standby->directory != to.recovery->proof_standby->directory;
}

}  // namespace

core::Task<core::Outcome<std::string>> Agent::reload(core::Operator who) {
  if (reloading_) co_return core::fail(core::Errc::busy, "cannot reload: a reload is under way");
  if (stopping_) co_return core::fail(core::Errc::busy, "cannot reload: outrider is stopping");
  reloading_ = true;
  (void)world_.notifier.reloading(world_.clock.now());
  core::Deed deed{"operator " + who.name, "reload", options_.config_path, who.reason};
  const auto intent = co_await journal_->intend(std::move(deed));
  core::Outcome<std::string> outcome = co_await reload_now();
  std::string result = outcome ? *outcome : outcome.error().what;
  if (intent) (void)co_await journal_->conclude(*intent, outcome.has_value(), result);
  self_metrics_.reloaded(outcome.has_value(), world_.clock.wall());
  timeline_.record(core::EventKind::config, "configuration",
                   (outcome ? "reloaded: " : "reload refused: ") + result);
  const core::Level level = outcome ? core::Level::info : core::Level::error;
  const std::array<core::Field, 2> fields{core::Field{"result", result}, core::Field{"by", who.name}};
  world_.log.write(level, "app", outcome ? "Reloaded" : "Reload refused, going on as before", fields);
  (void)world_.notifier.ready("supervising " + settings().service.service);
  world_.settled();
  reloading_ = false;
  if (api_before_) {
    leaving_.start(close_api(std::move(*api_before_)));
    api_before_.reset();
  }
  co_return outcome;
}

core::Task<core::Outcome<std::string>> Agent::reload_now() {
  auto next = co_await async::offload(world_.pool, world_.load);
  if (!next) {
    const core::Error error = next.report.error();
    co_return core::fail(core::Errc::invalid, error.what, error.hint);
  }
  const auto same = [&](std::string_view path) { return config::same_under(path, loaded_, next); };
  const Plan what = plan(same, names_of(settings().health.probes), names_of(next.value->health.probes));
  if (!what.impossible.empty()) {
    co_return core::fail(core::Errc::invalid, "cannot reload: " + what.sentence(),
                         "restart outrider to change it");
  }
  // Certificates are read again whether or not their paths changed: renewal keeps the path.
  if (api_.server) {
    if (auto read = api_.server->reload_certificates(); !read) co_return core::fail("api.tls", read.error());
  }
  auto certificates = co_await async::across(world_.carry, upper_->reload_certificates());
  if (!certificates) co_return core::fail("metrics.tls", certificates.error());
  if (what.empty()) co_return what.sentence();

  auto applied = co_await apply(what, settings(), *next.value);
  if (!applied) co_return core::fail(applied.error());
  loaded_ = std::move(next);
  co_return what.sentence();
}

core::Task<core::Outcome<>> Agent::apply(const Plan& plan, const Settings& from, const Settings& to) {
  std::size_t done = 0;
  core::Outcome<> trouble;
  for (; done < plan.change.size() && trouble; ++done) {
    trouble = co_await apply_part(plan.change[done], plan, from, to);
    if (!trouble) break;
  }
  if (trouble) co_return trouble;
  // Put back, newest first. A part whose change failed has put itself back.
  while (done-- > 0) {
    auto undone = co_await apply_part(plan.change[done], plan, to, from);
    if (!undone) {
      world_.log.error("app", "Cannot put back what was there before the reload",
                       {{"part", name_of(plan.change[done])}, {"why", undone.error().what}});
    }
  }
  co_return trouble;
}

core::Task<core::Outcome<>> Agent::apply_part(Part part, const Plan& plan, const Settings& from,
                                              const Settings& to) {
  switch (part) {
    case Part::log: world_.set_log_level(to.log_level); break;
    case Part::metrics_listener:
      co_return co_await async::across(world_.carry, upper_->change_listener(from, to));
    case Part::api_listener: co_return change_api(to);
    case Part::scrapes: co_return co_await async::across(world_.carry, upper_->change_scrapes(to));
    case Part::samples: co_return co_await async::across(world_.carry, upper_->change_samples(to));
    case Part::logs: co_return co_await async::across(world_.carry, upper_->change_logs(to));
    case Part::calendar: {
      auto opened = co_await season_.open(to);
      if (!opened) co_return core::fail("health", opened.error());
      break;
    }
    case Part::health:
      co_await health_->reconfigure(probe_setups(to, plan.probes.keep));
      co_await promises_.stop();  // how often a probe is asked is a part of what is promised
      co_await promises_.start(to);
      // Whether a first verdict is to be waited for, and how long, is for the supervisor to know.
      if (supervisor_ && to.health.restart)
        supervisor_->reconfigure(supervise_options(to), make_actuator(to));
      break;
    case Part::restart:
      if (supervisor_ && to.health.restart) {
        supervisor_->reconfigure(supervise_options(to), make_actuator(to));
      } else {
        co_await supervisor_slot_.stop();
        supervisor_.reset();
        wire_supervisor(to);
      }
      break;
    case Part::slo:
      co_await promises_.stop();
      co_await promises_.start(to);
      co_await async::across(world_.carry, upper_->change_promises(to));
      break;
    case Part::recovery:
      co_await recovery_slot_.stop();
      if (recovery_ && loses_standby(from, to)) co_await recovery_->remove_standby();
      wire_recovery(to);
      if (recovery_) co_await prepare_key();
      break;
    case Part::notify:
      co_await telling_.stop();
      co_await telling_.start(to);
      break;
  }
  co_return core::Outcome<>();
}

// The new listeners stand before the old ones go, and both serve until the reload is through: whoever asked
// for it over one of them gets its answer, and hears of a port that is taken.
core::Outcome<> Agent::change_api(const Settings& to) {
  if (api_before_) {  // put back
    leaving_.start(close_api(std::exchange(api_, std::move(*api_before_))));
    api_before_.reset();
    return {};
  }
  auto next = listen_api(to, api_.server.get());
  if (!next) return core::fail("api", next.error());
  api_before_ = std::exchange(api_, std::move(*next));
  if (api_.server) api_.slot->start(api_.server->run());
  return {};
}

core::Task<void> Agent::close_api(Api api) {
  if (!api.slot) co_return;
  co_await async::ignore_cancellation();
  co_await api.slot->stop();
}

}  // namespace outrider::app
