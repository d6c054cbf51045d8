#include "tests/sim/sim_world.hpp"

#include "agent/config/environment.hpp"

#include <csignal>
#include <utility>

namespace outrider::sim {
namespace {

constexpr std::string_view standing_configuration = R"(
service: {name: tests-api, namespace: school, environment: simulation, version: 1.4.2, instance: sim-1}
state: /var/lib/outrider
api: {}
metrics:
  scrape: [{url: "http://127.0.0.1:8080/metrics", every: 15s}]
logs:
  read: [{child: all, format: json}]
  send_to: [{file: {path: /var/log/tests-api.log, rotate_at: 1MiB, keep: 2}}]
health:
  warm_up: 10s
  probes:
    ready: {http: "http://127.0.0.1:8080/healthz", every: 5s, timeout: 1s, fail_after: 3}
    database: {tcp: "127.0.0.1:5432", every: 5s, timeout: 1s, dependency: true}
  restart:
    child: [/usr/bin/tests-api]
    budget: 5 per 1h
    backoff: {first: 1s, most: 1m}
    stop_timeout: 5s
)";

// A server that nobody can reach: in simulation the faces are called directly.
class NoServer final : public net::Server {
 public:
  NoServer(async::Executor river, const net::ServerOptions& options) : never_(river) {
    for (const auto& listener : options.listeners) addresses_.push_back(listener.address);
  }
  core::Task<void> run() override { co_await never_.wait(); }
  const std::vector<std::string>& addresses() const override { return addresses_; }
  core::Outcome<> reload_certificates() override { return {}; }
  std::size_t connections() const override { return 0; }

 private:
  async::Bell never_;
  std::vector<std::string> addresses_;
};

class NoLock final : public os::Lock {};

core::Task<void> nothing(core::Clock& clock) {
  for (;;) co_await clock.sleep(std::chrono::hours(24));
}

core::Task<void> live(app::Agent& agent, std::optional<int>& exit_code) { exit_code = co_await agent.run(); }

}  // namespace

void QuietLog::write(core::Level level, std::string_view room, std::string_view what,
                     std::span<const core::Field> fields) {
  if (level != core::Level::error) return;
  ++errors;
  std::string line = std::string(room) + ": " + std::string(what);
  for (const core::Field& field : fields) {
    if (const auto* text = std::get_if<std::string_view>(&field.value))
      line += " " + std::string(field.key) + "=" + std::string(*text);
  }
  lines.push_back(std::move(line));
  if (lines.size() > 20) lines.erase(lines.begin());
}

SimWorld::SimWorld(std::uint64_t seed)
    : random(os::make_seeded_random(seed)),
      processes(loop.get_executor(), clock, *random),
      signals(loop.get_executor()),
      configuration(standing_configuration),
      pool_(async::make_inline_pool(loop.get_executor())),
      client_(net.make_client()),
      dialer_(net.make_dialer()) {
  settle_in();
  app::Listen listen = [](const async::Executor& river, net::ServerOptions options, net::Handler) {
    return core::Outcome<std::unique_ptr<net::Server>>(std::make_unique<NoServer>(river, options));
  };
  auto lock = [](const std::string&) {
    return core::Outcome<std::unique_ptr<os::Lock>>(std::make_unique<NoLock>());
  };
  world_ = std::make_unique<app::World>(app::World{.clock = clock,
                                                   .random = *random,
                                                   .log = log,
                                                   .pool = *pool_,
                                                   .files = files,
                                                   .processes = processes,
                                                   .signals = signals,
                                                   .notifier = notifier_,
                                                   .decide = loop.get_executor(),
                                                   .carry = loop.get_executor(),
                                                   .decide_client = *client_,
                                                   .carry_client = *client_,
                                                   .dialer = *dialer_,
                                                   .listen = std::move(listen),
                                                   .load = [this] { return load(); },
                                                   .lock = std::move(lock),
                                                   .set_log_level = [](core::Level) {},
                                                   .tend_log = [this] { return nothing(clock); },
                                                   .self = [] { return core::AgentStatus{}; }});
  agent = std::make_unique<app::Agent>(*world_, load(), app::AgentOptions{"simulated.yaml", "0.0.0", false});
  nursery_ = std::make_unique<async::Nursery>(loop.get_executor());
  nursery_->start(live(*agent, exit_code));
}

SimWorld::~SimWorld() {
  if (!exit_code) (void)end();
  nursery_->cancel();
  clock.settle();
}

config::Loaded<app::Settings> SimWorld::load() const {
  return config::load_text("simulated.yaml", configuration, app::settings_kind(),
                           config::empty_environment());
}

void SimWorld::settle_in() {
  (void)files.make_directories("/var/log");
  processes.program(service_program, [this](const os::Command&, core::Random&, unsigned) {
    service_is_sick = false;
    net.set_fault(service_address, {});
    os::SimPlan plan;
    plan.on_term = os::SimPlan::exited(0);
    plan.start_takes = std::chrono::milliseconds(2);
    plan.lines = {{std::chrono::milliseconds(5), "{\"level\":\"info\",\"message\":\"listening\"}\n"}};
    plan.line_every = std::chrono::seconds(30);
    plan.repeated_line = "{\"level\":\"info\",\"message\":\"served\"}\n";
    return plan;
  });
  net.add_host(service_address, [this](const net::Call& call) {
    net::Response response;
    if (!service_is_there() || service_is_sick) {
      response.status = 503;
    } else if (call.path == "/metrics") {
      response.headers = {{"Content-Type", "text/plain; version=0.0.4"}};
      response.body = "# TYPE served_total counter\nserved_total 1\n";
    }
    return response;
  });
  net.add_host(database_address, [](const net::Call&) { return net::Response(); });
}

void SimWorld::pass(core::Duration length) { clock.advance(length); }

std::optional<int> SimWorld::end() {
  agent->ask_to_stop();
  clock.advance(std::chrono::minutes(10));
  return exit_code;
}

}  // namespace outrider::sim
