#include "tests/contract/actuator_worlds.hpp"

#include "agent/actuators/seen_text.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/core.h>

namespace outrider::contract {
namespace {

using namespace std::chrono_literals;

void program(ActuatorWorld& world, const std::string& name, std::function<int()> code) {
  world.processes.program(name, [code](const os::Command&, core::Random&, unsigned) {
    os::SimPlan plan;
    plan.lives = 1ms;
    plan.ends = os::SimPlan::exited(code());
    return plan;
  });
}

void commands(ActuatorWorld& world) {
  FarService& far = world.far;
  program(world, "/up", [&far] { return far.runs = true, 0; });
  program(world, "/down", [&far] { return far.runs = false, 0; });
  program(world, "/is-up", [&far] { return far.runs ? 0 : 3; });
}

void commands_that_hang(ActuatorWorld& world) {
  for (const char* name : {"/up", "/down", "/is-up"})
    world.processes.program(name, [](const os::Command&, core::Random&, unsigned) {
      os::SimPlan plan;
      plan.ignores_term = true;
      return plan;
    });
}

// Takes whoever calls, and says nothing. Ends with the test program.
void deaf_socket(ActuatorWorld& world) {
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = world.scratch / "bus";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(listening, 16);
}

void far_and_well(ActuatorWorld& world) { world.far.silent = false; }
void far_and_silent(ActuatorWorld& world) { world.far.silent = true; }

std::function<std::string(const os::Scratch&)> plainly(std::string text) {
  return [text = std::move(text)](const os::Scratch&) { return text; };
}

}  // namespace

core::Task<core::Outcome<net::Response>> FarService::ask(net::Request request, core::Duration limit) {
  const bool is_long = request.url.find("/wait?") != std::string::npos;
  if (silent || is_long) {
    co_await clock_.sleep(limit);
    co_return core::fail(core::Errc::timed_out, "cannot ask: nobody answered within the limit");
  }
  co_return answer(request.url);
}

net::Response FarService::answer(const std::string& url) {
  const auto is_about = [&](const char* what) { return url.find(what) != std::string::npos; };
  if (is_about("/version")) return {200, {}, R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})"};
  if (is_about("/json"))
    return {
        200,
        {},
        fmt::format(
            R"({{"Id":"x","State":{{"Status":"{}","Running":{},"Pid":7,"ExitCode":0,"StartedAt":"{}"}}}})",
            runs ? "running" : "exited", runs, starts)};
  if (is_about("/look/")) {
    actuators::Seen seen;
    seen.runs = runs;
    seen.identity = std::to_string(starts);
    return {200, {}, actuators::write_seen(seen)};
  }
  if (is_about("/stop") || is_about("/kill")) runs = false;
  if (is_about("/start")) {
    runs = true;
    ++starts;
  }
  if (is_about("/restart")) {
    runs = true;
    ++starts;
  }
  return {200, {}, ""};
}

const std::map<std::string, ActuatorScene, std::less<>>& actuator_scenes() {
  static const std::map<std::string, ActuatorScene, std::less<>> scenes{
      {"child",
       {plainly("[/service]"),
        [](ActuatorWorld& world) {
          world.processes.program("/service",
                                  [](const os::Command&, core::Random&, unsigned) { return os::SimPlan(); });
        },
        {},
        {{"[]", "child"}, {"/service --port 1", "child"}}}},
      {"command",
       {plainly("{start: [/up], stop: [/down], status: [/is-up], kill: [/down]}"),
        commands,
        commands_that_hang,
        {{"{start: [/up]}", "stop"},
         {"{start: [], stop: [/a], status: [/a]}", "start"},
         {"{start: [/a], stop: [/a], status: [/a], every: 0s}", "every"}}}},
      {"docker",
       {plainly("{container: tests-api}"),
        far_and_well,
        far_and_silent,
        {{"{}", "container"},
         {"{container: a/b}", "container"},
         {"{container: a, socket: here}", "socket"}}}},
      {"kubernetes",
       {plainly("{pod: tests-api-0, namespace: school, server: \"https://10.0.0.1:6443\"}"),
        {},
        far_and_silent,
        {{"{}", "pod"},
         {"{pod: a/b}", "pod"},
         {"{pod: a, deployment: b}", "deployment"},
         {"{pod: a, by: rollout}", "by"},
         {"{pod: a, namespace: School}", "namespace"},
         {"{pod: a, server: \"https://10.0.0.1:6443\"}", "server"},
         {"{pod: a, namespace: b, server: \"http://10.0.0.1\", token: /t}", "token"}}}},
      {"systemd",
       {[](const os::Scratch& scratch) {
          return "{unit: tests-api.service, bus: \"unix:path=" + scratch / "bus" + "\"}";
        },
        {},
        deaf_socket,
        {{"{}", "unit"}, {"{unit: tests-api}", "unit"}, {"{unit: a.service, timeout: 1}", "timeout"}}}},
      {"through",
       {plainly("{name: tests-api}"),
        far_and_well,
        far_and_silent,
        {{"{}", "name"}, {"{name: \"..\"}", "name"}, {"{name: a, socket: here}", "socket"}}}},
  };
  return scenes;
}

}  // namespace outrider::contract
