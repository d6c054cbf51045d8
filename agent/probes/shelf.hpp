// The shelf of probes. A probe asks one question to one thing; health weighs the answers.
// An entry is a folder with entry.cpp, which puts its name, help and configuration on the shelf.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/async/slow_call.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/promise/objective_status.hpp"
#include "agent/core/task.hpp"
#include "agent/core/verdict.hpp"
#include "agent/net/http.hpp"
#include "agent/net/streams/stream.hpp"
#include "agent/os/machine.hpp"
#include "agent/os/process.hpp"
#include "agent/sql/sql.hpp"
#include "agent/telemetry/overheard/ears.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::probes {

// What a probe may use. Everything outlives the probe.
struct Tools {
  core::Clock& clock;
  async::Pool& pool;
  net::Client& http;
  net::Dialer& dialer;
  os::Processes& processes;
  net::StreamClient& streams;
  async::SlowCalls& slow;                // for the machine, whose calls may hang
  std::shared_ptr<os::Machine> machine;  // shared with calls that hang
  // A driver of PostgreSQL of its own, for who asks a database; loaded with its first connection.
  std::function<std::unique_ptr<sql::Driver>()> make_database = {};
  std::function<pid_t()> child = {};  // the process that the agent supervises; 0, or empty: there is none
  telemetry::Ears* ears = nullptr;    // on what the upper river carries; null: on nothing
  // What is promised under that name, and how it stands; empty: nothing is promised.
  std::function<std::optional<core::ObjectiveStatus>(const std::string& name)> objective = {};
};

class Probe {
 public:
  Probe() = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  virtual ~Probe() = default;

  // Answers within `limit`, always; "unknown" when the trouble is on our side (no descriptors, no such
  // program).
  virtual core::Task<core::Answer> ask(core::Duration limit) = 0;

  // What it asks, for people and without secrets: "http://127.0.0.1:8080/healthz".
  virtual std::string target() const { return {}; }
};

using Maker = std::function<std::unique_ptr<Probe>(const Tools&)>;

using Entry = config::ShelfEntry<Maker>;  // {http: …}
using Shelf = config::Shelf<Entry>;

void fill(Shelf& shelf);

}  // namespace outrider::probes
