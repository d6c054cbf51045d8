// One service of the fleet with what watches it, and the truth about it.
#pragma once

#include "agent/actuators/shelf.hpp"
#include "agent/async/nursery.hpp"
#include "agent/health/health.hpp"
#include "agent/leases/shelf.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/os/sim_machine.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/probes/shelf.hpp"
#include "agent/supervise/supervisor.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace outrider::sim {

class Fleet;

// Locks that exist only here; all of them can be out of reach.
class FleetLocks {
 public:
  core::Outcome<std::unique_ptr<os::Lock>> take(const std::string& path);
  bool unreachable = false;

 private:
  class One;
  std::set<std::string> taken_;
};

// What all nodes share.
struct Ground {
  explicit Ground(std::uint64_t seed);

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random;
  os::SimFiles files;
  os::SimProcesses processes;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<net::Dialer> dialer = net.make_dialer();
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  std::unique_ptr<async::SlowCalls> slow = async::make_inline_slow_calls(loop.get_executor());
  std::shared_ptr<os::SimMachine> machine = std::make_shared<os::SimMachine>();
  FleetLocks locks;
  std::map<std::string, bool> infra_down;  // "postgres": what no agent watches
};

// What is told of a node, to whoever checks the promises.
struct Watcher {
  virtual ~Watcher() = default;
  // The intent to take down one who lives, because it is sick.
  virtual void takes_down(class Node& node, const std::string& why) = 0;
};

class Node final : core::Journal, core::EventSink, core::Log, net::Client {
 public:
  Node(Ground& ground, Watcher& watcher, std::string name, std::string group, std::vector<std::string> infra,
       std::vector<Node*> needs);
  ~Node() override;

  void begin();
  core::Task<void> end();

  // ---- the truth
  bool alive() const { return ground_.processes.alive(program_) > 0; }
  bool broken() const { return sick || hanging || busy || bad_release; }
  bool works() const;
  // What, deep down, keeps it from working; by the names that causes have.
  std::set<std::string> roots() const;
  bool sick = false;         // until it is restarted
  bool bad_release = false;  // restarts do not mend it
  bool hanging = false;
  bool busy = false;
  bool starved = false;     // its agent cannot ask anything: no descriptors
  core::Instant changed{};  // any of these, last

  void crash();
  void hang(bool hangs);

  const std::string& name() const { return name_; }
  const std::string& group() const { return group_; }
  const std::vector<std::string>& infra() const { return infra_; }
  const std::vector<Node*>& needs() const { return needs_; }
  health::Health& health() { return *health_; }
  supervise::Supervisor& supervisor() { return *supervisor_; }
  core::Status status() const;
  std::vector<core::Instant> starts() const;
  std::string agent_address() const { return name_ + ":9465"; }

  std::map<std::string, unsigned> said;  // by the first words of a decision, for the account

 private:
  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override;
  core::Task<core::Outcome<>> conclude(std::uint64_t, bool, std::string) override;
  void record(core::EventKind, std::string, std::string) override {}
  void write(core::Level, std::string_view, std::string_view, std::span<const core::Field>) override {}
  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration limit) override;

  net::Response answer() const;
  std::vector<health::ProbeSetup> probes();
  core::Task<void> supervise();

  Ground& ground_;
  Watcher& watcher_;
  std::string name_, group_, program_, address_;
  std::vector<std::string> infra_;
  std::vector<Node*> needs_;
  prometheus::Registry registry_;
  std::unique_ptr<health::Health> health_;
  std::unique_ptr<supervise::Supervisor> supervisor_;
  std::unique_ptr<async::Nursery> nursery_;
  std::uint64_t intents_ = 0;
};

inline constexpr std::uint32_t own_budget = 4;
inline constexpr std::uint32_t group_budget = 6;
inline constexpr core::Duration budget_window = std::chrono::minutes(10);

}  // namespace outrider::sim
