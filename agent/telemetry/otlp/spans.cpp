#include "agent/telemetry/otlp/spans.hpp"

#include "agent/telemetry/otlp/spans_cutter.hpp"
#include "agent/telemetry/otlp/walk.hpp"

#include <algorithm>
#include <limits>

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

namespace outrider::telemetry::otlp {
namespace {

using protozero::pbf_reader;

bool is_id(std::string_view id, std::size_t length) {
  return id.size() == length && std::ranges::any_of(id, [](char byte) { return byte != 0; });
}

// Why a span is broken; empty: it is not.
std::string_view trouble_with(std::string_view span) {
  std::string_view trace, id, parent;
  pbf_reader reader(span.data(), span.size());
  while (reader.next()) {
    const bool is_bytes = reader.wire_type() == protozero::pbf_wire_type::length_delimited;
    const std::uint32_t number = reader.tag();
    if (!is_bytes || (number != span_trace_id && number != span_id && number != span_parent)) {
      reader.skip();
      continue;
    }
    (number == span_trace_id ? trace : number == span_id ? id : parent) = text_of(reader.get_view());
  }
  if (!is_id(trace, 16)) return "a span's trace_id must be 16 bytes, not all of them zero";
  if (!is_id(id, 8)) return "a span's span_id must be 8 bytes, not all of them zero";
  if (!parent.empty() && parent.size() != 8) return "a span's parent_span_id must be 8 bytes, or left out";
  return {};
}

template <class Visit>
void for_each_span(std::string_view request, const Visit& visit) {
  const auto in_scope = [&](std::string_view scope) { walk(scope, scope_spans, visit); };
  const auto in_resource = [&](std::string_view of) { walk(of, resource_scopes, in_scope); };
  walk(request, request_resources, in_resource);
}

Survey surveyed(std::string_view request) {
  Survey survey;
  const auto see_span = [&survey](std::string_view span) {
    const std::string_view why = trouble_with(span);
    if (why.empty()) {
      ++survey.good;
    } else if (++survey.broken == 1) {
      survey.why = why;
    }
  };
  for_each_span(request, see_span);
  return survey;
}

// What surrounds the spans is put before them, in whatever order it was written.
template <class Goes>
void cut(std::string_view request, Cutter& cutter, Goes goes) {
  const auto take_resource = [&cutter, &goes](std::string_view resource) {
    std::string around;
    std::vector<std::string_view> scopes;
    walk(
        resource, resource_scopes, [&](std::string_view scope) { scopes.push_back(scope); },
        [&](std::string_view field) { around += field; });
    cutter.begin_resource(std::move(around));
    for (const std::string_view scope : scopes) {
      std::string about;
      std::vector<std::string_view> spans;
      walk(
          scope, scope_spans, [&](std::string_view span) { spans.push_back(span); },
          [&](std::string_view field) { about += field; });
      cutter.begin_scope(std::move(about));
      for (const std::string_view span : spans) {
        if (goes(span)) cutter.add(span);
      }
    }
  };
  walk(request, request_resources, take_resource);
  cutter.end();
}

}  // namespace

core::Outcome<Survey> survey(std::string_view request) {
  try {
    return surveyed(request);
  } catch (const protozero::exception& thrown) {
    return core::fail(not_protobuf(thrown.what()));
  }
}

core::Outcome<Portions> portions_of(std::string_view request, std::size_t most_bytes) {
  Portions portions;
  const auto seen = survey(request);
  if (!seen) return core::fail(seen.error());
  portions.survey = *seen;
  if (portions.survey.good == 0) return portions;
  if (portions.survey.broken == 0 && request.size() <= most_bytes) {
    portions.list.push_back({request, static_cast<std::uint32_t>(portions.survey.good)});
    return portions;
  }
  Cutter cutter(most_bytes, portions);
  cut(request, cutter, [](std::string_view span) { return trouble_with(span).empty(); });
  return portions;
}

core::Outcome<Portions> portions_of(std::string_view request, std::size_t most_bytes, const Wanted& wanted) {
  Portions portions;
  std::vector<bool> goes;
  try {
    for_each_span(request, [&](std::string_view span) { goes.push_back(wanted(span)); });
    portions.survey.good = goes.size();
    const auto count = static_cast<std::uint64_t>(std::ranges::count(goes, true));
    if (count == 0) return portions;
    if (count == goes.size() && request.size() <= most_bytes) {
      portions.list.push_back({request, static_cast<std::uint32_t>(count)});
      return portions;
    }
    Cutter cutter(most_bytes, portions);
    cut(request, cutter, [next = goes.begin()](std::string_view) mutable { return *next++; });
  } catch (const protozero::exception& thrown) {
    return core::fail(not_protobuf(thrown.what()));
  }
  return portions;
}

std::string_view trace_id_of(std::string_view span) {
  try {
    pbf_reader reader(span.data(), span.size());
    const bool has_one = reader.next(span_trace_id, protozero::pbf_wire_type::length_delimited);
    return has_one ? text_of(reader.get_view()) : std::string_view();
  } catch (const protozero::exception&) {
    return {};
  }
}

}  // namespace outrider::telemetry::otlp
