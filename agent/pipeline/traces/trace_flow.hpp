// The way of spans: from their intake into their spool, from there to each destination. Where traces are
// sampled there are two spools: all spans wait in the first until their trace is judged, and what is worth
// keeping in the second.
#pragma once

#include "agent/pipeline/carrier.hpp"
#include "agent/pipeline/settings.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/traces/figures.hpp"
#include "agent/pipeline/traces/graph.hpp"
#include "agent/pipeline/traces/promised.hpp"
#include "agent/pipeline/traces/sampling.hpp"
#include "agent/pipeline/traces/trace_intake.hpp"
#include "agent/sources/shelf.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace outrider::pipeline {

class TraceFlow {
 public:
  TraceFlow(const async::Executor& carry, Spool::Tools tools, telemetry::Board& board,
            const TraceSettings& settings, const std::vector<Destination>& destinations);

  // What runs beside the destinations' carriers where traces are sampled; null where not. Once, and before
  // open().
  std::unique_ptr<Carrier> make_sampling(const Carrier::Tools& tools, std::function<void()> trouble_changed);

  async::Task<void> open();
  std::vector<Spool*> spools() const;
  sources::KeepingIntake& intake() { return intake_; }  // takes nothing before open()
  void finish();                                        // nothing more comes

  // Where traces are judged; null where they are not.
  JudgedTraces* judged() const { return sampling_.get(); }

  // Nothing where spans are not counted.
  std::optional<core::TracesStatus> status();

  // Which requests count for what is promised, from now on; and how many did, none where nothing is promised.
  void promise(std::vector<tracing::RequestRule> rules);
  std::vector<tracing::RequestCount> requests() const;

 private:
  std::unique_ptr<Spool> make_spool(const SpoolKind& kind, const std::vector<Destination>& destinations);
  async::Task<bool> has_kept_traces();
  async::Task<void> open(std::unique_ptr<Spool>& spool);

  async::Executor carry_;
  Spool::Tools tools_;
  SpoolSettings settings_;
  std::string link_;
  std::vector<Destination> destinations_;
  std::unique_ptr<Figures> figures_;
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<Promised> promised_;
  std::unique_ptr<Sampling> sampling_;
  Carrier* sampling_carrier_ = nullptr;
  std::unique_ptr<Spool> spool_, kept_;
  TraceIntake intake_;
};

}  // namespace outrider::pipeline
