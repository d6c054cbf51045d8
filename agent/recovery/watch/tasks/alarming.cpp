// How the watch drills its alarms: when it is time or somebody asks, over a copy of what it knows.
#include "agent/async/race.hpp"
#include "agent/recovery/drill_id.hpp"
#include "agent/recovery/watch/watch.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Task;

constexpr std::uint64_t most_alarm_bytes = 16ULL << 20;
constexpr std::size_t most_steps = 200;
constexpr core::Duration longest_rest = 1h;
constexpr core::Duration no_limit = 24h * 365;  // each phase of a drill has its own

}  // namespace

core::Outcome<std::string> Watch::begin_alarm_drill(AlarmOrder order, std::string actor, std::string reason) {
  if (catalogs_.empty())
    return core::fail(core::Errc::invalid, "cannot drill alarms: no backups are configured",
                      "set recovery.catalogs");
  if (alarms_.order)
    return core::fail(core::Errc::busy, fmt::format("alarm drill {} is under way", alarms_.order->id));
  order.id = drill_id(tools_.clock.wall());
  alarms_.steps.clear();
  alarms_.actor = std::move(actor);
  alarms_.reason = std::move(reason);
  alarms_.order = std::move(order);
  alarms_wanted_.ring();
  return alarms_.order->id;
}

boost::json::object Watch::alarm_drill() const {
  boost::json::object told{{"running", nullptr}, {"steps", boost::json::array()}, {"last", nullptr}};
  if (alarms_.order) told["running"] = alarms_.order->id;
  for (const std::string& step : alarms_.steps) told["steps"].as_array().emplace_back(step);
  if (!alarms_.last) return told;
  told["last"] = to_json(*alarms_.last);
  told["text"] = show(*alarms_.last);
  told["code"] = exit_code_of(*alarms_.last);
  return told;
}

Task<void> Watch::load_alarms() {
  const std::string path = options_.folder + "/alarms.jsonl";
  auto job = [&]() -> std::optional<AlarmRecord> {
    if (!tools_.files.exists(path)) return std::nullopt;
    const auto text = tools_.files.read_tail(path, most_alarm_bytes);
    return text ? read_last_alarms(*text) : std::nullopt;
  };
  alarms_.last = co_await async::offload(tools_.pool, job);
  if (alarms_.last && tools_.metrics != nullptr) tools_.metrics->alarms_drilled(*alarms_.last);
}

core::Duration Watch::until_alarms() const {
  const core::Duration every = settings_.alarms.every;
  if (every == core::Duration{} || catalogs_.empty()) return longest_rest;
  if (!alarms_.last) return core::Duration{};
  const core::Duration left = alarms_.last->ended + every - tools_.clock.wall();
  return std::clamp(left, core::Duration{}, longest_rest);
}

Task<void> Watch::tend_alarms() {
  for (;;) {
    // The first look at server and archive comes first: before it nothing could be judged.
    const bool seen = snapshot_.taken != core::WallTime{} && listed_ != core::Instant{};
    if (seen && !alarms_.order && until_alarms() == core::Duration{} && settings_.alarms.every > 0s)
      (void)begin_alarm_drill({}, "recovery", "it is time to drill the alarms");
    if (seen && alarms_.order) {
      const bool drilled = co_await alarm_drill_now();
      if (!drilled) co_await tools_.clock.sleep(1min);
      continue;
    }
    auto news = seen ? alarms_wanted_.wait() : listed_bell_.wait();
    const core::Duration rest = seen ? std::max<core::Duration>(until_alarms(), 1s) : longest_rest;
    (void)co_await async::finish_within(tools_.clock, rest, std::move(news));
  }
}

// A copy: the watch goes on meanwhile.
Scene Watch::scene(const catalogs::Catalog& catalog) const {
  Scene scene;
  scene.evidence = server_.evidence();
  scene.track = server_.track();
  scene.policy = server_.policy();
  scene.objectives = settings_.objectives;
  scene.drills = drills_;
  scene.canaries = server_.canaries();
  scene.settles_within = catalog.settles_within();
  return scene;
}

Task<core::Outcome<DrillRecord>> Watch::drill_feigned(catalogs::Catalog& catalog, Ground& ground) {
  const auto locks = co_await lock_drills();
  if (!locks) co_return core::fail(locks.error());
  struct Under {
    bool& flag;
    ~Under() { flag = false; }
  };
  drilling_ = true;
  const Under under{drilling_};
  DrillOrder order = settings_.drill.order();
  order.keep_data = false;
  // Hashing reads the source, and what is feigned is not there.
  std::erase(order.checks, Ask::hashes);
  Source known = co_await source();
  const Progress quiet = [](const std::string&, const std::string&) {};
  DrillTools tools{tools_.clock, catalog, ground, quiet, {}, nullptr};
  // In a coroutine of its own: its clean-up ignores cancellation, and from then on whoever awaited it here
  // would, too, and could never be stopped again.
  auto work = run_drill(std::move(tools), std::move(order), std::move(known));
  auto record = co_await async::with_deadline(tools_.clock, no_limit, std::move(work));
  co_return std::move(record.value());
}

// False when it could not even begin.
Task<bool> Watch::alarm_drill_now() {
  struct Over {
    AlarmDesk& desk;
    ~Over() { desk.order.reset(); }
  };
  const Over over{alarms_};
  AlarmOrder order = *alarms_.order;
  const std::size_t place = std::min(order.catalog, catalogs_.size() - 1);
  const catalogs::Tools catalog_tools{tools_.clock, tools_.pool, tools_.files, tools_.processes};
  const auto catalog = settings_.catalogs.at(place)(catalog_tools);
  core::Deed deed{alarms_.actor, "drill the alarms", catalog->target(), alarms_.reason};
  const auto intent = co_await tools_.journal.intend(std::move(deed));
  if (!intent) {
    tools_.log.error("recovery", "Cannot drill alarms without an audit journal",
                     {{"why", intent.error().what}});
    co_return false;
  }
  HearTools hearing{tools_.clock,    tools_.pool, tools_.files,
                    tools_.log,      *catalog,    options_.folder + "/verified-alarms",
                    options_.cluster};
  AlarmTools tools{std::move(hearing), tools_.client, {}, {}, settings_.drill.limit, {}, {}};
  tools.make_ground = [this] { return tools_.make_ground(ground_settings(settings_.drill, false)); };
  tools.drill = [this](catalogs::Catalog& feigned, Ground& ground) { return drill_feigned(feigned, ground); };
  tools.show = [this](const std::string& id) {
    if (tools_.metrics != nullptr) tools_.metrics->alarm_drilling(id);
  };
  tools.progress = [this](const std::string& phase, const std::string& what) {
    if (alarms_.steps.size() < most_steps) alarms_.steps.push_back(phase + ": " + what);
  };
  Scene sound = scene(*catalog);
  AlarmRecord record = co_await drill_alarms(std::move(tools), settings_.alarms, order, std::move(sound));
  std::string result = fmt::format("alarm drill {}: {}", record.id, record.sentence());
  (void)co_await tools_.journal.conclude(*intent, record.finding() == Finding::proven, std::move(result));
  tools_.events.record(core::EventKind::action, "alarm drill", record.sentence());
  const auto kept = co_await keep_alarms(record);
  if (!kept)
    tools_.log.warn("recovery", "Cannot keep the record of an alarm drill", {{"why", kept.error().what}});
  if (tools_.metrics != nullptr) tools_.metrics->alarms_drilled(record);
  alarms_.last = std::move(record);
  refresh();
  co_return true;
}

Task<core::Outcome<>> Watch::keep_alarms(AlarmRecord record) {
  auto job = [&]() -> core::Outcome<> {
    auto file = tools_.files.open_append(options_.folder + "/alarms.jsonl");
    if (!file) return core::fail(file.error());
    if (auto written = (*file)->append(boost::json::serialize(to_json(record)) + "\n"); !written)
      return written;
    return (*file)->sync();
  };
  co_return co_await async::offload(tools_.pool, job);
}

}  // namespace outrider::recovery
