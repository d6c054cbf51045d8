// The fake worlds in which the contract of probes is tested: one for each entry of the shelf.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/async/pool.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_machine.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/probes/shelf.hpp"
#include "agent/sql/sim_driver.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace outrider::contract {

enum class Condition {
  well,
  sick,    // answers, and the answer is no
  silent,  // takes the question and never answers
  absent,  // nobody there
};

// Everything a probe may use, simulated, on one loop and one virtual clock.
struct World {
  World();
  ~World();

  // Processes, and what they left in their groups.
  std::size_t running() const;

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<net::Dialer> dialer = net.make_dialer();
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  net::SimStreams streams{clock, loop.get_executor()};
  bool calls_hang = false;
  std::unique_ptr<async::SlowCalls> slow = async::make_inline_slow_calls(loop.get_executor(), &calls_hang);
  std::shared_ptr<os::SimMachine> machine = std::make_shared<os::SimMachine>();
  async::Nursery servers{loop.get_executor()};  // that take calls on `streams`
  pid_t child = 0;                              // that is supervised
  telemetry::Ears ears;
  std::optional<core::ObjectiveStatus> objective;
  std::function<void()> once_it_listens = [] {};  // for what must happen while there is a probe
  std::shared_ptr<sql::SimDatabase> database = std::make_shared<sql::SimDatabase>();
  probes::Tools tools{clock,
                      *pool,
                      *client,
                      *dialer,
                      processes,
                      streams,
                      *slow,
                      machine,
                      [this] { return std::make_unique<sql::SimDriver>(clock, database); },
                      [this] { return child; },
                      &ears,
                      [this](const std::string&) { return objective; }};
};

// What is wrong with it, and the key that the complaint must name.
struct BadValue {
  std::string yaml;  // the value of the entry's key
  std::string names;
};

struct Scene {
  std::function<void(World&, Condition)> arrange;
  // What an absent target is to this probe: for a program that is missing, our own trouble.
  core::Standing absent_is = core::Standing::not_ok;
  // And a silent one: a call to our own kernel that hangs is no answer.
  core::Standing silent_is = core::Standing::not_ok;
  std::vector<BadValue> bad = {};
  // To be asked of the real machine: fails by itself, or, where a limit is named, is cut off by it.
  std::string real_value = {};
  core::Duration real_limit = std::chrono::seconds(20);
};

using Scenes = std::map<std::string, Scene, std::less<>>;  // by the entry's name

const Scenes& scenes();
void add_machine_scenes(Scenes& made);
void add_server_scenes(Scenes& made);

// Tools that cannot do anything, for want of descriptors.
struct Starved {
  explicit Starved(World& world);
  std::unique_ptr<net::Client> client;
  std::unique_ptr<net::Dialer> dialer;
  std::unique_ptr<os::Processes> processes;
  std::unique_ptr<net::StreamClient> streams;
  std::unique_ptr<async::SlowCalls> slow;
  std::shared_ptr<os::SimMachine> machine = std::make_shared<os::SimMachine>();
  probes::Tools tools;
};

// Tools that never come back: whoever uses them must keep its own time.
struct Deaf {
  explicit Deaf(World& world);
  std::unique_ptr<net::Client> client;
  std::unique_ptr<net::Dialer> dialer;
  std::unique_ptr<os::Processes> processes;
  std::unique_ptr<net::StreamClient> streams;
  std::unique_ptr<async::SlowCalls> slow;
  std::shared_ptr<os::SimMachine> machine = std::make_shared<os::SimMachine>();
  probes::Tools tools;
};

}  // namespace outrider::contract
