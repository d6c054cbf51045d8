// The health of one service: all its probe loops, and the verdict they add up to. Runs on `decide`.
// Before a service is called sick its dependencies are asked once more, so that a database that died a second
// ago explains it in time.
#pragma once

#include "agent/async/slot.hpp"
#include "agent/health/probe_loop.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace outrider::health {

class Health {
 public:
  // Called on every change of the verdict: of the state, the readiness, what explains it.
  using Tell = std::function<void(const core::ServiceVerdict& verdict)>;

  Health(std::string service, std::vector<ProbeSetup> probes, const Tools& tools, Tell tell);
  ~Health();

  // Until cancelled.
  core::Task<void> run();

  // A reload: all probes as they shall be from now on. One that comes without a probe of its own must be here
  // already, and goes on with its run lengths and all it knows; the others are stopped or begun.
  core::Task<void> reconfigure(std::vector<ProbeSetup> probes);

  // The service is a new process. Its own probes warm up again; those of dependencies go on.
  void begin_again();

  const core::ServiceVerdict& verdict() const { return verdict_; }
  std::vector<core::ProbeStatus> probes() const;
  bool has_probes() const;  // of its own, not only of dependencies

 private:
  // A probe of its own, that can come and go alone. Whoever waits for its answer may outlive it here.
  struct Unit {
    std::shared_ptr<ProbeLoop> loop;
    std::unique_ptr<async::Slot> slot;
  };

  Unit make_unit(ProbeSetup setup);
  core::Task<void> weigh_all();
  core::Task<void> ask_dependencies();
  core::ServiceVerdict weigh_now() const;
  void linger(core::ServiceVerdict& verdict);
  void heed_start_up();
  void announce(core::ServiceVerdict verdict);
  void tell_of_readiness(const core::ServiceVerdict& before);
  void tell_of_probes(const core::ServiceVerdict& before);

  std::string service_;
  Tools tools_;
  Tell tell_;
  std::vector<Unit> units_;
  HealthMetrics metrics_;
  ServiceMetrics service_metrics_;
  core::ServiceVerdict verdict_;
  async::Bell news_;
  bool pending_ = false;
  bool running_ = false;
  bool ended_ = false;
  bool lingering_ = false;      // in what explained it, although that is over
  bool was_unready_ = false;    // was told so
  std::exception_ptr problem_;  // of a unit that ended by itself
};

}  // namespace outrider::health
