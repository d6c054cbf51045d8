#include "tests/contract/probe_worlds.hpp"

#include <signal.h>

namespace outrider::contract {
namespace {

using namespace std::chrono_literals;

constexpr const char* no_descriptors = "cannot open a socket: too many open files";

class StarvedClient final : public net::Client {
  core::Task<core::Outcome<net::Response>> ask(net::Request, core::Duration) override {
    co_return core::fail(core::Errc::exhausted, no_descriptors);
  }
};

class StarvedDialer final : public net::Dialer {
  core::Task<core::Outcome<>> touch(std::string, core::Duration) override {
    co_return core::fail(core::Errc::exhausted, no_descriptors);
  }
};

class Unwilling : public os::Processes {
 public:
  core::Task<void> reap_orphans() override { co_return; }
  std::uint64_t orphans_reaped() const override { return 0; }
};

class StarvedProcesses final : public Unwilling {
  core::Task<core::Outcome<std::unique_ptr<os::Process>>> start(os::Command) override {
    co_return core::fail(core::Errc::exhausted, "cannot start a program: too many open files");
  }
};

class DeafClient final : public net::Client {
 public:
  explicit DeafClient(core::Clock& clock) : clock_(clock) {}
  core::Task<core::Outcome<net::Response>> ask(net::Request, core::Duration) override {
    for (;;) co_await clock_.sleep(24h);
  }

 private:
  core::Clock& clock_;
};

class DeafDialer final : public net::Dialer {
 public:
  explicit DeafDialer(core::Clock& clock) : clock_(clock) {}
  core::Task<core::Outcome<>> touch(std::string, core::Duration) override {
    for (;;) co_await clock_.sleep(24h);
  }

 private:
  core::Clock& clock_;
};

class DeafProcesses final : public Unwilling {
 public:
  explicit DeafProcesses(core::Clock& clock) : clock_(clock) {}
  core::Task<core::Outcome<std::unique_ptr<os::Process>>> start(os::Command) override {
    for (;;) co_await clock_.sleep(24h);
  }

 private:
  core::Clock& clock_;
};

void arrange_host(World& world, const std::string& address, Condition condition) {
  world.net.add_host(address, [condition](const net::Call&) {
    if (condition == Condition::sick) return net::Response{503, {}, "not now"};
    return net::Response{200, {}, "ready"};
  });
  if (condition == Condition::silent) world.net.set_fault(address, {net::Trouble::hang, {}, 0});
  if (condition == Condition::absent) world.net.remove_host(address);
}

void arrange_http(World& world, Condition condition) { arrange_host(world, "127.0.0.1:8080", condition); }

void arrange_tcp(World& world, Condition condition) {
  for (const char* address : {"127.0.0.1:5432", "unix:/run/redis/redis.sock"}) {
    world.net.add_host(address, [](const net::Call&) { return net::Response{}; });
    // To connect is all it asks: who answers at all is well, so sick is refusing and silent is unreachable.
    if (condition == Condition::sick) world.net.set_fault(address, {net::Trouble::refuse, {}, 0});
    if (condition == Condition::silent) world.net.set_fault(address, {net::Trouble::partition, {}, 0});
    if (condition == Condition::absent) world.net.remove_host(address);
  }
}

void arrange_exec(World& world, Condition condition) {
  if (condition == Condition::absent) return;  // no such programs
  for (const char* program : {"/usr/lib/nagios/plugins/check_disk", "/usr/local/bin/check-queue"}) {
    world.processes.program(program, [condition](const os::Command&, core::Random&, unsigned) {
      os::SimPlan plan;
      plan.start_takes = 1ms;
      plan.lines = {{1ms, "checked\n"}};
      plan.grandchildren = 1;
      plan.ignores_term = true;
      if (condition != Condition::silent) plan.lives = 5ms;
      plan.ends = os::SimPlan::exited(condition == Condition::sick ? 2 : 0);
      return plan;
    });
  }
}

std::map<std::string, Scene, std::less<>> make_scenes() {
  std::map<std::string, Scene, std::less<>> made;
  made["http"] = {arrange_http,
                  core::Standing::not_ok,
                  {{"\"ftp://127.0.0.1/\"", "http"},
                   {"{method: GET}", "url"},
                   {"{url: \"http://a/\", methd: GET}", "methd"},
                   {"{url: \"http://a/\", status: [2xx]}", "status"},
                   {"{url: \"http://a/\", status: [299-200]}", "status"},
                   {"{url: \"http://a/\", method: FETCH}", "method"},
                   {"{url: \"http://a/\", headers: {\"a b\": c}}", "headers"},
                   {"{url: \"http://a/\", headers: {a: \"b\\nc: d\"}}", "headers"},
                   {"{url: \"http://a/\", method: HEAD, body_contains: x}", "body_contains"},
                   {"{url: \"http://a/\", tls: {verify: false}}", "tls"},
                   {"{url: \"https://a/\", tls: {key: /k}}", "tls"}},
                  "\"http://127.0.0.1:1/\""};
  made["tcp"] = {
      arrange_tcp,
      core::Standing::not_ok,
      {{"localhost", "tcp"}, {"\"localhost:99999\"", "tcp"}, {"[\"a:1\"]", "tcp"}, {"\"\"", "tcp"}},
      "\"127.0.0.1:1\""};
  made["exec"] = {arrange_exec,
                  core::Standing::unknown,
                  {{"[]", "exec"},
                   {"echo hello", "exec"},
                   {"{directory: /}", "run"},
                   {"{run: [a], directory: here}", "directory"},
                   {"{run: [a], enviroment: {A: b}}", "enviroment"},
                   {"{run: [a], environment: {\"A=B\": c}}", "environment"}},
                  "[sleep, \"60\"]"};
  return made;
}

}  // namespace

World::World() = default;

std::size_t World::running() const {
  std::size_t count = processes.leaked();
  for (const auto& start : processes.starts()) count += processes.is_alive(start.pid) ? 1 : 0;
  return count;
}

const std::map<std::string, Scene, std::less<>>& scenes() {
  static const auto made = make_scenes();
  return made;
}

Starved::Starved(World& world)
    : client(std::make_unique<StarvedClient>()),
      dialer(std::make_unique<StarvedDialer>()),
      processes(std::make_unique<StarvedProcesses>()),
      tools{world.clock, *world.pool, *client, *dialer, *processes} {}

Deaf::Deaf(World& world)
    : client(std::make_unique<DeafClient>(world.clock)),
      dialer(std::make_unique<DeafDialer>(world.clock)),
      processes(std::make_unique<DeafProcesses>(world.clock)),
      tools{world.clock, *world.pool, *client, *dialer, *processes} {}

}  // namespace outrider::contract
