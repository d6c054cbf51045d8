#include "agent/app/season/keeper.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::app {
namespace {

// The wall clock may jump; so often is it looked at again.
constexpr core::Duration longest_between_looks = std::chrono::seconds(30);
constexpr std::uint64_t largest_file_bytes = 512 * 1024;

std::string as_text(const health::AdHoc& ad_hoc) {
  const boost::json::object object{
      {"until", core::show_time(ad_hoc.until)}, {"reason", ad_hoc.reason}, {"by", ad_hoc.by}};
  return boost::json::serialize(object) + "\n";
}

std::optional<health::AdHoc> from_text(std::string_view text) {
  boost::system::error_code trouble;
  const auto value = boost::json::parse({text.data(), text.size()}, trouble);
  const auto* const object = trouble ? nullptr : value.if_object();
  const auto word = [object](std::string_view key) -> std::string {
    const auto* const found = object == nullptr ? nullptr : object->if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
  };
  const auto until = core::read_time(word("until"));
  if (!until) return std::nullopt;
  return health::AdHoc{*until, word("reason"), word("by")};
}

}  // namespace

SeasonKeeper::SeasonKeeper(World& world, prometheus::Registry& registry, core::EventSink& events, Tell tell)
    : world_(world), events_(events), tell_(std::move(tell)), metrics_(registry), bell_(world.decide) {}

core::Task<core::Outcome<>> SeasonKeeper::open(const Settings& settings) {
  health::Zone zone;
  const std::string& name = settings.health.time_zone;
  if (name != "UTC") {
    const std::string path = health::zone_path(name);
    auto work = [files = &world_.files, path] { return files->read_all(path, largest_file_bytes); };
    const auto bytes = co_await async::offload(world_.pool, std::move(work));
    auto read = bytes ? health::Zone::read(*bytes) : core::Outcome<health::Zone>(core::fail(bytes.error()));
    if (!read)
      co_return core::fail(core::Errc::not_found,
                           fmt::format("cannot read health.time_zone {}: {}", name, read.error().what),
                           "install tzdata, or write the calendar in UTC");
    zone = std::move(*read);
  }
  service_ = settings.service.service;
  calendar_ = health::Calendar({settings.health.maintenance, settings.health.occasions}, std::move(zone));
  bell_.ring();
  co_return core::Outcome<>();
}

core::Task<void> SeasonKeeper::remember(const Settings& settings) {
  path_ = settings.state + "/maintenance.json";
  auto work = [files = &world_.files, path = path_]() -> core::Outcome<std::string> {
    if (!files->exists(path)) return std::string();
    return files->read_all(path, largest_file_bytes);
  };
  const auto text = co_await async::offload(world_.pool, std::move(work));
  if (text && text->empty()) co_return;
  if (text) ad_hoc_ = from_text(*text);
  if (!ad_hoc_)
    world_.log.error("app", "Cannot read which maintenance was begun: there is none",
                     {{"path", path_}, {"why", text ? "it is no record of one" : text.error().what}});
}

core::Task<core::Outcome<>> SeasonKeeper::keep(std::optional<health::AdHoc> next) {
  auto work = [files = &world_.files, path = path_, next]() -> core::Outcome<> {
    if (next) return files->replace(path, as_text(*next));
    if (!files->exists(path)) return {};
    return files->remove(path);
  };
  auto kept = co_await async::offload(world_.pool, std::move(work));
  if (kept) ad_hoc_ = std::move(next);
  bell_.ring();
  co_return kept;
}

core::Task<core::Outcome<std::string>> SeasonKeeper::maintenance(core::Journal& journal, core::Operator who,
                                                                 core::MaintenanceQuestion question) {
  const bool begin = question.begin;
  if (!begin && !ad_hoc_)
    co_return core::fail(core::Errc::refused, "cannot end the maintenance: no operator has begun one",
                         "a window of the configuration ends by itself");
  core::Deed deed{"operator " + who.name, begin ? "start maintenance" : "end maintenance", service_,
                  who.reason};
  const auto intent = co_await journal.intend(std::move(deed));
  if (!intent) co_return core::fail("cannot change the maintenance", intent.error());
  std::optional<health::AdHoc> next;
  if (begin) next = health::AdHoc{world_.clock.wall() + question.length, who.reason, who.name};
  auto kept = co_await keep(next);
  std::string result =
      begin ? fmt::format("{} is under maintenance for {}: nothing is done by itself meanwhile", service_,
                          core::show_duration(question.length))
            : fmt::format("the maintenance of {} is over", service_);
  if (!kept) result = kept.error().what;
  (void)co_await journal.conclude(*intent, kept.has_value(), result);
  if (!kept) co_return core::fail("cannot change the maintenance", kept.error());
  events_.record(core::EventKind::operator_command, service_,
                 fmt::format("{}: {} ({})", who.name, result, who.reason));
  (void)look();
  co_return result;
}

core::Duration SeasonKeeper::look() {
  const core::WallTime now = world_.clock.wall();
  const health::Outlook outlook = calendar_.look(now, ad_hoc_);
  const core::Season before = std::exchange(season_, outlook.season);
  metrics_.show(season_);
  tell_(season_);
  const auto tell = [&](const std::string& was, const std::string& is, std::string_view what) {
    if (was == is) return;
    events_.record(core::EventKind::lifecycle, service_,
                   is.empty() ? fmt::format("{}: {} is over", service_, what)
                              : fmt::format("{}: {} {}", service_, what, is));
  };
  tell(before.maintenance, season_.maintenance, "maintenance");
  tell(before.frozen, season_.frozen, "a freeze of actions");
  tell(before.raised, season_.raised, "a time that matters more");
  if (!outlook.changes_at) return longest_between_looks;
  const auto ahead = std::chrono::duration_cast<core::Duration>(*outlook.changes_at - now);
  return std::clamp(ahead, core::Duration(std::chrono::milliseconds(1)), longest_between_looks);
}

core::Task<void> SeasonKeeper::run() {
  for (;;) {
    const core::Duration holds = look();
    (void)co_await bell_.wait_until(world_.clock, world_.clock.now() + holds);
  }
}

}  // namespace outrider::app
