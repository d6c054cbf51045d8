// The whole agent in a world that exists only in memory and in virtual time, made from one seed.
#pragma once

#include "agent/app/agent.hpp"
#include "agent/app/world.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/os/sim_machine.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/os/sim_signals.hpp"
#include "agent/os/sim_watched_files.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outrider::sim {

inline constexpr const char* service_program = "/usr/bin/tests-api";
inline constexpr const char* service_address = "127.0.0.1:8080";
inline constexpr const char* database_address = "127.0.0.1:5432";
inline constexpr const char* people_address = "people:80";
inline constexpr const char* followed_log = "/var/log/school/app.log";  // and what it is renamed to
inline constexpr const char* carried_to =
    "/var/log/tests-api.log";  // with the child's lines, and its older ones

// Counts what was said, and keeps what was said loudest.
class QuietLog final : public core::Log {
 public:
  void write(core::Level level, std::string_view room, std::string_view what,
             std::span<const core::Field> fields) override;

  std::uint64_t errors = 0;
  std::vector<std::string> lines;  // the last few of level error
};

// What people have heard, when it was taken.
struct Told {
  std::string id, alert, name, stage, severity;
};

class SimWorld {
 public:
  explicit SimWorld(std::uint64_t seed);
  ~SimWorld();

  // The service answers as its process stands: well, sick, or not there at all.
  bool service_is_sick = false;
  bool service_is_there() const { return processes.alive(service_program) > 0; }

  // Somebody else writes numbered lines to `followed_log`, some each minute, for as long as this holds.
  bool lines_are_written = true;
  std::uint64_t lines_written = 0;
  std::uint64_t rotations = 0;
  // How often each of them was carried.
  std::vector<unsigned> carried();

  std::vector<Told> told;

  // Runs the agent for `length` of virtual time.
  void pass(core::Duration length);
  // Asks it to stop and lets it; its exit code. Nothing when it did not end within ten virtual minutes.
  std::optional<int> end();

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random;
  QuietLog log;
  os::SimFiles files;
  os::SimWatchedFiles watched_files{clock};
  os::SimProcesses processes;
  net::SimNet net{clock};
  net::SimStreams streams{clock, loop.get_executor()};
  std::shared_ptr<os::SimMachine> machine = std::make_shared<os::SimMachine>();
  os::SimSignals signals;
  std::string configuration;

 private:
  config::Loaded<app::Settings> load() const;
  void settle_in();

  std::unique_ptr<async::Pool> pool_;
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<net::Dialer> dialer_;
  std::unique_ptr<async::SlowCalls> slow_calls_;
  os::Notifier notifier_{os::NotifySettings{}};
  std::unique_ptr<app::World> world_;

 public:
  std::unique_ptr<app::Agent> agent;
  std::optional<int> exit_code;

 private:
  std::unique_ptr<async::Nursery> nursery_;
};

}  // namespace outrider::sim
