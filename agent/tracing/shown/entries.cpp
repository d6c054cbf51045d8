#include "agent/tracing/shown/entries.hpp"

#include "agent/tracing/label_text.hpp"

#include <algorithm>

namespace outrider::tracing {

namespace otlp = telemetry::otlp;

void Entries::look(std::string_view request, core::WallTime now) {
  otlp::visit_spans(request, [&](std::string_view resource, std::string_view bytes) {
    look_at(resource, otlp::view_span(bytes), now);
  });
}

void Entries::look_at(std::string_view resource, const otlp::SpanView& span, core::WallTime now) {
  const TraceKey trace = key_of(span.trace_id);
  auto known = std::ranges::find(entries_, trace, &Entry::trace);
  const bool failed = span.status == otlp::StatusCode::error;
  if (known != entries_.end()) known->shown.failed |= failed;
  const bool is_root = span.parent_id.empty();
  if (!span.is_entry() || (known != entries_.end() && (known->by_root || !is_root))) return;
  if (known == entries_.end()) {
    if (entries_.size() == most) entries_.pop_back();
    entries_.push_front({trace, false, {otlp::id_text(span.trace_id), {}, {}, now, {}, failed}});
    known = entries_.begin();
  }
  known->by_root = is_root;
  core::KeptTraceStatus& shown = known->shown;
  put_label(shown.service, otlp::attribute_of(resource, otlp::resource_attributes, "service.name"));
  put_label(shown.name, span.name);
  shown.took = core::Duration(static_cast<std::int64_t>(span.took_ns()));
}

std::vector<core::KeptTraceStatus> Entries::newest() const {
  std::vector<core::KeptTraceStatus> all;
  for (const Entry& entry : entries_) all.push_back(entry.shown);
  return all;
}

}  // namespace outrider::tracing
