#include "agent/tracing/requests.hpp"

#include <algorithm>
#include <utility>

namespace outrider::tracing {
namespace {

namespace otlp = telemetry::otlp;

bool fits(const std::vector<std::string>& wanted, std::string_view name) {
  return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

}  // namespace

Requests::Requests(std::vector<RequestRule> rules) : rules_(std::move(rules)) {
  for (const RequestRule& rule : rules_) counts_.push_back({rule.name});
}

void Requests::count(std::string_view request) {
  otlp::visit_spans(request, [this](std::string_view resource, std::string_view bytes) {
    const otlp::SpanView span = otlp::view_span(bytes);
    if (span.kind == otlp::SpanKind::server || span.kind == otlp::SpanKind::consumer)
      count_span(resource, span);
  });
}

void Requests::count_span(std::string_view resource, const otlp::SpanView& span) {
  const std::string service = otlp::attribute_of(resource, otlp::resource_attributes, "service.name");
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const RequestRule& rule = rules_[i];
    if (!fits(rule.services, service) || !fits(rule.operations, span.name)) continue;
    const bool in_time = rule.faster_than == core::Duration::zero() ||
                         span.took_ns() <= static_cast<std::uint64_t>(rule.faster_than.count());
    ++(in_time && span.status != otlp::StatusCode::error ? counts_[i].good : counts_[i].bad);
  }
}

}  // namespace outrider::tracing
