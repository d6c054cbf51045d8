// Asks one probe, again and again, and has its answers judged. Runs on `decide`.
// Never two questions at once; what comes late is left out, not caught up with.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/core/event.hpp"
#include "agent/core/log.hpp"
#include "agent/core/random.hpp"
#include "agent/core/status.hpp"
#include "agent/health/judge.hpp"
#include "agent/health/metrics.hpp"
#include "agent/health/weigh.hpp"
#include "agent/probes/shelf.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace outrider::health {

// What the room may use. Everything outlives it.
struct Tools {
  async::Executor river;
  core::Clock& clock;
  core::Random& random;
  prometheus::Registry& registry;
  core::EventSink& events;
  core::Log& log;
};

struct ProbeSetup {
  std::string name;                      // its key in the configuration
  std::string kind;                      // "http"
  std::unique_ptr<probes::Probe> probe;  // none in a reload: the one of that name goes on as it is
  core::Duration every = std::chrono::seconds(10);
  core::Duration timeout = std::chrono::seconds(1);
  bool dependency = false;
  Policy policy;
};

class ProbeLoop {
 public:
  // `answered` is called after each answer has been judged.
  ProbeLoop(ProbeSetup setup, const Tools& tools, std::function<void()> answered);

  core::Task<void> run();

  // The service is a new process: warm up again, forget an answer that is still on its way.
  void begin_again();

  // A reload: other limits, and all that is known stays.
  void change(const Policy& policy) { judge_.change(policy); }

  // Does not wait for the interval. Returns once an answer to a question asked from now on was judged.
  core::Task<void> ask_now();

  // The verdict on the probe's target has changed since this was last asked.
  bool take_change() { return std::exchange(verdict_changed_, false); }

  const core::ProbeStatus& status() const { return status_; }
  ProbeView view() const;
  core::Duration timeout() const { return setup_.timeout; }

 private:
  core::Task<void> wait_until(core::Instant when);
  core::Task<core::Answer> ask();
  void judge(const core::Answer& answer);
  core::Duration interval();

  ProbeSetup setup_;
  Tools tools_;
  std::function<void()> answered_;
  Judge judge_;
  ProbeMetrics metrics_;
  HealthMetrics health_metrics_;
  core::ProbeStatus status_;
  async::Bell hurry_;
  async::Bell judged_;
  bool in_a_hurry_ = false;
  bool verdict_changed_ = false;
  std::uint64_t asked_ = 0;   // questions begun
  std::uint64_t heard_ = 0;   // the last that was answered
  std::uint64_t forget_ = 0;  // answers to questions up to this one are about the old process
};

}  // namespace outrider::health
