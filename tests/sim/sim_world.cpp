#include "tests/sim/sim_world.hpp"

#include "agent/config/environment.hpp"

#include <charconv>
#include <csignal>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace outrider::sim {
namespace {

constexpr std::string_view standing_configuration = R"(
service: {name: tests-api, namespace: school, environment: simulation, version: 1.4.2, instance: sim-1}
state: /var/lib/outrider
api: {}
metrics:
  scrape: [{url: "http://127.0.0.1:8080/metrics", every: 15s}]
logs:
  read: [{child: all, format: json}, {file: "/var/log/school/app.log*", format: json}]
  send_to: [{file: {path: /var/log/tests-api.log, rotate_at: 1MiB, keep: 20}}]
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
notify:
  webhook: {url: "http://people:80/hook", timeout: 5s}
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

core::Task<void> write_lines(SimWorld& world) {
  for (;;) {
    co_await world.clock.sleep(std::chrono::milliseconds(100 + world.random->below(60'000)));
    if (!world.lines_are_written) continue;
    for (std::uint64_t more = 1 + world.random->below(3); more > 0; --more) {
      world.watched_files.append(
          followed_log,
          fmt::format("{{\"level\":\"info\",\"message\":\"line {:06}\"}}\n", world.lines_written++));
    }
  }
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
      dialer_(net.make_dialer()),
      slow_calls_(async::make_inline_slow_calls(loop.get_executor())) {
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
                                                   .decide_streams = streams,
                                                   .slow_calls = *slow_calls_,
                                                   .machine = machine,
                                                   .make_probe_database = {},
                                                   .listen = std::move(listen),
                                                   .load = [this] { return load(); },
                                                   .lock = std::move(lock),
                                                   .set_log_level = [](core::Level) {},
                                                   .tend_log = [this] { return nothing(clock); },
                                                   .self = [] { return core::AgentStatus{}; },
                                                   .watched_files = watched_files});
  agent = std::make_unique<app::Agent>(*world_, load(), app::AgentOptions{"simulated.yaml", "0.0.0", false});
  nursery_ = std::make_unique<async::Nursery>(loop.get_executor());
  nursery_->start(live(*agent, exit_code));
  nursery_->start(write_lines(*this));
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
  net.add_host(people_address, [this](const net::Call& call) {
    const boost::json::object said = boost::json::parse(call.body).as_object();
    const auto word = [&](const char* key) { return std::string(said.at(key).as_string().c_str()); };
    told.push_back({word("id"), word("alert"), word("name"), word("stage"), word("severity")});
    return net::Response();
  });
}

std::vector<unsigned> SimWorld::carried() {
  constexpr std::string_view before = "\"message\":\"line ";
  std::vector<unsigned> times(lines_written, 0);
  for (const std::string& name : files.list("/var/log").value_or(std::vector<std::string>())) {
    const std::string path = "/var/log/" + name;
    if (!path.starts_with(carried_to)) continue;
    const std::string text = files.read_all(path, 64u << 20).value_or("");
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
      std::uint64_t number = 0;
      const char* const digits = text.data() + at + before.size();
      (void)std::from_chars(digits, digits + 6, number);
      if (number < times.size()) ++times[number];
    }
  }
  return times;
}

void SimWorld::pass(core::Duration length) { clock.advance(length); }

std::optional<int> SimWorld::end() {
  agent->ask_to_stop();
  clock.advance(std::chrono::minutes(10));
  return exit_code;
}

}  // namespace outrider::sim
