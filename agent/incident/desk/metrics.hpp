// The series of incidents and of the recorder.
#pragma once

#include "agent/incident/kept/incident.hpp"
#include "agent/incident/recorder/recorder.hpp"

#include <array>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::incident {

class Metrics {
 public:
  Metrics(prometheus::Registry& registry, const std::string& service);

  void opened(Kind kind, core::WallTime when);
  void show_open(bool open) { open_->Set(open ? 1 : 0); }
  void show_kept(std::size_t count) { kept_->Set(static_cast<double>(count)); }
  void show(const Recorder::Counts& counts);
  void not_saved() { not_saved_->Increment(); }

 private:
  std::array<prometheus::Counter*, 7> opened_{};
  prometheus::Gauge* open_;
  prometheus::Gauge* kept_;
  prometheus::Gauge* last_opened_;
  prometheus::Counter* not_saved_;
  prometheus::Counter* lines_;
  prometheus::Counter* facts_;
  prometheus::Counter* cut_;
};

}  // namespace outrider::incident
