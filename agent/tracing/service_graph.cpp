#include "agent/tracing/service_graph.hpp"

#include "agent/tracing/label_text.hpp"

#include <array>
#include <utility>

namespace outrider::tracing {
namespace {

namespace otlp = telemetry::otlp;
using namespace std::chrono_literals;
using otlp::SpanKind;

constexpr std::string_view other = "other", over_messages = "messaging_system", over_database = "database";

// A database sends no spans: who calls one says which. Empty: it calls none.
std::string database_of(const otlp::SpanView& span) {
  const auto said = [&span](std::string_view key) {
    return otlp::attribute_of(span.bytes, otlp::span_attributes, key);
  };
  std::string system = said("db.system.name");
  if (system.empty()) system = said("db.system");
  if (system.empty()) return {};
  for (const std::string_view key : {"db.namespace", "db.name", "server.address"}) {
    if (std::string name = said(key); !name.empty()) return label_text(name);
  }
  return label_text(system);
}

}  // namespace

Bounds GraphSettings::usual_buckets() {
  return {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 12800ms};
}

void ServiceGraph::count(std::string_view request, core::Instant now) {
  forget_old(now);
  std::string_view resource_before;
  std::string service;
  otlp::visit_spans(request, [&](std::string_view resource, std::string_view bytes) {
    if (resource.data() != resource_before.data())
      service = label_text(otlp::attribute_of(resource, otlp::resource_attributes, "service.name"));
    resource_before = resource;
    count_span(service, otlp::view_span(bytes), now);
  });
}

void ServiceGraph::count_span(std::string_view service, const otlp::SpanView& span, core::Instant now) {
  const bool calls = span.kind == SpanKind::client || span.kind == SpanKind::producer;
  const bool is_called = span.kind == SpanKind::server || span.kind == SpanKind::consumer;
  if (!calls && (!is_called || span.parent_id.empty())) return;
  Half half{calls, span.status == otlp::StatusCode::error, std::string(service), span.took_ns()};
  const std::string database = span.kind == SpanKind::client ? database_of(span) : std::string();
  if (!database.empty()) {
    Edge& one = edge(half.service, database, over_database);
    ++one.calls;
    if (half.failed) ++one.failed;
    one.caller.add(settings_.buckets, half.took_ns);
    return;
  }
  const bool is_message = span.kind == SpanKind::producer || span.kind == SpanKind::consumer;
  const CallKey key{key_of(span.trace_id), number_of(calls ? span.span_id : span.parent_id)};
  pair(key, std::move(half), is_message ? over_messages : std::string_view(), now);
}

void ServiceGraph::pair(const CallKey& key, Half half, std::string_view over, core::Instant now) {
  const auto waits = waiting_.find(key);
  if (waits == waiting_.end() || waits->second.calls == half.calls) {
    // One that is called twice by one span (a message with two readers) pairs with the first only.
    if (waits != waiting_.end() || waiting_.size() >= settings_.most_waiting) {
      ++unpaired_;
      return;
    }
    waiting_.emplace(key, std::move(half));
    in_order_.push_back({now, key});
    return;
  }
  const Half& caller = half.calls ? half : waits->second;
  const Half& called = half.calls ? waits->second : half;
  Edge& one = edge(caller.service, called.service, over);
  ++one.calls;
  if (caller.failed || called.failed) ++one.failed;
  one.caller.add(settings_.buckets, caller.took_ns);
  one.called.add(settings_.buckets, called.took_ns);
  waiting_.erase(waits);
}

void ServiceGraph::forget_old(core::Instant now) {
  for (; !in_order_.empty() && in_order_.front().since + settings_.wait <= now; in_order_.pop_front())
    unpaired_ += waiting_.erase(in_order_.front().key);
}

ServiceGraph::Edge& ServiceGraph::edge(const std::string& from, const std::string& to,
                                       std::string_view over) {
  const Ends ends{from, to, over};
  if (const auto known = edges_.find(ends); known != edges_.end()) return known->second;
  if (edges_.size() < settings_.most_edges) return edges_[ends];
  ++folded_;
  return edges_[{std::string(other), std::string(other), {}}];
}

telemetry::FamilySet ServiceGraph::families() const {
  using telemetry::MetricType;
  telemetry::FamilyWriter writer;
  const auto calls = writer.family("traces_service_graph_request_total", MetricType::counter,
                                   "How often one service called the other.");
  const auto failed = writer.family("traces_service_graph_request_failed_total", MetricType::counter,
                                    "How often that failed, for either of them.");
  const auto called = writer.family("traces_service_graph_request_server_seconds", MetricType::histogram,
                                    "How long a call took, as the called one sees it.");
  const auto caller = writer.family("traces_service_graph_request_client_seconds", MetricType::histogram,
                                    "How long a call took, as the calling one sees it.");
  const Showing in_seconds{settings_.buckets, 1e9};
  for (const auto& [ends, edge] : edges_) {
    const auto& [from, to, over] = ends;
    const std::array<telemetry::LabelView, 3> labels{
        {{"client", from}, {"server", to}, {"connection_type", over}}};
    writer.put_labelled(calls, static_cast<double>(edge.calls), labels);
    writer.put_labelled(failed, static_cast<double>(edge.failed), labels);
    put(writer, called, edge.called, in_seconds, labels);
    put(writer, caller, edge.caller, in_seconds, labels);
  }
  return writer.take();
}

}  // namespace outrider::tracing
