#include "agent/app/recording/incidents.hpp"

#include "agent/async/pool.hpp"

#include <utility>

namespace outrider::app {
namespace {

constexpr std::size_t most_shown = 10;
constexpr std::size_t most_listed = 1000;

}  // namespace

// A disk that has no room for it must not keep the service down: it is recorded in memory then, and what is
// there does not outlive us.
core::Task<void> Incidents::open(World& world, const Settings& settings) {
  if (!settings.health.restart) co_return;
  const std::string path = settings.state + "/recorder";
  const std::uint64_t bytes = settings.incidents.recorder_bytes;
  auto work = [&world, path, bytes] { return world.map_file(path, bytes); };
  auto memory = co_await async::offload(world.pool, std::move(work));
  if (!memory) {
    world.log.error("app", "The flight recorder does not outlive outrider",
                    {{"why", memory.error().what}, {"hint", memory.error().hint}});
    memory = os::map_nothing(path, bytes);
  }
  recorder_ = std::make_unique<incident::Recorder>(std::move(*memory), world.random);
  eyes_ = world.make_eyes();
}

pipeline::Keep Incidents::keep() {
  if (!recorder_) return {};
  return [recorder = recorder_.get()](core::WallTime when, std::string_view stream, std::string_view document,
                                      bool unterminated) {
    recorder->line(when, stream, document, unterminated);
  };
}

void Incidents::start(World& world, const config::Loaded<Settings>& loaded, incident::Timeline& timeline,
                      prometheus::Registry& registry, incident::Desk::Look look,
                      std::function<void(std::exception_ptr)> part_ended) {
  if (!recorder_) return;
  const Settings& settings = *loaded.value;
  const incident::Desk::Tools tools{world.decide, world.clock,     world.random, world.pool,
                                    world.files,  world.processes, registry,     world.log,
                                    timeline,     *recorder_,      *eyes_};
  incident::Desk::About about{settings.service, settings.state + "/incidents", settings.incidents,
                              loaded.hash};
  desk_ = std::make_unique<incident::Desk>(tools, std::move(about), std::move(look));
  timeline.heard_by([desk = desk_.get()](const core::Event& event) { desk->hear(event); });
  slot_ = std::make_unique<async::Slot>(world.decide, std::move(part_ended));
  slot_->start(desk_->run());
}

core::Task<void> Incidents::stop() {
  if (slot_) co_await slot_->stop();
}

void Incidents::end() {
  if (desk_) desk_->ends();
}

void Incidents::listen_to(supervise::Hooks& hooks) {
  if (!desk_) return;
  incident::Desk& desk = *desk_;
  hooks.before_stop = [&desk](std::int64_t pid, std::string why) {
    return desk.look_at(pid, std::move(why));
  };
  hooks.ended = [&desk](const supervise::Ending& ending) {
    desk.ended({ending.how, ending.never_started, ending.asked, ending.sentence});
  };
  hooks.gave_up = [&desk](const std::string& why) { desk.gave_up(why); };
}

void Incidents::show(core::Status& status) const {
  if (!desk_) return;
  status.service.incident = desk_->id();
  for (incident::Brief& brief : desk_->newest(most_shown)) {
    status.incidents.push_back({std::move(brief.id), std::string(incident::name_of(brief.kind)),
                                std::move(brief.title), brief.opened, brief.closed,
                                std::move(brief.conclusion), brief.deaths});
  }
}

core::Outcome<std::string> Incidents::list() const {
  if (!desk_) return core::Commands::no_incidents();
  return incident::to_json(desk_->newest(most_listed));
}

core::Task<core::Outcome<std::string>> Incidents::read(std::string id, bool whole) {
  if (!desk_) co_return core::Commands::no_incidents();
  auto known = co_await desk_->read(std::move(id));
  if (known && !whole) known = incident::without_its_words(*known);
  co_return known;
}

}  // namespace outrider::app
