#pragma once

#include "agent/alert/desk/desk.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::alert {

class AlertMetrics {
 public:
  AlertMetrics(prometheus::Registry& registry, const std::vector<Recipient>& recipients);
  // A reload may take notifiers away: their series go with it.
  ~AlertMetrics();
  AlertMetrics(const AlertMetrics&) = delete;
  AlertMetrics& operator=(const AlertMetrics&) = delete;

  void show(const Desk& desk, core::WallTime now);
  void attempted(std::size_t recipient, bool succeeded, core::WallTime now);
  void beat(bool succeeded) { heartbeats_[succeeded ? 0 : 1]->Increment(); }
  void book_failed() { book_failures_->Increment(); }

 private:
  struct Series {
    std::array<prometheus::Counter*, fate_count> fates{};
    prometheus::Counter* failures = nullptr;
    prometheus::Gauge* failing = nullptr;
    prometheus::Gauge* waiting = nullptr;
    prometheus::Gauge* oldest = nullptr;
    prometheus::Gauge* delivered_at = nullptr;
  };
  prometheus::Family<prometheus::Gauge>& standing_;
  prometheus::Family<prometheus::Counter>& messages_;
  prometheus::Family<prometheus::Counter>& failures_;
  prometheus::Family<prometheus::Gauge>& failing_;
  prometheus::Family<prometheus::Gauge>& waiting_;
  prometheus::Family<prometheus::Gauge>& oldest_;
  prometheus::Family<prometheus::Gauge>& delivered_at_;
  std::array<prometheus::Gauge*, phase_count> phases_{};
  std::array<prometheus::Counter*, 2> heartbeats_{};
  prometheus::Counter* overlooked_ = nullptr;
  std::uint64_t overlooked_so_far_ = 0;  // by this desk: the series outlives a reload
  prometheus::Counter* book_failures_ = nullptr;
  std::vector<Series> series_;
};

}  // namespace outrider::alert
