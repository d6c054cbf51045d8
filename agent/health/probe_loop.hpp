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

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::health {

// What the room may use. Everything outlives it.
struct Tools {
  async::Executor river;
  core::Clock& clock;
  core::Random& random;
  prometheus::Registry& registry;
  core::EventSink& events;
  core::Log& log;
  std::function<void(const std::string& probe, const core::Answer& answer)> heard{};  // may be empty
};

struct ProbeSetup {
  std::string name;                      // its key in the configuration
  std::string kind;                      // "http"
  std::unique_ptr<probes::Probe> probe;  // none in a reload: the one of that name goes on as it is
  core::Duration every = std::chrono::seconds(10);
  core::Duration timeout = std::chrono::seconds(1);
  bool dependency = false;
  Role role = Role::live;
  Policy policy;
  std::string service;  // whose probe it is; who names it as a cause of its own trouble explains nothing
};

class ProbeLoop {
 public:
  // `answered` is called after an answer was judged that changes what is known.
  ProbeLoop(ProbeSetup setup, const Tools& tools, std::function<void()> answered);

  core::Task<void> run();

  // The service is a new process: warm up again, forget an answer that is still on its way.
  void begin_again();

  // Not asked while it is held: what comes before it is not over, or what it waited for has come.
  void hold(bool held);

  // A reload: other limits, and all that is known stays.
  void change(const Policy& policy) { judge_.change(policy); }

  // Does not wait for the interval. Returns once an answer to a question asked from now on was judged.
  core::Task<void> ask_now();

  // The verdict on the probe's target has changed since this was last asked.
  bool take_change() { return std::exchange(verdict_changed_, false); }

  const core::ProbeStatus& status() const { return status_; }
  ProbeView view() const;
  core::Duration timeout() const { return setup_.timeout; }
  Role role() const { return setup_.role; }

  // For whoever wants a fresh run of failures before it believes in them again.
  void count_afresh() { afresh_ = 0; }
  bool failed_afresh() const {
    return status_.state != core::State::sick || afresh_ >= setup_.policy.fail_after;
  }

 private:
  core::Task<void> wait_until(core::Instant when);
  core::Task<core::Answer> ask();
  core::Task<void> until_released();
  bool is_news(const core::Answer& answer);
  void judge(const core::Answer& answer);
  void remember_sign(const core::Answer& answer);
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
  bool held_ = false;
  bool spoke_ = false;  // the target itself gave the last answer
  bool in_a_hurry_ = false;
  bool spread_ = false;  // it was asked at a time of its own
  bool verdict_changed_ = false;
  std::deque<core::Sign> signs_;     // of the latest failures in a row, as many as make it sick
  std::vector<std::string> causes_;  // of the last answer
  std::uint32_t afresh_ = 0;         // failures since then
  std::uint64_t asked_ = 0;          // questions begun
  std::uint64_t heard_ = 0;          // the last that was answered
  std::uint64_t forget_ = 0;         // answers to questions up to this one are about the old process
};

}  // namespace outrider::health
