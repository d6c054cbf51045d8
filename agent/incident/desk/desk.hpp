// Where incidents are made: it hears of deaths, hangs and what happens meanwhile, gathers the evidence, keeps
// it on the disk, and closes an incident when the service is well again. Lives on `decide`; what blocks goes
// to the pool. An agent that was killed in the middle finds its open incident again and goes on with it.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/log.hpp"
#include "agent/core/resource.hpp"
#include "agent/core/status.hpp"
#include "agent/incident/desk/changes.hpp"
#include "agent/incident/desk/eyes.hpp"
#include "agent/incident/desk/gather.hpp"
#include "agent/incident/desk/metrics.hpp"
#include "agent/incident/kept/store.hpp"
#include "agent/incident/recorder/recorder.hpp"
#include "agent/incident/settings.hpp"
#include "agent/incident/timeline.hpp"
#include "agent/os/process.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::incident {

// How the service's process went.
struct Ended {
  os::Exit how;
  bool never_started = false;
  bool asked = false;    // it was told to end
  std::string sentence;  // "was killed by signal 9 (SIGKILL) after 2h"
};

class Desk {
 public:
  // Everything outlives the desk.
  struct Tools {
    async::Executor river;
    core::Clock& clock;
    core::Random& random;
    async::Pool& pool;
    os::Files& files;
    os::Processes& processes;
    prometheus::Registry& registry;
    core::Log& log;
    Timeline& timeline;
    Recorder& recorder;
    Eyes& eyes;
  };
  struct About {
    core::Resource resource;
    std::string directory;  // where incidents are kept
    Settings settings;
    std::string configuration;  // its fingerprint
  };
  // How the service and its probes are now; asked on the river.
  struct Look {
    std::function<core::ServiceStatus()> service;
    std::function<std::vector<core::ProbeStatus>()> probes;
  };

  Desk(Tools tools, About about, Look look);
  ~Desk();

  // Takes up what is on the disk, then measures, gathers, keeps and closes until it is cancelled.
  core::Task<void> run();
  // The agent ends as it should; nothing is recorded any more.
  void ends();

  // A living process is going to be stopped because it is sick.
  core::Task<void> look_at(std::int64_t pid, std::string why);
  void ended(const Ended& ended);
  void gave_up(const std::string& why);
  void hear(const core::Event& event);
  void changed(std::string kind, std::string sentence);

  std::vector<Brief> newest(std::size_t most) const;  // newest first
  // Of the open one, or of the last; empty: there was none.
  std::string id() const;
  core::Task<core::Outcome<std::string>> read(std::string id);

 private:
  core::Task<void> take_up();
  core::Task<void> tick();
  core::Task<void> measure();
  core::Task<void> gather_now();
  core::Task<void> watch_marker();
  core::Task<void> see_hanging();
  core::Task<void> ask_debugger(std::int64_t pid);
  core::Task<void> save();
  core::Task<void> save(const Incident& incident);
  core::Task<void> take_up(Stored stored);
  core::Task<void> keep_changes();
  bool comes_early(std::function<void()> what);
  Incident& open(Kind kind, std::string title);
  void found(std::vector<Finding> findings);
  bool is_well() const;
  void close();
  void show(const Incident& incident);
  core::Task<void> tell_of_the_one_before(Before before, std::string boot);

  Tools tools_;
  About about_;
  Look look_;
  Store store_;
  Changes changes_;
  Metrics metrics_;
  async::Bell news_;
  async::Bell looked_;
  std::int64_t hanging_ = 0;  // the process that is to be looked at; 0: none

  std::vector<Brief> briefs_;  // oldest first
  std::optional<Incident> open_;
  std::optional<Incident> last_;  // closed; a death soon after opens it again
  bool taken_up_ = false;         // what is on the disk
  std::vector<std::function<void()>> early_;
  bool over_ = false;
  bool unsaved_ = false;
  std::optional<core::Instant> saved_at_;
  std::optional<core::Instant> save_again_at_;  // the disk would not take it
  std::optional<core::Instant> gather_at_;
  std::optional<core::Instant> well_since_;
  core::WallTime well_wall_{};
  std::int64_t pid_ = 0;
  std::optional<double> cpu_before_;  // seconds, of this process
  core::Instant measured_{};
  std::string marker_;
  core::Instant marker_looked_{};
  std::vector<std::uint64_t> asked_;  // of each probe, how often
};

}  // namespace outrider::incident
