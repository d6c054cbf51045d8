// The way of samples: what the page of metrics shows is taken now and then, put into a spool of its own, and
// goes from there to each destination, one batch after the other. Destinations that want the same samples at
// the same times share them.
#pragma once

#include "agent/core/resource.hpp"
#include "agent/pipeline/settings.hpp"
#include "agent/pipeline/spool/arrival.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/tools.hpp"
#include "agent/telemetry/remote_write/portions.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <prometheus/counter.h>

namespace outrider::pipeline {

inline constexpr std::string_view sample_stream = "metrics";  // in the ledger

class SampleFlow {
 public:
  struct Tools {
    Spool::Tools spool;
    GatherMetrics gather;
  };

  // `destinations`: one for each of settings.send_to.
  SampleFlow(const async::Executor& carry, Tools tools, const SampleSettings& settings,
             const core::Resource& resource, const std::vector<Destination>& destinations);

  async::Task<void> open();
  Spool* spool() const { return spool_.get(); }  // null: it cannot be read, so nothing is taken

  async::Task<void> run();  // takes samples until finish()
  void finish();

 private:
  struct Taking {
    explicit Taking(telemetry::remote_write::View of) : every(of.every), writer(std::move(of)) {}

    core::Duration every;
    telemetry::remote_write::PortionWriter writer;
    std::uint8_t route = 0;
    std::int64_t last = 0;  // in milliseconds since 1970: nothing is ever dated before it
  };

  async::Task<void> take_now_and_then(Taking& taking);
  async::Task<void> take(Taking& taking);
  async::Task<void> keep(telemetry::Batch batch, core::Duration patience);
  async::Task<void> wait_for_either(std::shared_ptr<Arrival> arrival);  // or the end
  telemetry::Batch batch_of(const std::vector<telemetry::remote_write::Portion>& portions, std::size_t& next,
                            const Taking& taking, core::WallTime time) const;
  async::Task<void> wait_until(core::Instant when);

  async::Executor carry_;
  Tools tools_;
  std::vector<std::unique_ptr<Taking>> takings_;
  std::shared_ptr<const telemetry::Routes> routes_;  // null: all destinations get the same
  std::unique_ptr<Spool> spool_;
  async::Bell closing_;
  bool finished_ = false;
  ::prometheus::Counter& clock_went_back_;
  ::prometheus::Counter& came_late_;
};

}  // namespace outrider::pipeline
