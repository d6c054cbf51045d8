// The worlds of the probes that look at the machine they run on.
#include "tests/contract/probe_worlds.hpp"

namespace outrider::contract {
namespace {

using namespace std::chrono_literals;

void arrange_disk(World& world, Condition condition) {
  world.calls_hang = condition == Condition::silent;
  if (condition == Condition::absent) return;
  for (const char* path : {"/", "/srv/data"}) {
    const std::uint64_t free = condition == Condition::sick ? 1 << 20 : 1ULL << 39;
    world.machine->spaces[path] = {1ULL << 40, free, 1000, 900, false, true};
  }
}

void arrange_heartbeat_file(World& world, Condition condition) {
  world.calls_hang = condition == Condition::silent;
  if (condition == Condition::absent) return;
  const core::WallTime when = world.clock.wall() - (condition == Condition::sick ? 1h : 1s);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
  world.machine->files["/run/tests-worker/beat"] = {when, ""};
  world.machine->files["/run/tests-worker/last"] = {when, std::to_string(seconds)};
}

void add_process(World& world, pid_t pid, const std::string& name, Condition condition) {
  os::ProcessSight& sight = world.machine->running[pid];
  sight.facts.pid = pid;
  sight.facts.group = pid;
  sight.facts.name = name;
  sight.facts.state = condition == Condition::sick ? 'Z' : 'S';
  sight.descriptors = 10;
}

void arrange_process(World& world, Condition condition) {
  world.calls_hang = condition == Condition::silent;
  if (condition == Condition::absent) return;
  world.child = 10;
  add_process(world, 10, "tests-api", condition);
  add_process(world, 11, "nginx", condition);
  add_process(world, 12, "worker", condition);
  world.machine->files["/run/worker.pid"] = {{}, "12\n"};
}

void arrange_port_owner(World& world, Condition condition) {
  world.calls_hang = condition == Condition::silent;
  if (condition == Condition::absent) return;
  world.child = 10;
  add_process(world, 10, "tests-api", condition);
  const std::string other = condition == Condition::sick ? "other" : "nginx";
  world.machine->ports[8080] = {{condition == Condition::sick ? 11 : 10, "tests-api", "::"}};
  world.machine->ports[443] = {{12, other, "0.0.0.0"}};
}

// A log that says nothing is no answer either way: nobody may be reading it.
void arrange_log(World& world, Condition condition) {
  if (condition == Condition::silent || condition == Condition::absent) return;
  world.once_it_listens = [&world, is_sick = condition == Condition::sick] {
    if (is_sick) world.clock.advance(11min);
    const char* document = is_sick ? R"({"log.level":"fatal","message":"panic: no memory"})"
                                   : R"({"log.level":"info","message":"batch 7 done"})";
    for (int line = 0; line < 25; ++line) world.ears.hear({world.clock.now(), world.clock.wall()}, document);
  };
}

void arrange_slo(World& world, Condition condition) {
  if (condition == Condition::silent || condition == Condition::absent) return;
  const bool is_sick = condition == Condition::sick;
  world.objective.emplace();
  world.objective->state = is_sick ? core::State::sick : core::State::healthy;
  world.objective->urgency = is_sick ? "page" : "none";
  world.objective->why = "availability of 99.9 %";
}

void add_processes(Scenes& made) {
  made["process"] = {.arrange = arrange_process,
                     .silent_is = core::Standing::unknown,
                     .bad = {{"nginx", "process"},
                             {"{memory: 1GiB}", "child"},
                             {"{child: false}", "child"},
                             {"{name: a, child: true}", "child"},
                             {"{pid_file: here}", "pid_file"},
                             {"{name: a, busy: {over: 1}}", "over"},
                             {"{name: a, busy: {above: 0}}", "above"},
                             {"{name: a, memory_growth: 100MiB}", "memory_growth"},
                             {"{name: a, thread_growth: many per 1h}", "thread_growth"},
                             {"{name: a, descriptors: most}", "descriptors"}},
                     .real_value = "{name: there-is-no-such-program}"};
  made["port_owner"] = {.arrange = arrange_port_owner,
                        .silent_is = core::Standing::unknown,
                        .bad = {{"https", "port_owner"},
                                {"70000", "port_owner"},
                                {"{process: nginx}", "port"},
                                {"{port: 0}", "port"},
                                {"{port: 1, process: \"\"}", "process"}},
                        .real_value = "1"};
}

}  // namespace

void add_machine_scenes(Scenes& made) {
  add_processes(made);
  made["log"] = {.arrange = arrange_log,
                 .absent_is = core::Standing::unknown,
                 .silent_is = core::Standing::unknown,
                 .bad = {{"\"(\"", "log"},
                         {"{match: a}", "log"},
                         {"{most: 3}", "most"},
                         {"{level: error, most: 3, least: 4}", "least"},
                         {"{level: chatty, most: 3}", "level"},
                         {"{match: \"[\", most: 3}", "match"},
                         {"{match: a, most: 3, within: 10}", "within"}},
                 .real_value = "\"panic:\""};
  made["slo"] = {.arrange = arrange_slo,
                 .absent_is = core::Standing::unknown,
                 .silent_is = core::Standing::unknown,
                 .bad = {{"\"\"", "slo"}, {"{at: page}", "objective"}, {"{objective: a, at: once}", "at"}},
                 .real_value = "availability"};
  made["disk"] = {.arrange = arrange_disk,
                  .absent_is = core::Standing::unknown,
                  .silent_is = core::Standing::unknown,
                  .bad = {{"here", "disk"},
                          {"{free: 10%}", "path"},
                          {"{path: /, free: 110%}", "free"},
                          {"{path: /, free: much}", "free"},
                          {"{path: /, free_inodes: -1}", "free_inodes"},
                          {"{path: /, full_within: 5}", "full_within"},
                          {"{path: /, window: 1s}", "window"}},
                  .real_value = "{path: /proc, must_be_mounted: true, free: 1TiB}"};
  made["heartbeat_file"] = {.arrange = arrange_heartbeat_file,
                            .silent_is = core::Standing::unknown,
                            .bad = {{"here", "heartbeat_file"},
                                    {"{most_age: 1m}", "path"},
                                    {"{path: /a, most_age: 0s}", "most_age"},
                                    {"{path: /a, mark: touched}", "mark"}},
                            .real_value = "/nowhere/at/all"};
}

}  // namespace outrider::contract
