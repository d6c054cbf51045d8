// What the configuration says of the upper river, and how it is written.
//   logs: {read: […], steps: […], redact: […], send_to: […]}      metrics: {scrape: […], host: true}
//   traces: {listen: {…}, send_to: […]}
#pragma once

#include "agent/config/object.hpp"
#include "agent/core/clock.hpp"
#include "agent/pipeline/parking/parking.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/sinks/shelf.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/tracing/following.hpp"
#include "agent/tracing/requests.hpp"
#include "agent/tracing/sampler.hpp"
#include "agent/tracing/service_graph.hpp"
#include "agent/tracing/span_figures.hpp"
#include "agent/transforms/chain.hpp"
#include "agent/transforms/reading.hpp"

#include <optional>
#include <vector>

namespace outrider::pipeline {

struct ReadSettings {
  sources::LogPlan source;
  std::optional<transforms::Reading> reading;  // nothing: as the source says
  transforms::Joining joining;
};

struct LogSettings {
  std::vector<ReadSettings> read;
  transforms::StepMaker steps;   // may be empty
  transforms::StepMaker redact;  // may be empty
  std::vector<sinks::Plan> send_to;
  ParkingSettings parked;
  SpoolSettings spool;
  std::optional<tracing::FollowSettings> follow;  // nothing: no line follows its trace
};

struct TraceSettings {
  std::optional<sources::ListenPlan> listen;
  std::optional<tracing::SamplingSettings> sample;  // nothing: all traces are kept
  std::optional<tracing::FigureSettings> figures;   // nothing: spans are not counted
  std::optional<tracing::GraphSettings> graph;      // nothing: nor calls between services
  std::vector<sinks::Plan> send_to;
  SpoolSettings spool;
  std::vector<tracing::RequestRule> promised;  // which requests count for what is promised
  std::string link;                            // where people look at one, with {trace_id}; or empty
};

struct SampleSettings {
  std::vector<sinks::MetricPlan> send_to;
  SpoolSettings spool;
};

struct Settings {
  LogSettings logs;
  TraceSettings traces;
  SampleSettings samples;
  std::vector<sources::MetricSourceMaker> metrics;
  std::vector<sources::HeardPlan> heard;  // metrics that senders bring
  core::Duration drain_for = std::chrono::seconds(5);
};

// What becomes of the lines of one of its sources.
transforms::ChainPlan plan_of(const LogSettings& logs, const ReadSettings& read);

config::Kind<LogSettings> logs_kind();      // of the key `logs`
config::Kind<TraceSettings> traces_kind();  // of the key `traces`
// The keys of `metrics` that say where metrics come from.
std::vector<config::Alternative<std::vector<sources::MetricSourceMaker>>> metric_keys();
config::Kind<std::vector<sources::HeardPlan>> heard_kind();  // of the key `metrics.read`
// Those that say where they go; the first destination that is there twice; and where they wait.
std::vector<config::Alternative<std::vector<sinks::MetricPlan>>> sample_keys();
std::optional<config::Complaint> same_destination(const std::vector<sinks::MetricPlan>& send_to);
config::Kind<SpoolSettings> sample_spool_kind();

}  // namespace outrider::pipeline
