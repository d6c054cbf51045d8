#include "agent/pipeline/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/pipeline/follow/follow_kind.hpp"
#include "agent/pipeline/parking/parked_kind.hpp"
#include "agent/pipeline/routing/destination_kind.hpp"
#include "agent/pipeline/routing/judge_routes.hpp"
#include "agent/pipeline/traces/figures_kind.hpp"
#include "agent/pipeline/traces/sampling_kind.hpp"

#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

// Who is told that a record is kept must not hear so of one that waits for others.
std::optional<config::Complaint> judge_read(const ReadSettings& read) {
  if (!read.source.listen || !read.joining.make) return std::nullopt;
  return config::Complaint{"multiline", "`multiline` is for lines; a record of OTLP is whole"};
}

config::Kind<ReadSettings> read_kind() {
  sources::Shelf sources;
  sources::fill(sources);
  transforms::Shelf transforms;
  transforms::fill(transforms);
  config::Object<ReadSettings> read;
  read.one_of(&ReadSettings::source, config::alternatives(sources.logs()), "where the lines come from")
      .optional("format", &ReadSettings::reading, transforms::reading_kind(), "how a line is written");
  for (const auto& entry : transforms.joiners())
    read.optional(std::string(entry.name), &ReadSettings::joining, entry.kind, std::string(entry.help));
  return read.rule(judge_read);
}

config::Kind<transforms::StepMaker> step_kind(std::string_view name) {
  transforms::Shelf shelf;
  transforms::fill(shelf);
  for (const auto& entry : shelf.steps()) {
    if (entry.name == name) return entry.kind;
  }
  throw std::logic_error("the shelf of transforms has no " + std::string(name));
}

config::Kind<SpoolSettings> spool_kind(std::string help) {
  return config::Object<SpoolSettings>().optional("most_bytes", &SpoolSettings::most_bytes,
                                                  config::bytes(1 << 20, 1ull << 38), std::move(help));
}

std::optional<config::Complaint> judge(const LogSettings& logs) {
  if (!logs.read.empty() && logs.send_to.empty()) {
    return config::Complaint{"read", "`read` without `send_to`: the lines would go nowhere"};
  }
  if (logs.read.empty() && !logs.send_to.empty()) {
    return config::Complaint{"send_to", "`send_to` without `read`: there would be nothing to send"};
  }
  for (const auto& read : logs.read) {
    if (read.source.listen && logs.spool.most_bytes < 8 * read.source.listen->most_request)
      return config::Complaint{"spool", "`spool.most_bytes` must be eight times `most_request` at least"};
  }
  std::set<std::string> taken;
  for (const auto& read : logs.read) {
    for (const auto& stream : read.source.streams) {
      if (!taken.insert(stream).second) {
        return config::Complaint{"read", "two entries of `read` read the same stream (" + stream + ")"};
      }
    }
  }
  return std::nullopt;
}

struct TraceDestination {
  sinks::Plan plan;
};

struct HeardEntry {
  sources::HeardPlan plan;
};

config::Kind<sinks::Plan> trace_destination_kind(const sinks::Shelf& sinks) {
  const config::Kind<TraceDestination> destination = config::Object<TraceDestination>().one_of(
      &TraceDestination::plan, config::alternatives(sinks.for_traces()), "where the spans go");
  const std::function<sinks::Plan(TraceDestination)> plan_of = [](TraceDestination chosen) {
    return std::move(chosen.plan);
  };
  return destination.as<sinks::Plan>(plan_of);
}

// Of those that do not listen: what would have nothing to do.
std::optional<config::Complaint> judge_deaf(const TraceSettings& traces) {
  const auto idle = [](const char* key, const char* why) {
    return config::Complaint{key,
                             fmt::format("`{}` without `listen`: there would be nothing to {}", key, why)};
  };
  if (traces.sample) return idle("sample", "judge");
  if (traces.graph) return idle("service_graph", "count");
  if (traces.figures) return idle("span_metrics", "count");
  if (!traces.send_to.empty()) return idle("send_to", "send");
  return std::nullopt;
}

std::optional<config::Complaint> judge_traces(const TraceSettings& traces) {
  if (!traces.link.empty() && traces.link.find("{trace_id}") == std::string::npos)
    return config::Complaint{"link", "`link` must have {trace_id} where the trace's id belongs"};
  if (!traces.listen) return judge_deaf(traces);
  if (traces.send_to.empty())
    return config::Complaint{"listen", "`listen` without `send_to`: the spans would go nowhere"};
  if (traces.spool.most_bytes < 2 * traces.listen->most_request)
    return config::Complaint{"spool", "`spool.most_bytes` must be twice `listen.most_request` at least"};
  return std::nullopt;
}

}  // namespace

transforms::ChainPlan plan_of(const LogSettings& logs, const ReadSettings& read) {
  transforms::ChainPlan plan{transforms::reading_of(read.source.format, read.reading), read.joining, {}};
  if (logs.steps) plan.steps.push_back(logs.steps);
  if (logs.redact) plan.steps.push_back(logs.redact);
  return plan;
}

config::Kind<LogSettings> logs_kind() {
  return config::Object<LogSettings>()
      .optional("read", &LogSettings::read, config::list_of(read_kind()), "where log lines come from")
      .optional("steps", &LogSettings::steps, step_kind("steps"),
                "what is done to records, in this order, before they are redacted")
      .optional("redact", &LogSettings::redact, step_kind("redact"), "what must not leave this machine")
      .optional("send_to", &LogSettings::send_to, config::list_of(destination_kind()),
                "where log lines go; each destination gets all of them")
      .optional("parked", &LogSettings::parked, parked_kind(), "records that a destination refuses for good")
      .optional("spool", &LogSettings::spool,
                spool_kind("how much may wait on the disk; when it is full, debug lines are given up first, "
                           "and errors last"),
                "lines that cannot be read again (the child's output) wait on the disk for the destinations")
      .optional("follow_traces", &LogSettings::follow, follow_kind(),
                "lines of these levels wait for what `traces.sample` decides of their trace, and follow it")
      .rule(judge)
      .rule(judge_routes);
}

config::Kind<TraceSettings> traces_kind() {
  sources::Shelf sources;
  sources::fill(sources);
  sinks::Shelf sinks;
  sinks::fill(sinks);
  const std::function<std::optional<sources::ListenPlan>(sources::ListenPlan)> some =
      [](sources::ListenPlan plan) { return std::optional<sources::ListenPlan>(std::move(plan)); };
  return config::Object<TraceSettings>()
      .optional("listen", &TraceSettings::listen,
                sources.traces().front().kind.as<std::optional<sources::ListenPlan>>(some),
                "where spans come in, by OTLP")
      .optional("sample", &TraceSettings::sample, sampling_kind(),
                "only traces that are worth it go on, judged as a whole; without it all do")
      .optional("span_metrics", &TraceSettings::figures, figures_kind(),
                "how often operations are called, fail and how long they take, counted of all spans")
      .optional("service_graph", &TraceSettings::graph, graph_kind(),
                "which service calls which, how often, how often in vain and how long it takes")
      .optional("send_to", &TraceSettings::send_to, config::list_of(trace_destination_kind(sinks)),
                "where spans go; each destination gets all of them")
      .optional(
          "spool", &TraceSettings::spool,
          spool_kind("how much may wait on the disk; when it is full, senders are told to come again"),
          "spans wait on the disk for the destinations, and only then their sender hears that they came")
      .optional("link", &TraceSettings::link, config::url({"http", "https"}),
                "where people look at a trace, with {trace_id} in it: the status page leads there")
      .rule(judge_traces);
}

std::vector<config::Alternative<std::vector<sources::MetricSourceMaker>>> metric_keys() {
  sources::Shelf shelf;
  sources::fill(shelf);
  return config::alternatives(shelf.metrics());
}

config::Kind<std::vector<sources::HeardPlan>> heard_kind() {
  sources::Shelf shelf;
  sources::fill(shelf);
  const config::Kind<HeardEntry> one = config::Object<HeardEntry>().one_of(
      &HeardEntry::plan, config::alternatives(shelf.heard()), "what metrics are sent by");
  const std::function<sources::HeardPlan(HeardEntry)> plan_of = [](HeardEntry read) {
    return std::move(read.plan);
  };
  return config::list_of(one.as<sources::HeardPlan>(plan_of), 0, 1);
}

std::vector<config::Alternative<std::vector<sinks::MetricPlan>>> sample_keys() {
  sinks::Shelf shelf;
  sinks::fill(shelf);
  std::vector<config::Alternative<std::vector<sinks::MetricPlan>>> keys;
  for (const auto& entry : shelf.for_metrics())
    keys.push_back({std::string(entry.name), config::list_of(entry.kind, 0, 64), std::string(entry.help)});
  return keys;
}

std::optional<config::Complaint> same_destination(const std::vector<sinks::MetricPlan>& send_to) {
  std::set<std::string> seen;
  for (const sinks::MetricPlan& to : send_to) {
    if (!seen.insert(to.plan.name).second)
      return config::Complaint{"remote_write", to.plan.name + " is there twice"};
  }
  return std::nullopt;
}

config::Kind<SpoolSettings> sample_spool_kind() {
  return spool_kind("how much may wait on the disk, packed; when it is full, the oldest go");
}

}  // namespace outrider::pipeline
