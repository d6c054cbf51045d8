#include "tests/sim/fleet/node.hpp"

#include "agent/actuators/child/child.hpp"
#include "agent/api/json.hpp"
#include "agent/leases/file/file_lease.hpp"
#include "agent/os/random.hpp"
#include "agent/probes/http/http_probe.hpp"
#include "agent/probes/outrider/outrider_probe.hpp"
#include "agent/probes/tcp/tcp_probe.hpp"

#include <algorithm>
#include <csignal>

#include <boost/json/serialize.hpp>

namespace outrider::sim {

using namespace std::chrono_literals;

class FleetLocks::One final : public os::Lock {
 public:
  One(FleetLocks& of, std::string path) : of_(of), path_(std::move(path)) {}
  ~One() override { of_.taken_.erase(path_); }

 private:
  FleetLocks& of_;
  std::string path_;
};

core::Outcome<std::unique_ptr<os::Lock>> FleetLocks::take(const std::string& path) {
  if (unreachable) return core::fail(core::Errc::unavailable, "cannot lock " + path + ": stale file handle");
  if (!taken_.insert(path).second) return core::fail(core::Errc::busy, "cannot lock " + path);
  return std::make_unique<One>(*this, path);
}

Ground::Ground(std::uint64_t seed)
    : random(os::make_seeded_random(seed)), processes(loop.get_executor(), clock, *random) {
  (void)files.make_directories("/srv/leases");
}

Node::Node(Ground& ground, Watcher& watcher, std::string name, std::string group,
           std::vector<std::string> infra, std::vector<Node*> needs)
    : ground_(ground),
      watcher_(watcher),
      name_(std::move(name)),
      group_(std::move(group)),
      program_("/usr/bin/" + name_),
      address_(name_ + ":8080"),
      infra_(std::move(infra)),
      needs_(std::move(needs)) {
  ground_.processes.program(program_, [this](const os::Command&, core::Random& random, unsigned) {
    sick = false;
    if (!bad_release) hang(false);
    changed = ground_.clock.now();
    os::SimPlan plan;
    plan.on_term = os::SimPlan::exited(0);
    plan.start_takes = 2ms + std::chrono::milliseconds(random.below(200));
    plan.term_takes = std::chrono::milliseconds(random.below(2'000));
    return plan;
  });
  ground_.net.add_host(address_, [this](const net::Call&) { return answer(); });
  // As the API answers it.
  ground_.net.add_host(agent_address(), [this](const net::Call&) {
    return net::Response{200, {}, boost::json::serialize(api::to_json(api::word_of(status())))};
  });
}

Node::~Node() = default;

void Node::begin() {
  const auto river = ground_.loop.get_executor();
  health_ = std::make_unique<health::Health>(
      name_, probes(), health::Tools{river, ground_.clock, *ground_.random, registry_, *this, *this},
      [this](const core::ServiceVerdict& verdict) {
        if (supervisor_) supervisor_->hear(verdict);
      });
  supervise::Options options;
  options.service = name_;
  options.holder = name_;
  options.warm_up = 20s;
  options.settings.budget = {own_budget, budget_window};
  options.settings.backoff = {1s, 1min};
  options.settings.stop_timeout = 5s;
  options.settings.fleet.emplace();
  options.settings.fleet->budget = config::Budget{group_budget, budget_window};
  options.lease = leases::file::make_lease(
      "/srv/leases/" + group_, {ground_.clock, *ground_.pool, ground_.files, *this,
                                [this](const std::string& path) { return ground_.locks.take(path); }});
  supervise::Hooks hooks;
  hooks.started = [this] { health_->begin_again(); };
  supervisor_ = std::make_unique<supervise::Supervisor>(
      options, actuators::child::make_child({ground_.clock, ground_.processes}, {program_}, {}),
      supervise::Tools{river, ground_.clock, *ground_.random, registry_, *this, *this, *this},
      std::move(hooks));
  nursery_ = std::make_unique<async::Nursery>(river);
  nursery_->start(health_->run());
  nursery_->start(supervise());
}

core::Task<void> Node::supervise() { (void)co_await supervisor_->run(); }

core::Task<void> Node::end() {
  nursery_->cancel();
  co_await nursery_->join();
}

std::vector<health::ProbeSetup> Node::probes() {
  const probes::Tools tools{ground_.clock,     *ground_.pool,     *this,         *ground_.dialer,
                            ground_.processes, net::no_streams(), *ground_.slow, ground_.machine};
  std::vector<health::ProbeSetup> all;
  const auto add = [&all](std::string name, std::string kind, std::unique_ptr<probes::Probe> probe) {
    health::ProbeSetup setup;
    setup.dependency = !all.empty();
    setup.name = std::move(name);
    setup.kind = std::move(kind);
    setup.probe = std::move(probe);
    setup.every = 5s;
    setup.timeout = 1s;
    setup.policy.warm_up = 20s;
    all.push_back(std::move(setup));
  };
  probes::http::Settings own;
  own.url = "http://" + address_ + "/healthz";
  add("live", "http", probes::http::make_probe(own, tools));
  for (const std::string& infra : infra_) add(infra, "tcp", probes::tcp::make_probe(infra + ":1", tools));
  for (const Node* need : needs_)
    add("to-" + need->name(), "outrider",
        probes::outrider::make_probe({"http://" + need->agent_address(), {}, 1min}, tools));
  return all;
}

bool Node::works() const {
  if (!alive() || broken()) return false;
  for (const std::string& infra : infra_)
    if (ground_.infra_down[infra]) return false;
  return std::all_of(needs_.begin(), needs_.end(), [](const Node* need) { return need->works(); });
}

std::set<std::string> Node::roots() const {
  std::set<std::string> found;
  if (!alive() || broken()) found.insert(name_);
  for (const std::string& infra : infra_)
    if (ground_.infra_down[infra]) found.insert(infra);
  for (const Node* need : needs_) found.merge(need->roots());
  return found;
}

// Whatever it needs it needs for every answer, the worst way to write a service; but many are.
net::Response Node::answer() const {
  net::Response response;
  if (busy && alive()) {
    response.status = 503;
    response.headers = {{"Retry-After", "2"}};
  } else if (!works()) {
    response.status = 503;
  }
  return response;
}

core::Task<core::Outcome<net::Response>> Node::ask(net::Request request, core::Duration limit) {
  if (starved) co_return core::fail(core::Errc::exhausted, "cannot open a socket: too many open files");
  co_return co_await ground_.client->ask(std::move(request), limit);
}

void Node::crash() {
  changed = ground_.clock.now();
  ground_.processes.end_all(program_, os::SimPlan::crashed(SIGSEGV));
}

void Node::hang(bool hangs) {
  hanging = hangs;
  ground_.net.set_fault(address_, hangs ? net::Fault{net::Trouble::hang, {}, 0} : net::Fault{});
}

core::Task<core::Outcome<std::uint64_t>> Node::intend(core::Deed deed) {
  const bool takes_down =
      deed.actor == "supervise" && alive() && deed.action != "start" && deed.action != "stop";
  if (takes_down && supervisor_->status().phase == "running") watcher_.takes_down(*this, deed.reason);
  co_return ++intents_;
}

core::Task<core::Outcome<>> Node::conclude(std::uint64_t, bool, std::string) { co_return core::Outcome<>(); }

core::Status Node::status() const {
  core::Status status;
  status.now = ground_.clock.wall();
  status.service = supervisor_->status();
  status.service.state = health_->verdict().state;
  status.service.why = health_->verdict().why;
  status.service.causes = health_->verdict().causes;
  status.service.readiness = health_->verdict().readiness;
  status.probes = health_->probes();
  return status;
}

std::vector<core::Instant> Node::starts() const {
  std::vector<core::Instant> times;
  for (const auto& start : ground_.processes.starts())
    if (start.program == program_) times.push_back(start.at);
  return times;
}

}  // namespace outrider::sim
