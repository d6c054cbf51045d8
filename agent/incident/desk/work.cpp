// What the desk does by itself, once a second and whenever there is news.
#include "agent/async/race.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/incident/desk/desk.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace outrider::incident {
namespace {

using core::EventKind;
using core::Task;
using namespace std::chrono_literals;

constexpr core::Duration marker_every = 5s;
constexpr core::Duration save_again_after = 10s;
constexpr core::Duration save_every = 1s;  // at most: each is a file, and a disk that is waited for
constexpr std::uint64_t longest_marker = 4096;
constexpr std::uint64_t longest_changes = 256 * 1024;

std::string first_line_of(std::string text) {
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.pop_back();
  return core::clean_utf8(text.substr(0, 200));
}

}  // namespace

Task<void> Desk::run() {
  co_await take_up();
  for (;;) {
    co_await tick();
    const core::Instant next =
        std::min(core::second_after(measured_), gather_at_.value_or(core::Instant::max()));
    if (next <= tools_.clock.now() || hanging_ != 0) continue;
    (void)co_await news_.wait_until(tools_.clock, next);
  }
}

Task<void> Desk::take_up() {
  struct Found {
    core::Outcome<Stored> stored;
    std::string changes;
    Before before;
    std::string boot;
  };
  auto work = [this] {
    Found found{store_.load(), {}, look_back(tools_.recorder.recall().facts), tools_.eyes.boot()};
    found.changes =
        tools_.files.read_all(about_.directory + "/changes", longest_changes).value_or(std::string());
    return found;
  };
  Found found = co_await async::offload(tools_.pool, std::move(work));
  const core::WallTime now = tools_.clock.wall();
  changes_.read(found.changes);
  if (found.stored) {
    co_await take_up(std::move(*found.stored));
  } else {
    tools_.log.error("incident", "Cannot read the incidents", {{"why", found.stored.error().what}});
  }
  taken_up_ = true;
  for (const auto& what : std::exchange(early_, {})) what();
  tools_.recorder.fact(EntryKind::session, now, "begin", found.boot);
  bool news = changes_.now("version", about_.resource.version, now);
  news = changes_.now("configuration", about_.configuration, now) || news;
  if (news) co_await keep_changes();
  if (found.before.was && !found.before.ended)
    co_await tell_of_the_one_before(std::move(found.before), std::move(found.boot));
}

Task<void> Desk::take_up(Stored stored) {
  for (const std::string& name : stored.unreadable)
    tools_.log.warn("incident", "An incident cannot be read", {{"file", name}});
  // What was opened while we were reading is the newest.
  std::ranges::copy(briefs_, std::back_inserter(stored.briefs));
  briefs_ = std::move(stored.briefs);
  metrics_.show_kept(briefs_.size());
  if (!open_ && !stored.open.empty()) {
    open_ = std::move(stored.open.back());
    stored.open.pop_back();
    metrics_.show_open(true);
    if (!open_->gathered) gather_at_ = tools_.clock.now();
  }
  for (Incident& stale : stored.open) {
    stale.closed = tools_.clock.wall();
    stale.conclusion = "it went on as " + open_->id;
    show(stale);
    co_await save(stale);
  }
}

Task<void> Desk::tell_of_the_one_before(Before before, std::string boot) {
  const bool booted = !boot.empty() && boot != before.boot;
  const char* const how =
      booted ? "the machine was started anew" : "outrider was killed, or died, without ending the service";
  const std::string title = fmt::format("{} and outrider were gone: {}; outrider wrote last at {}",
                                        about_.resource.service, how, core::show_time(before.last));
  Incident& incident = open(Kind::agent_died, title);
  add_to_timeline(incident, {before.last, "lifecycle", "outrider wrote for the last time"});
  auto recall = [this, from = before.last - about_.settings.before] {
    return gather(tools_.recorder.recall(), from);
  };
  Gathered gathered = co_await async::offload(tools_.pool, std::move(recall));
  if (open_) add(*open_, std::move(gathered));
}

Task<void> Desk::tick() {
  if (hanging_ != 0) co_await see_hanging();
  const core::Instant now = tools_.clock.now();
  if (gather_at_ && *gather_at_ <= now) co_await gather_now();
  if (now >= core::second_after(measured_)) co_await measure();
  if (!about_.settings.deploy_marker.empty() && now - marker_looked_ >= marker_every) co_await watch_marker();
  if (open_ && !gather_at_) {
    if (!is_well()) {
      well_since_.reset();
    } else if (!well_since_) {
      well_since_ = now;
      well_wall_ = tools_.clock.wall();
    }
    if (well_since_ && now - *well_since_ >= about_.settings.close_after) close();
  }
  const bool due = !saved_at_ || now - *saved_at_ >= save_every;
  if ((unsaved_ && due) || (save_again_at_ && *save_again_at_ <= now)) co_await save();
}

// Unknown is not well. Where no probe asks, to be executing is all that can be known.
bool Desk::is_well() const {
  const core::ServiceStatus service = look_.service();
  if (service.phase != "running" || service.pid == 0) return false;
  return look_.probes().empty() ? service.state != core::State::sick : service.state == core::State::healthy;
}

void Desk::close() {
  open_->closed = well_wall_;
  const auto away = core::show_age(std::max(core::Duration::zero(), well_wall_ - open_->opened));
  open_->conclusion = "well again after " + away;
  const auto done =
      std::ranges::find(open_->timeline.rbegin(), open_->timeline.rend(), "action", &Remark::kind);
  if (done != open_->timeline.rend()) open_->conclusion += "; done last: " + done->sentence;
  well_since_.reset();
  tools_.timeline.record(EventKind::incident, about_.resource.service,
                         fmt::format("incident {} is over: {}", open_->id, open_->conclusion));
  metrics_.show_open(false);
  show(*open_);
  last_ = std::exchange(open_, std::nullopt);
  unsaved_ = true;
}

// Once a second: how the process is, and what its probes have answered since.
Task<void> Desk::measure() {
  const core::Instant now = tools_.clock.now();
  const core::Duration since = now - measured_;
  measured_ = now;
  const core::WallTime wall = tools_.clock.wall();
  const std::vector<core::ProbeStatus> probes = look_.probes();
  asked_.resize(probes.size());
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const core::ProbeStatus& probe = probes[i];
    if (std::exchange(asked_[i], probe.asked_total) == probe.asked_total || probe.asked_total == 0) continue;
    tools_.recorder.fact(
        EntryKind::answer, probe.asked, probe.name,
        fmt::format("{}: {} ({})", core::name_of(probe.last), probe.detail, core::show_duration(probe.took)));
  }
  metrics_.show(tools_.recorder.counts());
  const std::int64_t pid = look_.service().pid;
  if (std::exchange(pid_, pid) != pid) cpu_before_.reset();
  if (pid == 0) co_return;
  auto see = [this, pid] { return tools_.eyes.sample(static_cast<pid_t>(pid)); };
  auto sample = co_await async::offload(tools_.pool, std::move(see));
  if (!sample) co_return;
  const std::optional<double> cpu = sample->cpu;
  sample->cpu.reset();
  if (cpu && cpu_before_) sample->cpu = (*cpu - *cpu_before_) / core::to_seconds(since);
  cpu_before_ = cpu;
  tools_.recorder.fact(EntryKind::sample, wall, "", write_sample(*sample));
}

Task<void> Desk::gather_now() {
  gather_at_.reset();
  if (!open_) co_return;
  auto work = [this, from = open_->opened - about_.settings.before] {
    return std::pair(gather(tools_.recorder.recall(), from), tools_.eyes.gone());
  };
  auto [gathered, counted] = co_await async::offload(tools_.pool, std::move(work));
  if (!open_) co_return;
  add(*open_, std::move(gathered));
  found(std::move(counted));
}

Task<void> Desk::watch_marker() {
  marker_looked_ = tools_.clock.now();
  auto look = [this] { return tools_.files.read_all(about_.settings.deploy_marker, longest_marker); };
  const auto text = co_await async::offload(tools_.pool, std::move(look));
  if (!text) co_return;  // not there yet, or being written
  const std::string marker = first_line_of(*text);
  if (std::exchange(marker_, marker) == marker) co_return;
  if (changes_.now("deployment", marker, tools_.clock.wall())) co_await keep_changes();
}

Task<void> Desk::keep_changes() {
  auto work = [this, text = changes_.to_json()] {
    return tools_.files.replace(about_.directory + "/changes", text);
  };
  const auto kept = co_await async::offload(tools_.pool, std::move(work));
  if (!kept) tools_.log.warn("incident", "Cannot keep what was changed", {{"why", kept.error().what}});
}

Task<void> Desk::save() {
  unsaved_ = false;
  save_again_at_.reset();
  saved_at_ = tools_.clock.now();
  // By value: what is written may change, or be another, before it is written.
  const std::optional<Incident> newest = open_ ? open_ : last_;
  if (newest) co_await save(*newest);
}

Task<void> Desk::save(const Incident& incident) {
  auto work = [this, &incident] {
    auto saved = store_.save(incident);
    return std::pair(std::move(saved), store_.removed());
  };
  const auto [saved, removed] = co_await async::offload(tools_.pool, std::move(work));
  for (const std::string& id : removed) std::erase_if(briefs_, [&](const Brief& b) { return b.id == id; });
  metrics_.show_kept(briefs_.size());
  if (saved) co_return;
  save_again_at_ = tools_.clock.now() + save_again_after;
  metrics_.not_saved();
  tools_.log.error("incident", "Cannot keep an incident", {{"id", incident.id}, {"why", saved.error().what}});
}

}  // namespace outrider::incident
