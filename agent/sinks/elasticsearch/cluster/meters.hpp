// What the sink tells about itself on /metrics.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/sinks/elasticsearch/bulk/answer.hpp"
#include "agent/sinks/elasticsearch/bulk/verdict.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace outrider::sinks::elasticsearch {

class Meters {
 public:
  Meters(::prometheus::Registry& registry, const std::string& sink, const std::vector<std::string>& nodes);
  Meters(const Meters&) = delete;
  Meters& operator=(const Meters&) = delete;
  ~Meters();

  void answered(int status, core::Duration took);  // 0: no answer came
  void items(Fate fate, std::uint64_t count);
  void refused(const std::string& type);
  void failure_store(const std::string& result);
  void doubt(std::string_view result, std::uint64_t records);
  void limit(std::uint32_t requests) { limit_->Set(requests); }
  void node_up(std::size_t node, bool up) { nodes_[node]->Set(up ? 1 : 0); }
  void holding(bool yes) { holding_->Set(yes ? 1 : 0); }

 private:
  template <class Metric>
  struct Row {
    ::prometheus::Family<Metric>* family = nullptr;
    std::map<std::string, Metric*, std::less<>> by_value;
  };
  using Counters = Row<::prometheus::Counter>;

  Counters counters(::prometheus::Registry& registry, const std::string& sink, const char* name,
                    const char* help, const char* label, const std::vector<std::string>& values);
  ::prometheus::Gauge* gauge(::prometheus::Registry& registry, const char* name, const char* help,
                             const ::prometheus::Labels& labels);
  static void add(Counters& counters, std::string_view value, double count);

  Counters requests_, items_, refused_, failure_store_, doubt_;
  ::prometheus::Family<::prometheus::Histogram>* seconds_family_;
  ::prometheus::Histogram* seconds_;
  std::vector<std::pair<::prometheus::Family<::prometheus::Gauge>*, ::prometheus::Gauge*>> gauges_;
  ::prometheus::Gauge* limit_;
  ::prometheus::Gauge* holding_;
  std::vector<::prometheus::Gauge*> nodes_;
};

}  // namespace outrider::sinks::elasticsearch
