#include "agent/incident/desk/desk.hpp"

#include "agent/core/text.hpp"
#include "agent/incident/desk/gather.hpp"
#include "agent/os/tool.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include <fmt/core.h>

namespace outrider::incident {
namespace {

using core::EventKind;
using core::Task;
using namespace std::chrono_literals;

// What a dead process has written comes out of its pipe a little later.
constexpr core::Duration gather_after = 500ms;
constexpr core::Duration debugger_limit = 1500ms;
constexpr std::uint64_t most_stack_bytes = 256 * 1024;
constexpr core::Duration told_before = 2min;

// Those that a program brings upon itself; the others somebody sent.
bool is_crash(int signal) {
  constexpr std::array crashes{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
  return std::ranges::find(crashes, signal) != crashes.end();
}

Kind kind_of(const Ended& ended) {
  if (ended.never_started) return Kind::cannot_start;
  if (ended.how.out_of_memory) return Kind::out_of_memory;
  return ended.how.exited || is_crash(ended.how.signal) ? Kind::crash : Kind::killed;
}

// "20261129-021500-k7"
std::string id_of(core::WallTime when, core::Random& random) {
  constexpr std::string_view letters = "23456789abcdefghjkmnpqrstuvwxyz";
  std::string id = core::show_time(when);
  std::erase_if(id, [](char sign) { return sign == '-' || sign == ':'; });
  id = id.substr(0, 8) + "-" + id.substr(9, 6) + "-";
  for (int i = 0; i < 2; ++i) id += letters[random.below(letters.size())];
  return id;
}

Remark remark_of(const core::Event& event) {
  const bool named = event.sentence.find(event.subject) != std::string::npos;
  return {event.wall, std::string(core::name_of(event.kind)),
          named ? event.sentence : event.subject + ": " + event.sentence};
}

}  // namespace

Desk::Desk(Tools tools, About about, Look look)
    : tools_(tools),
      about_(std::move(about)),
      look_(std::move(look)),
      store_(tools.files, about_.directory,
             {static_cast<std::size_t>(about_.settings.most), about_.settings.most_bytes}),
      metrics_(tools.registry, about_.resource.service),
      news_(tools.river),
      looked_(tools.river) {}

Desk::~Desk() = default;

void Desk::ends() {
  if (over_) return;
  over_ = true;
  tools_.recorder.fact(EntryKind::session, tools_.clock.wall(), "end", "");
}

// ---- what comes in

void Desk::hear(const core::Event& event) {
  Remark remark = remark_of(event);
  if (!over_) tools_.recorder.fact(EntryKind::event, event.wall, remark.kind, remark.sentence);
  if (event.kind == EventKind::operator_command || event.kind == EventKind::config) changes_.add(remark);
  if (!open_) return;
  add_to_timeline(*open_, std::move(remark));
  unsaved_ = true;
}

void Desk::changed(std::string kind, std::string sentence) {
  Remark change{tools_.clock.wall(), std::move(kind), std::move(sentence)};
  changes_.add(change);
  if (!open_) return;
  add_to_timeline(*open_, std::move(change));
  unsaved_ = true;
}

Incident& Desk::open(Kind kind, std::string title) {
  well_since_.reset();
  unsaved_ = true;
  const core::WallTime now = tools_.clock.wall();
  if (open_) return *open_;
  if (last_ && last_->closed && now - *last_->closed < about_.settings.reopen_within) {
    open_ = std::exchange(last_, std::nullopt);
    open_->closed.reset();
    open_->conclusion.clear();
    metrics_.show_open(true);
    show(*open_);
    tools_.timeline.record(EventKind::incident, about_.resource.service,
                           fmt::format("incident {} is open again: {}", open_->id, title));
    return *open_;
  }
  Incident incident;
  incident.id = id_of(now, tools_.random);
  incident.service = about_.resource.service;
  incident.version = about_.resource.version;
  incident.instance = about_.resource.instance;
  incident.kind = kind;
  incident.title = std::move(title);
  incident.opened = now;
  incident.changes = changes_.before(now);
  for (const core::Event& event : tools_.timeline.newest(50)) {
    if (now - event.wall <= told_before) add_to_timeline(incident, remark_of(event));
  }
  open_ = std::move(incident);
  metrics_.opened(kind, now);
  metrics_.show_open(true);
  show(*open_);
  // Heard by us, too, and so in its own timeline.
  tools_.timeline.record(EventKind::incident, about_.resource.service,
                         fmt::format("incident {} is opened: {}", open_->id, open_->title));
  return *open_;
}

// What comes before the disk was read waits for it: it may belong to an incident that is open there.
bool Desk::comes_early(std::function<void()> what) {
  if (taken_up_) return false;
  early_.push_back(std::move(what));
  return true;
}

void Desk::ended(const Ended& ended) {
  if (comes_early([this, ended] { this->ended(ended); })) return;
  if (ended.asked || (ended.how.succeeded() && !ended.never_started)) return;
  const core::ServiceStatus service = look_.service();
  const bool was_open = open_.has_value();
  Incident& incident = open(kind_of(ended), about_.resource.service + " " + ended.sentence);
  Death death;
  death.at = tools_.clock.wall();
  death.sentence = ended.sentence;
  if (!ended.never_started && ended.how.exited) death.code = ended.how.code;
  if (!ended.never_started && !ended.how.exited) death.signal = ended.how.signal;
  death.core_dumped = ended.how.core_dumped;
  add(incident, std::move(death));
  if (!was_open && incident.verdict.empty()) incident.verdict = service.why;
  gather_at_ = tools_.clock.now() + gather_after;
  show(incident);
  news_.ring();
}

void Desk::gave_up(const std::string& why) {
  if (comes_early([this, why] { gave_up(why); })) return;
  Incident& incident = open(Kind::crash_loop, about_.resource.service + " stays down: " + why);
  if (incident.kind != Kind::crash_loop) {
    incident.kind = Kind::crash_loop;
    incident.title =
        fmt::format("{} stays down after {} deaths: {}", about_.resource.service, incident.deaths_total, why);
  }
  show(incident);
  news_.ring();
}

// Whoever waits for us has a limit, and what we ask for may hang itself: so it is done in run(), and only
// waited for here. What was found by then is kept.
Task<void> Desk::look_at(std::int64_t pid, std::string why) {
  const core::ServiceStatus service = look_.service();
  Incident& incident = open(Kind::hang, std::move(why));
  incident.verdict = service.why;
  for (const core::ProbeStatus& probe : look_.probes()) {
    if (probe.dependency && probe.state == core::State::sick) incident.root_cause = probe.name;
  }
  show(incident);
  gather_at_ = tools_.clock.now();
  hanging_ = pid;
  news_.ring();
  while (hanging_ == pid) co_await looked_.wait();
}

// Everything that can only be seen while it hangs.
Task<void> Desk::see_hanging() {
  const std::int64_t pid = hanging_;
  auto see = [this, pid] { return tools_.eyes.hanging(static_cast<pid_t>(pid)); };
  found(co_await async::offload(tools_.pool, std::move(see)));
  if (!about_.settings.debugger.empty()) co_await ask_debugger(pid);
  if (hanging_ == pid) hanging_ = 0;
  looked_.ring();
}

void Desk::found(std::vector<Finding> findings) {
  if (!open_) return;
  for (Finding& finding : findings) add(*open_, std::move(finding));
  unsaved_ = true;
}

Task<void> Desk::ask_debugger(std::int64_t pid) {
  os::Command command;
  command.argv = {about_.settings.debugger,       "-batch", "-nx", "-p", std::to_string(pid), "-ex",
                  "thread apply all backtrace 40"};
  command.die_with_agent = true;
  const auto said = co_await os::run_tool(tools_.processes, tools_.clock, std::move(command), debugger_limit,
                                          most_stack_bytes);
  std::vector<Finding> findings(1);
  findings[0].name = "stacks, by " + about_.settings.debugger;
  findings[0].text = said ? said->output + said->errors : said.error().what;
  found(std::move(findings));
}

// ---- for the faces

std::vector<Brief> Desk::newest(std::size_t most) const {
  std::vector<Brief> some(briefs_.rbegin(),
                          briefs_.rbegin() + static_cast<std::ptrdiff_t>(std::min(most, briefs_.size())));
  return some;
}

std::string Desk::id() const {
  if (open_) return open_->id;
  return briefs_.empty() ? std::string() : briefs_.back().id;
}

void Desk::show(const Incident& incident) {
  const auto same = std::ranges::find(briefs_, incident.id, &Brief::id);
  if (same != briefs_.end()) {
    *same = brief_of(incident);
  } else {
    briefs_.push_back(brief_of(incident));
  }
}

Task<core::Outcome<std::string>> Desk::read(std::string id) {
  if (open_ && open_->id == id) co_return to_json(*open_);
  auto work = [this, id] { return store_.read(id); };
  co_return co_await async::offload(tools_.pool, std::move(work));
}

}  // namespace outrider::incident
