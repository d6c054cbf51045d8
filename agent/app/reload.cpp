// Reload: plan, apply, and on trouble put back what was there. One at a time.
#include "agent/app/agent.hpp"
#include "agent/async/across.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::app {

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
  co_return outcome;
}

core::Task<core::Outcome<std::string>> Agent::reload_now() {
  auto next = co_await async::offload(world_.pool, world_.load);
  if (!next) {
    const core::Error error = next.report.error();
    co_return core::fail(core::Errc::invalid, error.what, error.hint);
  }
  const Plan what = plan([&](std::string_view path) { return config::same_under(path, loaded_, next); });
  if (!what.impossible.empty()) {
    co_return core::fail(core::Errc::invalid, "cannot reload: " + what.sentence(),
                         "restart outrider to change it");
  }
  // Certificates are read again whether or not their paths changed: renewal keeps the path.
  if (api_) {
    if (auto read = api_->reload_certificates(); !read) co_return core::fail("api.tls", read.error());
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
    trouble = co_await apply_part(plan.change[done], from, to);
    if (!trouble) break;
  }
  if (trouble) co_return trouble;
  // Put back, newest first. A part whose change failed has put itself back.
  while (done-- > 0) {
    auto undone = co_await apply_part(plan.change[done], to, from);
    if (!undone) {
      world_.log.error("app", "Cannot put back what was there before the reload",
                       {{"part", name_of(plan.change[done])}, {"why", undone.error().what}});
    }
  }
  co_return trouble;
}

core::Task<core::Outcome<>> Agent::apply_part(Part part, const Settings& from, const Settings& to) {
  switch (part) {
    case Part::log: world_.set_log_level(to.log_level); break;
    case Part::metrics_listener:
      co_return co_await async::across(world_.carry, upper_->change_listener(from, to));
    case Part::api_listener:
      api_wanted_ = to;
      changed_.ring();
      break;
    case Part::scrapes: co_return co_await async::across(world_.carry, upper_->change_scrapes(to));
    case Part::logs: co_return co_await async::across(world_.carry, upper_->change_logs(to));
    case Part::health:
      co_await health_slot_.stop();
      wire_health(to);
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
  }
  co_return core::Outcome<>();
}

core::Task<void> Agent::change_api(const Settings& wanted) {
  co_await api_slot_.stop();
  api_.reset();
  auto server = listen_api(wanted);
  if (server) {
    api_settings_ = wanted;
  } else {
    const std::string why = server.error().what;
    world_.log.error("app", "Cannot change the API's listeners, going back to the old ones", {{"why", why}});
    timeline_.record(core::EventKind::trouble, "api", "listeners kept as they were: " + why);
    server = listen_api(*api_settings_);
  }
  if (server) api_ = std::move(*server);
  api_addresses_ = api_ ? api_->addresses() : std::vector<std::string>();
  if (api_) api_slot_.start(api_->run());
}

}  // namespace outrider::app
