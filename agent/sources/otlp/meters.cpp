#include "agent/sources/otlp/meters.hpp"

#include <utility>

namespace outrider::sources::otlp {

Meters::Meters(::prometheus::Registry& registry, std::string listener,
               std::initializer_list<const char*> usual)
    : listening(&::prometheus::BuildGauge()
                     .Name("outrider_otlp_listening")
                     .Help("Whether anything can come in there.")
                     .Register(registry)
                     .Add({{"listener", listener}})),
      refused_spans(&::prometheus::BuildCounter()
                         .Name("outrider_otlp_refused_spans_total")
                         .Help("Spans that were not taken, since their ids are broken.")
                         .Register(registry)
                         .Add({{"listener", listener}})),
      refused_points(&::prometheus::BuildCounter()
                          .Name("outrider_otlp_refused_points_total")
                          .Help("Data points of metrics that were not taken, and whose sender was told why.")
                          .Register(registry)
                          .Add({{"listener", listener}})),
      broken_ids(&::prometheus::BuildCounter()
                      .Name("outrider_otlp_broken_ids_total")
                      .Help("Ids of traces and spans that log records had, and that are none.")
                      .Register(registry)
                      .Add({{"listener", listener}})),
      listener_(std::move(listener)),
      requests_(&::prometheus::BuildCounter()
                     .Name("outrider_otlp_requests_total")
                     .Help("Requests of all signals, by the status they were answered with.")
                     .Register(registry)) {
  for (const char* status : usual)
    by_status_[status] = &requests_->Add({{"listener", listener_}, {"status", status}});
}

void Meters::answered(const std::string& status) {
  auto& counter = by_status_[status];
  if (counter == nullptr) counter = &requests_->Add({{"listener", listener_}, {"status", status}});
  counter->Increment();
}

}  // namespace outrider::sources::otlp
