// Which samples a receiver gets, and how that is written: the same for every sink of metrics.
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/labels.hpp"
#include "agent/sinks/poster.hpp"
#include "agent/sinks/shelf.hpp"
#include "agent/telemetry/remote_write/view.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::sinks {

// Names of metrics, * for anything.
config::Kind<std::vector<std::string>> metric_patterns();
std::optional<config::Complaint> label_of_the_series(const telemetry::remote_write::View& view);

// `every`, `keep`, `drop` and `labels`. `Written` is a View and more.
template <class Written>
config::Object<Written> with_view_keys(config::Object<Written> keys) {
  using namespace std::chrono_literals;
  using View = telemetry::remote_write::View;
  const auto of = []<class M>(M View::* member) { return static_cast<M Written::*>(member); };
  keys.optional("every", of(&View::every), config::duration(100ms, 1h), "how often samples are taken")
      .optional("keep", of(&View::keep), metric_patterns(),
                "names of the metrics that it gets, * for anything; all else not")
      .optional("drop", of(&View::drop), metric_patterns(), "names of metrics that it does not get")
      .optional("labels", of(&View::labels), config::labels<telemetry::Labels>(),
                "labels for each series that does not carry them itself")
      .rule([](const Written& written) { return label_of_the_series(written); });
  return keys;
}

// What `Written`, a View and a WrittenPosting, asks for; `make` makes the sink.
template <class Written>
MetricPlan metric_plan(const Written& written, const PostingSettings& settings,
                       std::function<std::unique_ptr<Sink>(const Tools&)> make) {
  MetricPlan plan;
  plan.plan.buffer_bytes = written.buffer;
  plan.plan.make = std::move(make);
  plan.plan.name = shown_urls(settings.urls);
  plan.view = static_cast<const telemetry::remote_write::View&>(written);  // that part of it
  return plan;
}

}  // namespace outrider::sinks
