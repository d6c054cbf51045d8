#include "agent/sinks/elasticsearch/cluster/meters.hpp"

#include "agent/core/seconds.hpp"

namespace outrider::sinks::elasticsearch {
namespace {

const ::prometheus::Histogram::BucketBoundaries buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                        0.5,   1,    2.5,   5,    10,  30};

std::string class_of(int status) {
  if (status == 0) return "none";
  if (status == 429) return "429";
  return std::string(1, static_cast<char>('0' + status / 100)) + "xx";
}

}  // namespace

Meters::Meters(::prometheus::Registry& registry, const std::string& sink,
               const std::vector<std::string>& nodes) {
  requests_ = counters(registry, sink, "outrider_elasticsearch_requests_total",
                       "Requests to the cluster, by the status of the answer.", "status",
                       {"2xx", "3xx", "4xx", "429", "5xx", "none"});
  items_ = counters(registry, sink, "outrider_elasticsearch_items_total",
                    "What the cluster said of single records, each time that they were sent.", "fate",
                    {"created", "duplicate", "again", "hold", "refused"});
  refused_ =
      counters(registry, sink, "outrider_elasticsearch_refused_total",
               "Records that the cluster will never take as they are, by the type of its error.", "type",
               {"document_parsing_exception", "mapper_parsing_exception", "illegal_argument_exception",
                "strict_dynamic_mapping_exception", "too_large", "malformed", "other"});
  failure_store_ = counters(registry, sink, "outrider_elasticsearch_failure_store_total",
                            "Records that the cluster put, or could not put, into a failure store.", "result",
                            {"used", "failed", "not_enabled"});
  doubt_ = counters(registry, sink, "outrider_elasticsearch_doubt_total",
                    "Records that may have been sent before, by what a look for them found.", "result",
                    {"found", "absent", "unverified", "taken_out", "twice"});
  seconds_family_ = &::prometheus::BuildHistogram()
                         .Name("outrider_elasticsearch_request_seconds")
                         .Help("How long a request to the cluster took, unanswered ones included.")
                         .Register(registry);
  seconds_ = &seconds_family_->Add({{"sink", sink}}, buckets);
  limit_ = gauge(registry, "outrider_elasticsearch_request_limit",
                 "How many requests may be under way at once, as its answers allow.", {{"sink", sink}});
  holding_ = gauge(registry, "outrider_elasticsearch_holding",
                   "Whether the cluster takes nothing until somebody mends something.", {{"sink", sink}});
  for (const std::string& node : nodes) {
    nodes_.push_back(gauge(registry, "outrider_elasticsearch_node_up",
                           "Whether the node answered when last asked.", {{"sink", sink}, {"node", node}}));
    nodes_.back()->Set(1);
  }
}

// A reload may bring other nodes, and a gauge of one that is not asked any more would stand for ever.
Meters::~Meters() {
  for (const auto& [family, gauge] : gauges_) family->Remove(gauge);
}

Meters::Counters Meters::counters(::prometheus::Registry& registry, const std::string& sink, const char* name,
                                  const char* help, const char* label,
                                  const std::vector<std::string>& values) {
  Counters made;
  made.family = &::prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  for (const std::string& value : values) {
    made.by_value.emplace(value, &made.family->Add({{"sink", sink}, {label, value}}));
  }
  return made;
}

::prometheus::Gauge* Meters::gauge(::prometheus::Registry& registry, const char* name, const char* help,
                                   const ::prometheus::Labels& labels) {
  auto& family = ::prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  gauges_.emplace_back(&family, &family.Add(labels));
  return gauges_.back().second;
}

void Meters::add(Counters& counters, std::string_view value, double count) {
  const auto known = counters.by_value.find(value);
  if (known != counters.by_value.end()) known->second->Increment(count);
}

void Meters::answered(int status, core::Duration took) {
  add(requests_, class_of(status), 1);
  seconds_->Observe(core::to_seconds(took));
}

void Meters::items(Fate fate, std::uint64_t count) {
  if (count > 0) add(items_, name_of(fate), static_cast<double>(count));
}

void Meters::refused(const std::string& type) {
  add(refused_, refused_.by_value.contains(type) ? type : "other", 1);
}

void Meters::doubt(std::string_view result, std::uint64_t records) {
  if (records > 0) add(doubt_, result, static_cast<double>(records));
}

void Meters::failure_store(const std::string& result) { add(failure_store_, result, 1); }

}  // namespace outrider::sinks::elasticsearch
