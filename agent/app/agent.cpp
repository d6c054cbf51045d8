#include "agent/app/agent.hpp"

#include "agent/async/across.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::app {

Agent::Agent(World& world, config::Loaded<Settings> loaded, AgentOptions options)
    : world_(world),
      loaded_(std::move(loaded)),
      options_(std::move(options)),
      started_(world.clock.wall()),
      registry_(std::make_shared<prometheus::Registry>()),
      timeline_(world.decide, world.clock, *registry_),
      self_metrics_(*registry_, options_.version),
      pulse_(world.clock, "decide", *registry_),
      changed_(world.decide),
      snapshots_(world.decide, {.weight = 4, .when_full = async::WhenFull::drop_oldest}),
      chores_(world.decide, [this](std::exception_ptr problem) { part_ended(std::move(problem)); }),
      health_slot_(world.decide, [this](std::exception_ptr problem) { part_ended(std::move(problem)); }),
      supervisor_slot_(world.decide, [this](std::exception_ptr problem) { part_ended(std::move(problem)); }),
      recovery_slot_(world.decide, [this](std::exception_ptr problem) { part_ended(std::move(problem)); }),
      telling_(
          world, *registry_, timeline_, [this] { return status(); },
          [this](std::exception_ptr problem) { part_ended(std::move(problem)); }),
      promises_(world, *registry_, timeline_,
                [this](std::exception_ptr problem) { part_ended(std::move(problem)); }),
      leaving_(world.decide),
      season_(world, *registry_, timeline_, [this](const core::Season& season) {
        if (supervisor_) supervisor_->heed(season);
        promises_.heed(season);
      }) {}

Agent::~Agent() = default;

// A part that ends by itself is the end of the agent: better restarted as a whole than half alive.
void Agent::part_ended(std::exception_ptr problem) {
  if (!end_.problem) {
    end_.problem = problem ? std::move(problem)
                           : std::make_exception_ptr(std::runtime_error("a part ended that should not have"));
  }
  changed_.ring();
}

void Agent::ask_to_stop() {
  end_.asked = true;
  changed_.ring();
}

core::Task<core::Outcome<>> Agent::open_state() {
  const std::string& directory = settings().state;
  auto prepare = [this, &directory]() -> core::Outcome<> {
    if (auto made = world_.files.make_directories(directory); !made) return made;
    auto lock = world_.lock(directory + "/lock");
    if (!lock) return core::fail(lock.error());
    state_lock_ = std::move(*lock);
    return {};
  };
  auto prepared = co_await async::offload(world_.pool, prepare);
  if (!prepared) co_return core::fail("state", prepared.error());

  const audit::Tools tools{world_.decide, world_.clock, world_.pool, world_.files, *registry_, world_.log};
  audit::Settings where;
  where.directory = directory + "/audit";
  auto journal = co_await audit::Journal::open(tools, std::move(where));
  if (!journal) co_return core::fail("state", journal.error());
  journal_ = std::move(*journal);
  co_return core::Outcome<>();
}

// Everything that can be refused is asked for before anything runs: nothing is ever half-started.
core::Task<core::Outcome<>> Agent::open() {
  auto state = co_await open_state();
  if (!state) co_return state;

  auto calendar = co_await season_.open(settings());
  if (!calendar) co_return core::fail("health", calendar.error());
  co_await season_.remember(settings());
  co_await incidents_.open(world_, settings());
  Upper::Hooks hooks;
  hooks.keep = incidents_.keep();
  hooks.publish = [this](pipeline::Snapshot snapshot) { snapshots_.post(std::move(snapshot)); };
  hooks.part_ended = [this](std::exception_ptr problem) {
    auto tell = [this, problem] { part_ended(problem); };
    async::post(world_.decide, std::move(tell));
  };
  hooks.service_process = [this] { return async::across(world_.decide, service_process()); };
  upper_ = std::make_unique<Upper>(world_, *registry_, settings().service, std::move(hooks));
  auto opened = co_await async::across(world_.carry, upper_->open(settings()));
  if (!opened) co_return opened;

  auto api = listen_api(settings(), nullptr);
  if (!api) co_return core::fail("api", api.error());
  api_ = std::move(*api);
  co_return core::Outcome<>();
}

core::Task<void> Agent::start() {
  co_await async::across(world_.carry, upper_->start(settings()));
  chores_.start(run_chores());
  (void)season_.look();  // before anything acts by it
  co_await promises_.start(settings());
  wire_health(settings());
  wire_incidents();
  wire_supervisor(settings());
  wire_recovery(settings());
  if (recovery_) co_await prepare_key();
  co_await telling_.start(settings());
  if (api_.server) api_.slot->start(api_.server->run());
  ready_ = true;

  const auto& service = settings().service.service;
  timeline_.record(core::EventKind::lifecycle, service, fmt::format("outrider {} began", options_.version));
  std::string listening = fmt::format("{}", fmt::join(api_addresses(), ", "));
  world_.log.info("app", "Ready", {{"api", listening}, {"metrics", upper_->metrics_address()}});
  if (auto told = world_.notifier.ready("supervising " + service); !told) {
    world_.log.warn("app", "Cannot tell the service manager", {{"why", told.error().what}});
  }
  world_.settled();
}

// From the inside out: nothing judges any more, the child ends, what it wrote is carried, the faces close
// last.
core::Task<void> Agent::stop() {
  stopping_ = true;
  ready_ = false;
  (void)world_.notifier.stopping("stopping the service");
  timeline_.record(core::EventKind::lifecycle, settings().service.service, "outrider is stopping");
  co_await telling_.stop();  // that we stop is no trouble; what was not told yet is told after the next start
  co_await health_slot_.stop();
  co_await promises_.stop();
  co_await supervisor_slot_.stop();
  co_await recovery_slot_.stop();
  co_await incidents_.stop();
  if (api_before_) leaving_.start(close_api(std::move(*api_before_)));
  leaving_.start(close_api(std::move(api_)));
  co_await leaving_.join();
  co_await chores_.stop();
  if (upper_) co_await async::across(world_.carry, upper_->stop());
  incidents_.end();
  co_await journal_->settle();
}

core::Task<void> Agent::wait_for_end() {
  while (!end_.came()) co_await changed_.wait();
}

int Agent::exit_code() {
  if (end_.problem) {
    try {
      std::rethrow_exception(end_.problem);
    } catch (const std::exception& problem) {
      world_.log.error("app", "A part of the agent failed", {{"why", problem.what()}});
    }
    return run_failed;
  }
  return end_.child_code.value_or(run_fine);
}

core::Task<int> Agent::run() {
  auto opened = co_await open();
  if (!opened) {
    world_.log.error("app", "Cannot start", {{"why", opened.error().what}, {"hint", opened.error().hint}});
    if (upper_) co_await async::across(world_.carry, upper_->stop());
    if (journal_) co_await journal_->settle();
    co_return run_failed;
  }
  co_await start();
  co_await wait_for_end();
  co_await stop();
  const int code = exit_code();
  world_.log.info("app", "Stopped", {{"code", code}});
  co_return code;
}

}  // namespace outrider::app
