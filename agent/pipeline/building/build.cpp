// What the configuration names is made, and joined.
#include "agent/pipeline/pipeline.hpp"
#include "agent/pipeline/tap/tapped_sink.hpp"
#include "agent/sources/heard.hpp"

#include <utility>

namespace outrider::pipeline {

void Pipeline::build(const Settings& settings) {
  log_destinations_ = build_sinks(settings.logs.send_to);
  follow_ = std::make_unique<FollowFlow>(carry_, spool_tools(), settings.logs.follow);
  const sources::Tools tools = source_tools();
  for (const auto& read : settings.logs.read) {
    if (read.source.make_replay) build_replay(settings, read, tools);
    if (read.source.make) build_volatile(settings, read, tools);
  }
  for (const auto& read : settings.logs.read) {
    if (read.source.listen) build_volatile(settings, read, tools);
  }
  if (settings.traces.listen) build_traces(settings.traces, tools);
  if (traces_ && follow_->following() != nullptr) follow_->following()->follow(traces_->judged());
  if (!settings.samples.send_to.empty()) build_samples(settings.samples);
  for (const auto& plan : settings.heard) build_heard(plan, tools);
  for (const auto& make : settings.metrics) metric_sources_.push_back(make(tools));
  unread_ = sources::make_drain();
  nowhere_ = std::make_unique<ChainIntake>(tools_.clock, nullptr, std::vector<std::string>(),
                                           log_destinations_, ledger_);
}

std::vector<Destination> Pipeline::build_sinks(const std::vector<sinks::Plan>& plans) {
  std::vector<Destination> destinations;
  const sinks::Tools sink_tools{tools_.clock,    tools_.pool, tools_.files,  tools_.log,
                                tools_.registry, tools_.http, tools_.random, tools_.streams};
  for (const auto& plan : plans) {
    auto sink = plan.make(sink_tools);
    if (tools_.taps != nullptr) sink = with_taps(std::move(sink), *tools_.taps);
    carriers_.push_back(std::make_unique<Carrier>(carry_, carrier_tools(), std::move(sink), plan.buffer_bytes,
                                                  plan.when_full, [this] { publish(); }));
    destinations.push_back({carriers_.back().get(), plan.name});
    parking_.expect(carriers_.back()->name());
  }
  return destinations;
}

void Pipeline::build_traces(const TraceSettings& settings, const sources::Tools& tools) {
  const std::vector<Destination> destinations = build_sinks(settings.send_to);
  traces_ = std::make_unique<TraceFlow>(carry_, spool_tools(), *board_, settings, destinations);
  expect(*settings.listen, traces_->intake(), tools);
  auto sampling = traces_->make_sampling(carrier_tools(), [this] { publish(); });
  if (sampling) carriers_.push_back(std::move(sampling));
}

void Pipeline::build_heard(const sources::HeardPlan& plan, const sources::Tools& tools) {
  auto source = plan.make(tools);
  expect(plan.listen, source->intake(), tools);
  metric_sources_.push_back(std::move(source));
}

void Pipeline::build_samples(const SampleSettings& settings) {
  std::vector<sinks::Plan> plans;
  for (const sinks::MetricPlan& to : settings.send_to) plans.push_back(to.plan);
  const std::vector<Destination> destinations = build_sinks(plans);
  const SampleFlow::Tools tools{spool_tools(), tools_.gather_metrics};
  samples_ = std::make_unique<SampleFlow>(carry_, tools, settings, resource_, destinations);
}

void Pipeline::see(transforms::Chain& chain, std::unique_ptr<transforms::Onlooker> sight) {
  chain.watched_by(sight.get());
  sights_.push_back(std::move(sight));
}

DropSeen Pipeline::show_dropped() const {
  if (tools_.taps == nullptr) return nullptr;
  return [taps = tools_.taps](const std::string& sink, const telemetry::Batch& batch,
                              const telemetry::Record& record, Reason why) {
    if (taps->none()) return;
    taps->saw({Stage::dropped, sink, batch.stream, record, "dropped", name_of(why)});
  };
}

void Pipeline::expect(const sources::ListenPlan& plan, sources::KeepingIntake& intake,
                      const sources::Tools& tools) {
  if (!reception_) reception_ = plan.reception(tools);
  reception_->expect(plan, intake);
}

void Pipeline::build_volatile(const Settings& settings, const ReadSettings& read,
                              const sources::Tools& tools) {
  if (!spool_ && tools_.book.outlives_the_agent()) {
    if (tools_.taps != nullptr) tools_.taps->has(Stage::dropped, "spool");
    spool_ =
        std::make_unique<Spool>(carry_, spool_tools(), log_spool, settings.logs.spool, log_destinations_);
  }
  if (read.source.make) log_sources_.push_back(read.source.make(tools));
  const auto streams = read.source.make ? log_sources_.back()->streams() : read.source.streams;
  const ChainSight::Seen seen{resource_, plan_of(settings.logs, read)};
  auto chain = std::make_unique<transforms::Chain>(transforms::Tools{resource_, tools_.registry}, seen.plan);
  std::unique_ptr<ChainSight> tapped;
  if (tools_.taps != nullptr) {
    tapped = std::make_unique<ChainSight>(*tools_.taps, seen);
    for (const auto& stream : streams) {
      for (const Stage stage : {Stage::source, Stage::left_out}) tools_.taps->has(stage, stream);
    }
  }
  see(*chain, onlooker(tools_.keep, seen, std::move(tapped)));
  intakes_.push_back(std::make_unique<ChainIntake>(tools_.clock, std::move(chain), streams, log_destinations_,
                                                   ledger_, spool_.get()));
  if (follow_->following() != nullptr) intakes_.back()->follow(*follow_->following());
  reads_child_ = reads_child_ || read.source.reads_child;
  if (read.source.listen) expect(*read.source.listen, *intakes_.back(), tools);
}

void Pipeline::build_replay(const Settings& settings, const ReadSettings& read, const sources::Tools& tools) {
  auto replay = std::make_unique<Replay>();
  replay->source = read.source.make_replay(tools);
  const auto foremost = std::make_shared<Foremost>();
  const auto recorded = log_destinations_.size() > 1 ? std::make_shared<Foremost>() : nullptr;
  const ChainSight::Seen seen{resource_, plan_of(settings.logs, read)};
  for (const Stage stage : {Stage::source, Stage::left_out}) {
    if (tools_.taps != nullptr) tools_.taps->has(stage, replay->source->name());
  }
  for (const auto& [carrier, name, all] : log_destinations_) {
    ::prometheus::Registry& registry = replay->lanes.empty() ? tools_.registry : *uncounted_;
    auto chain = std::make_unique<transforms::Chain>(transforms::Tools{resource_, registry}, seen.plan);
    auto tapped = tools_.taps == nullptr
                      ? nullptr
                      : std::make_unique<ChainSight>(*tools_.taps, seen, replay->source->name(), foremost);
    see(*chain, onlooker(tools_.keep, seen, std::move(tapped), recorded));
    chain->serve_only(name);
    Account& account = ledger_.open(replay->source->name(), carrier->name());
    const SinkLane::Ends ends{tools_.clock, *carrier, account, checkpoints_, follow_->following()};
    replay->lanes.push_back(std::make_unique<SinkLane>(carry_, ends, std::move(chain)));
  }
  replays_.push_back(std::move(replay));
}

}  // namespace outrider::pipeline
