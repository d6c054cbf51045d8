#include "agent/pipeline/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/pipeline/parking/parked_kind.hpp"
#include "agent/pipeline/routing/destination_kind.hpp"
#include "agent/pipeline/routing/judge_routes.hpp"

#include <optional>
#include <set>
#include <stdexcept>
#include <string>

namespace outrider::pipeline {
namespace {

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
  return read;
}

config::Kind<transforms::StepMaker> step_kind(std::string_view name) {
  transforms::Shelf shelf;
  transforms::fill(shelf);
  for (const auto& entry : shelf.steps()) {
    if (entry.name == name) return entry.kind;
  }
  throw std::logic_error("the shelf of transforms has no " + std::string(name));
}

config::Kind<SpoolSettings> spool_kind() {
  return config::Object<SpoolSettings>().optional(
      "most_bytes", &SpoolSettings::most_bytes, config::bytes(1 << 20, 1ull << 38),
      "how much may wait on the disk; when it is full, debug lines are given up first, and errors last");
}

std::optional<config::Complaint> judge(const LogSettings& logs) {
  if (!logs.read.empty() && logs.send_to.empty()) {
    return config::Complaint{"read", "`read` without `send_to`: the lines would go nowhere"};
  }
  if (logs.read.empty() && !logs.send_to.empty()) {
    return config::Complaint{"send_to", "`send_to` without `read`: there would be nothing to send"};
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
      .optional("spool", &LogSettings::spool, spool_kind(),
                "lines that cannot be read again (the child's output) wait on the disk for the destinations")
      .rule(judge)
      .rule(judge_routes);
}

config::Kind<std::vector<sources::MetricSourceMaker>> scrape_kind() {
  sources::Shelf shelf;
  sources::fill(shelf);
  for (const auto& entry : shelf.metrics()) {
    if (entry.name == "scrape") return config::list_of(entry.kind);
  }
  throw std::logic_error("the shelf of sources has no scrape");
}

}  // namespace outrider::pipeline
