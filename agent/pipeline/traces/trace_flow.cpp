#include "agent/pipeline/traces/trace_flow.hpp"

#include <string>
#include <utility>

namespace outrider::pipeline {
namespace {

constexpr std::uint64_t sampling_buffer_bytes = 16u << 20;

}  // namespace

// Nobody looks at spans as they go by: they are no text.
TraceFlow::TraceFlow(const async::Executor& carry, Spool::Tools tools, telemetry::Board& board,
                     const TraceSettings& settings, const std::vector<Destination>& destinations)
    : carry_(carry),
      tools_(std::move(tools)),
      settings_(settings.spool),
      link_(settings.link),
      destinations_(destinations) {
  const ShowingTools showing{tools_.clock, board, tools_.registry};
  if (settings.figures) figures_ = std::make_unique<Figures>(showing, *settings.figures, !settings.sample);
  if (settings.graph) graph_ = std::make_unique<Graph>(showing, *settings.graph);
  promise(settings.promised);
  if (!settings.sample) {
    spool_ = make_spool(trace_spool, destinations_);
  } else {
    const Sampling::Tools for_sampling{tools_.clock, tools_.pool, tools_.book, tools_.registry};
    sampling_ = std::make_unique<Sampling>(carry_, for_sampling, *settings.sample);
    kept_ = make_spool(kept_trace_spool, destinations_);
  }
}

std::unique_ptr<Spool> TraceFlow::make_spool(const SpoolKind& kind,
                                             const std::vector<Destination>& destinations) {
  auto spool = std::make_unique<Spool>(carry_, tools_, kind, settings_, destinations);
  const std::string stream(sources::trace_stream);
  for (const Destination& to : destinations) {
    const std::string& sink = to.carrier->name();
    spool->use(stream, sink, tools_.ledger.open(stream, sink));
  }
  return spool;
}

std::unique_ptr<Carrier> TraceFlow::make_sampling(const Carrier::Tools& tools,
                                                  std::function<void()> trouble_changed) {
  if (!sampling_) return nullptr;
  auto carrier = std::make_unique<Carrier>(carry_, tools, sampling_->make_sink(*kept_, figures_.get()),
                                           sampling_buffer_bytes, sinks::WhenFull::drop_newest,
                                           std::move(trouble_changed));
  sampling_carrier_ = carrier.get();
  spool_ = make_spool(trace_spool, {{sampling_carrier_, {}}});
  return carrier;
}

async::Task<void> TraceFlow::open() {
  // Where traces are sampled no more, what was kept of them still goes to the destinations.
  if (!kept_) {
    const bool has_some = co_await has_kept_traces();
    if (has_some) kept_ = make_spool(kept_trace_spool, destinations_);
  }
  if (kept_) co_await open(kept_);
  co_await open(spool_);
  if (sampling_ && !kept_) spool_.reset();  // there is nowhere to put what is kept
  std::vector<SpanWatch*> watches;
  if (sampling_) watches.push_back(sampling_.get());
  if (figures_) watches.push_back(figures_.get());
  if (graph_) watches.push_back(graph_.get());
  if (promised_) watches.push_back(promised_.get());
  // A sender must not hear that they are on the disk when they are not.
  intake_.begin(tools_.book.outlives_the_agent() ? spool_.get() : nullptr, std::move(watches));
  if (!sampling_ || !spool_) co_return;
  const core::Outcome<> recalled = co_await sampling_->open();
  if (!recalled) {
    tools_.log.error("pipeline", "Cannot recall what was decided of traces",
                     {{"why", recalled.error().what}, {"hint", recalled.error().hint}});
  }
}

async::Task<bool> TraceFlow::has_kept_traces() {
  const auto work = [this] {
    bool found = false;
    (void)walk_spool(tools_.book, kept_trace_spool, 0, [&found](std::uint64_t, std::string_view) {
      found = true;
      return false;
    });
    return found;
  };
  co_return co_await async::offload(tools_.pool, work);
}

async::Task<void> TraceFlow::open(std::unique_ptr<Spool>& spool) {
  const core::Outcome<> opened = co_await spool->open();
  if (opened) co_return;
  tools_.log.error("pipeline", "Cannot read the spool, so spans are not taken",
                   {{"why", opened.error().what}, {"hint", opened.error().hint}});
  spool.reset();
}

std::optional<core::TracesStatus> TraceFlow::status() {
  if (!figures_) return std::nullopt;
  core::TracesStatus status = figures_->status();
  status.waiting = sampling_ ? sampling_->waiting() : 0;
  status.link = link_;
  return status;
}

void TraceFlow::promise(std::vector<tracing::RequestRule> rules) {
  if (!promised_ && rules.empty()) return;
  if (!promised_) {
    promised_ = std::make_unique<Promised>();
    intake_.add(*promised_);
  }
  promised_->promise(std::move(rules));
}

std::vector<tracing::RequestCount> TraceFlow::requests() const {
  return promised_ ? promised_->counts() : std::vector<tracing::RequestCount>();
}

std::vector<Spool*> TraceFlow::spools() const {
  std::vector<Spool*> all;
  for (Spool* const spool : {spool_.get(), kept_.get()})
    if (spool != nullptr) all.push_back(spool);
  return all;
}

// What waits to be judged waits in its spool for the next start: nobody need wait for it now.
void TraceFlow::finish() {
  if (sampling_carrier_ != nullptr) sampling_carrier_->abandon();
}

}  // namespace outrider::pipeline
