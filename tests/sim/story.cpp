#include "tests/sim/story.hpp"

#include "agent/audit/verify.hpp"
#include "agent/core/text.hpp"
#include "tests/sim/told.hpp"

#include <algorithm>
#include <csignal>
#include <functional>

#include <fmt/format.h>

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t budget = 5;
constexpr core::Duration budget_window = 1h;

struct Fault {
  const char* name;
  bool only_unknown;  // can only make answers unknown: nothing may be restarted because of it
  void (*begin)(SimWorld& world);
  void (*end)(SimWorld& world);
};

void nothing(SimWorld&) {}

std::string rotated(const SimWorld& world) { return fmt::format("{}.{}", followed_log, world.rotations); }
std::string next_rotated(SimWorld& world) {
  ++world.rotations;
  return rotated(world);
}
void rotate(SimWorld& world) { world.watched_files.rename(followed_log, next_rotated(world)); }

std::vector<Fault> of_service_and_machine() {
  return {
      {"crash", false,
       [](SimWorld& world) { world.processes.end_all(service_program, os::SimPlan::crashed(SIGSEGV)); },
       nothing},
      {"out of memory", false,
       [](SimWorld& world) { world.processes.end_all(service_program, os::SimPlan::crashed(SIGKILL, true)); },
       nothing},
      {"sick", false, [](SimWorld& world) { world.service_is_sick = true; }, nothing},
      {"hang", false,
       [](SimWorld& world) { world.net.set_fault(service_address, {net::Trouble::hang, {}, 0}); },
       [](SimWorld& world) { world.net.set_fault(service_address, {}); }},
      {"garbage", false,
       [](SimWorld& world) { world.net.set_fault(service_address, {net::Trouble::garbage, {}, 0}); },
       [](SimWorld& world) { world.net.set_fault(service_address, {}); }},
      {"database down", false,
       [](SimWorld& world) {
         world.net.set_fault(database_address, {net::Trouble::refuse, {}, 0});
         world.service_is_sick = true;
       },
       [](SimWorld& world) {
         world.net.set_fault(database_address, {});
         world.service_is_sick = false;
       }},
      {"no descriptors to start with", false, [](SimWorld& world) { world.processes.refuse_starts(2); },
       nothing},
      {"disk full", true,
       [](SimWorld& world) { world.files.faults.capacity_bytes = world.files.used_bytes(); },
       [](SimWorld& world) {
         world.files.faults.capacity_bytes = std::numeric_limits<std::uint64_t>::max();
       }},
      {"sync fails", true, [](SimWorld& world) { world.files.faults.sync_fails = true; },
       [](SimWorld& world) { world.files.faults.sync_fails = false; }},
      {"wall clock jumps", true,
       [](SimWorld& world) { world.clock.jump_wall(world.random->below(2) == 0 ? 1h : -1h); }, nothing},
      {"reload", true, [](SimWorld& world) { world.signals.deliver(SIGHUP); }, nothing},
      {"broken reload", true,
       [](SimWorld& world) {
         world.configuration += "\nnonsense: true\n";
         world.signals.deliver(SIGHUP);
       },
       [](SimWorld& world) {
         const auto at = world.configuration.find("\nnonsense");
         if (at != std::string::npos) world.configuration.resize(at);
       }},
  };
}

std::vector<Fault> of_the_followed_log() {
  return {{"log renamed", true, [](SimWorld& world) { rotate(world); }, nothing},
          {"log renamed and deleted", true, [](SimWorld& world) { rotate(world); },
           [](SimWorld& world) { world.watched_files.remove(rotated(world)); }},
          {"log copied and cut", true,
           [](SimWorld& world) {
             world.watched_files.copy(followed_log, next_rotated(world));
             world.watched_files.truncate(followed_log);
           },
           nothing},
          {"log renamed, and no news of it", true,
           [](SimWorld& world) {
             world.watched_files.faults.no_news = true;
             rotate(world);
           },
           [](SimWorld& world) { world.watched_files.faults.no_news = false; }},
          {"log renamed while too much happens", true,
           [](SimWorld& world) {
             world.watched_files.faults.overflows = true;
             rotate(world);
           },
           [](SimWorld& world) { world.watched_files.faults.overflows = false; }},
          {"log cannot be read", true, [](SimWorld& world) { world.watched_files.faults.reads_fail = true; },
           [](SimWorld& world) { world.watched_files.faults.reads_fail = false; }},
          {"log renamed while there are no descriptors", true,
           [](SimWorld& world) {
             world.watched_files.faults.no_descriptors = true;
             rotate(world);
           },
           [](SimWorld& world) { world.watched_files.faults.no_descriptors = false; }},
          {"log renamed while the disk is full", true,
           [](SimWorld& world) {
             world.files.faults.capacity_bytes = world.files.used_bytes();
             rotate(world);
           },
           [](SimWorld& world) {
             world.files.faults.capacity_bytes = std::numeric_limits<std::uint64_t>::max();
           }}};
}

std::vector<Fault> of_people() {
  return {{"people hear nothing", true,
           [](SimWorld& world) { world.net.set_fault(people_address, {net::Trouble::hang, {}, 0}); },
           [](SimWorld& world) { world.net.set_fault(people_address, {}); }},
          {"people refuse, while the service dies", false,
           [](SimWorld& world) {
             world.net.set_fault(people_address, {net::Trouble::status, {}, 503});
             world.processes.end_all(service_program, os::SimPlan::crashed(SIGSEGV));
           },
           [](SimWorld& world) { world.net.set_fault(people_address, {}); }}};
}

const std::vector<Fault>& faults() {
  static const std::vector<Fault> known = [] {
    std::vector<Fault> all = of_service_and_machine();
    for (const Fault& fault : of_the_followed_log()) all.push_back(fault);
    for (const Fault& fault : of_people()) all.push_back(fault);
    return all;
  }();
  return known;
}

class Story {
 public:
  Story(std::uint64_t seed, core::Duration length) : world_(seed), end_(length) {}

  Account tell() {
    world_.pass(30s);
    expect(world_.agent->status().service.phase == "running", "the service was not started");
    while (world_.clock.now() < core::Instant{} + end_ - 1h) befall();
    heal();
    world_.pass(30min);
    world_.lines_are_written = false;
    world_.pass(29min);
    check_healed();
    check_carried();
    check_told();
    const std::optional<int> code = world_.end();
    expect(code == 0,
           code ? fmt::format("the agent ended with {}", *code) : "the agent did not end when asked to");
    check_at_the_end();
    account_.starts = world_.processes.starts().size();
    return std::move(account_);
  }

 private:
  void expect(bool held, const std::string& otherwise) {
    if (held || account_.broken.size() > 20) return;
    account_.broken.push_back(
        fmt::format("at {}: {}", core::show_duration(world_.clock.now() - core::Instant{}), otherwise));
  }

  // One fault, for a while, alone: so that what follows can be laid at its door.
  void befall() {
    const auto quiet = std::chrono::seconds(60 + world_.random->below(1800));
    world_.pass(quiet);
    const Fault& fault = faults()[world_.random->below(faults().size())];
    ++account_.faults[fault.name];
    const std::size_t starts_before = world_.processes.starts().size();
    const core::Status before = world_.agent->status();
    const bool was_calm = before.service.phase == "running";
    const bool was_quiet = before.alerts->alerts.empty();
    const std::size_t told_before = world_.told.size();
    fault.begin(world_);
    world_.pass(std::chrono::seconds(1 + world_.random->below(180)));
    fault.end(world_);
    if (fault.only_unknown && was_calm) {
      expect(world_.processes.starts().size() == starts_before,
             fmt::format("restarted because of '{}'", fault.name));
    }
    if (was_quiet && fault.name == std::string_view("database down")) check_told_of_the_database(told_before);
    check_all_along();
  }

  void heal() {
    world_.files.faults = {};
    world_.watched_files.faults = {};
    world_.net.set_fault(database_address, {});
    world_.net.set_fault(service_address, {});
    world_.net.set_fault(people_address, {});
    world_.service_is_sick = false;
  }

  void check_all_along() {
    const auto& starts = world_.processes.starts();
    expect(world_.processes.alive(service_program) <= 1, "two of the service run at once");
    expect(world_.processes.leaked() == 0, "a process was left behind");
    // The first start is no restart; attempts that could not start count like the others.
    for (std::size_t i = starts.size() > 50 ? starts.size() - 50 : 1; i + budget < starts.size(); ++i) {
      const core::Duration apart = starts[i + budget].at - starts[i].at;
      expect(apart >= budget_window, fmt::format("restarted beyond the budget: starts {} and {} are {} apart",
                                                 i, i + budget, core::show_duration(apart)));
    }
    for (const core::StreamStatus& stream : world_.agent->status().streams) {
      expect(stream.read == stream.delivered + stream.dropped + stream.in_flight,
             fmt::format("the ledger of {} to {} does not sum to zero", stream.source, stream.sink));
    }
  }

  void check_healed() {
    const core::Status status = world_.agent->status();
    expect(status.service.phase == "running",
           "after the faults the service is " + status.service.phase + ": " + status.service.last_decision);
    expect(status.state == core::State::healthy, "after the faults: " + status.sentence);
    expect(status.audit_trouble.empty(), "after the faults the audit is in trouble: " + status.audit_trouble);
  }

  void check_carried() {
    const std::vector<unsigned> times = world_.carried();
    account_.lines = times.size();
    for (std::size_t number = 0; number < times.size(); ++number) {
      expect(times[number] == 1, fmt::format("line {} was carried {} times", number, times[number]));
    }
  }

  void check_told() {
    account_.told = world_.told.size();
    for (const std::string& sentence : told_amiss(world_.told, *world_.agent->status().alerts))
      expect(false, sentence);
  }

  // When the database explains it, nobody is called for the service.
  void check_told_of_the_database(std::size_t told_before) {
    for (std::size_t i = told_before; i < world_.told.size(); ++i) {
      const Told& one = world_.told[i];
      expect(one.name != "ServiceDown" || one.severity != "critical" || one.stage != "firing",
             "people were called for the service when the database was down: " + one.id);
    }
  }

  void check_at_the_end() {
    check_all_along_without_agent();
    const auto report = audit::verify(world_.files, "/var/lib/outrider/audit");
    expect(report.has_value(), "the audit cannot be read");
    if (report) expect(report->intact(), "the audit: " + report->sentence());
    if (report) expect(report->entries > 0, "the audit is empty");
  }

  void check_all_along_without_agent() {
    expect(world_.processes.groups_alive(service_program) == 0, "the service outlived the agent");
  }

  SimWorld world_;
  core::Duration end_;
  Account account_;
};

}  // namespace

Account live_through(std::uint64_t seed, core::Duration length) { return Story(seed, length).tell(); }

}  // namespace outrider::sim
