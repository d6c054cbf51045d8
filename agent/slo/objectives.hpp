// The objectives of one service: hears the answers of its probes and how its requests fared, knows how much
// of each budget is left and how fast it goes, also over restarts of the agent. What lies in maintenance is
// left out. Lives on `decide`.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/event.hpp"
#include "agent/core/log.hpp"
#include "agent/core/season.hpp"
#include "agent/core/status.hpp"
#include "agent/os/files.hpp"
#include "agent/slo/burn.hpp"
#include "agent/slo/metrics.hpp"
#include "agent/slo/tally.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::slo {

class Objectives {
 public:
  struct Tools {
    core::Clock& clock;
    async::Pool& pool;
    os::Files& files;
    prometheus::Registry& registry;
    core::EventSink& events;
    core::Log& log;
  };

  // `folder` is where each objective's counts are kept.
  Objectives(Tools tools, std::string service, std::string folder, std::vector<Objective> objectives);

  // Takes up what an earlier run has counted. Before the first answer is heard.
  core::Task<void> open();
  // Looks, and saves, until cancelled.
  core::Task<void> run();
  // The last minute too.
  core::Task<void> save();

  void hear(const std::string& probe, const core::Answer& answer);
  // So many requests more.
  void hear(const std::string& objective, Counts requests);
  void heed(const core::Season& season) { under_maintenance_ = !season.maintenance.empty(); }

  std::vector<core::ObjectiveStatus> status() const;

 private:
  struct One {
    Objective objective;
    Tally tally;
    ObjectiveMetrics metrics;
    Burn burn{};
    bool unsaved = false;
    bool trouble = false;  // it cannot be saved
  };

  void count(One& one, Counts counts);
  core::Task<void> remember(One& one);
  core::Task<void> save(One& one);
  void look(One& one);
  std::string path_of(const One& one) const;

  Tools tools_;
  std::string service_, folder_;
  std::vector<std::unique_ptr<One>> all_;
  bool under_maintenance_ = false;
};

}  // namespace outrider::slo
