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

class StarvedStreams final : public net::StreamClient {
  core::Task<core::Outcome<std::unique_ptr<net::Stream>>> connect(std::string, std::optional<net::TlsTrust>,
                                                                  core::Duration) override {
    co_return core::fail(core::Errc::exhausted, no_descriptors);
  }
};

class DeafStreams final : public net::StreamClient {
 public:
  explicit DeafStreams(core::Clock& clock) : clock_(clock) {}
  core::Task<core::Outcome<std::unique_ptr<net::Stream>>> connect(std::string, std::optional<net::TlsTrust>,
                                                                  core::Duration) override {
    for (;;) co_await clock_.sleep(24h);
  }

 private:
  core::Clock& clock_;
};

class DeafDriver final : public sql::Driver {
 public:
  explicit DeafDriver(core::Clock& clock) : clock_(clock) {}
  core::Task<core::Outcome<std::unique_ptr<sql::Connection>>> connect(std::string, std::string,
                                                                      core::Duration) override {
    for (;;) co_await clock_.sleep(24h);
  }

 private:
  core::Clock& clock_;
};

std::unique_ptr<sql::Driver> starved_driver(core::Clock& clock) {
  auto database = std::make_shared<sql::SimDatabase>();
  database->away = core::Error(core::Errc::unavailable, "could not create socket: Too many open files");
  return std::make_unique<sql::SimDriver>(clock, std::move(database));
}

// Takes every job and does none.
class DeafCalls final : public async::SlowCalls {
  bool submit(std::function<void()>, std::function<void()>) override { return true; }
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
    return net::Response{200,
                         {{"Content-Type", "application/json"}},
                         R"({"status":"ready","version":"1.4","checks":{"database":true}})"};
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

// The agents beside other services, which tell of them.
void arrange_outrider(World& world, Condition condition) {
  for (const char* address : {"tests-api:9465", "grading:9465"}) {
    world.net.add_host(address, [condition](const net::Call&) {
      const char* const standing = condition == Condition::sick ? "not_ok" : "ok";
      return net::Response{200,
                           {},
                           std::string(R"({"service":"a","standing":")") + standing +
                               R"(","why":"is so","causes":[],"age_seconds":1})"};
    });
    if (condition == Condition::silent) world.net.set_fault(address, {net::Trouble::hang, {}, 0});
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

Scenes make_scenes() {
  Scenes made;
  add_machine_scenes(made);
  add_server_scenes(made);
  made["http"] = {.arrange = arrange_http,
                  .bad = {{"\"ftp://127.0.0.1/\"", "http"},
                          {"{method: GET}", "url"},
                          {"{url: \"http://a/\", methd: GET}", "methd"},
                          {"{url: \"http://a/\", status: [2xx]}", "status"},
                          {"{url: \"http://a/\", status: [299-200]}", "status"},
                          {"{url: \"http://a/\", method: FETCH}", "method"},
                          {"{url: \"http://a/\", headers: {\"a b\": c}}", "headers"},
                          {"{url: \"http://a/\", headers: {a: \"b\\nc: d\"}}", "headers"},
                          {"{url: \"http://a/\", method: HEAD, body_contains: x}", "body_contains"},
                          {"{url: \"http://a/\", tls: {verify: false}}", "tls"},
                          {"{url: \"https://a/\", tls: {key: /k}}", "tls"},
                          {"{url: \"http://a/\", certificate_valid_for: 1d}", "certificate_valid_for"},
                          {"{url: \"http://a/\", body_matches: \"(\"}", "body_matches"},
                          {"{url: \"http://a/\", json: {a: [b]}}", "json"},
                          {"{url: \"http://a/\", redirects: always}", "redirects"},
                          {"{url: \"http://a/\", most_body: 1TiB}", "most_body"}},
                  .real_value = "\"http://127.0.0.1:1/\""};
  made["tcp"] = {
      .arrange = arrange_tcp,
      .bad = {{"localhost", "tcp"}, {"\"localhost:99999\"", "tcp"}, {"[\"a:1\"]", "tcp"}, {"\"\"", "tcp"}},
      .real_value = "\"127.0.0.1:1\""};
  made["outrider"] = {.arrange = arrange_outrider,
                      .absent_is = core::Standing::unknown,
                      .silent_is = core::Standing::unknown,
                      .bad = {{"\"unix:/run/outrider.sock\"", "outrider"},
                              {"{stale_after: 5s}", "url"},
                              {"{url: \"http://a/\", stale_after: 1ms}", "stale_after"},
                              {"{url: \"http://a/\", token: word}", "token"}},
                      .real_value = "\"http://127.0.0.1:1/\""};
  made["exec"] = {.arrange = arrange_exec,
                  .absent_is = core::Standing::unknown,
                  .bad = {{"[]", "exec"},
                          {"echo hello", "exec"},
                          {"{directory: /}", "run"},
                          {"{run: [a], directory: here}", "directory"},
                          {"{run: [a], enviroment: {A: b}}", "enviroment"},
                          {"{run: [a], environment: {\"A=B\": c}}", "environment"}},
                  .real_value = "[sleep, \"60\"]",
                  .real_limit = 100ms};
  return made;
}

}  // namespace

World::World() = default;

World::~World() {
  servers.cancel();
  clock.settle();
}

std::size_t World::running() const {
  std::size_t count = processes.leaked();
  for (const auto& start : processes.starts()) count += processes.is_alive(start.pid) ? 1 : 0;
  return count;
}

const Scenes& scenes() {
  static const auto made = make_scenes();
  return made;
}

Starved::Starved(World& world)
    : client(std::make_unique<StarvedClient>()),
      dialer(std::make_unique<StarvedDialer>()),
      processes(std::make_unique<StarvedProcesses>()),
      streams(std::make_unique<StarvedStreams>()),
      slow(async::make_inline_slow_calls(world.loop.get_executor())),
      tools{world.clock, *world.pool, *client,
            *dialer,     *processes,  *streams,
            *slow,       machine,     [&world] { return starved_driver(world.clock); }} {
  machine->trouble = core::Error(core::Errc::exhausted, "cannot open it: too many open files");
}

Deaf::Deaf(World& world)
    : client(std::make_unique<DeafClient>(world.clock)),
      dialer(std::make_unique<DeafDialer>(world.clock)),
      processes(std::make_unique<DeafProcesses>(world.clock)),
      streams(std::make_unique<DeafStreams>(world.clock)),
      slow(std::make_unique<DeafCalls>()),
      tools{world.clock, *world.pool, *client,
            *dialer,     *processes,  *streams,
            *slow,       machine,     [&world] { return std::make_unique<DeafDriver>(world.clock); }} {}

}  // namespace outrider::contract
