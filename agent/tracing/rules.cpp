#include "agent/tracing/rules.hpp"

#include <algorithm>
#include <utility>

namespace outrider::tracing {
namespace {

namespace otlp = telemetry::otlp;

constexpr Marks error_mark = 1;

bool has(std::string_view message, std::uint32_t attributes, const AttributeMatch& wanted) {
  return std::ranges::any_of(wanted.values, [&](const std::string& value) {
    return otlp::has_attribute(message, attributes, wanted.key, value);
  });
}

}  // namespace

std::size_t questions_of(const std::vector<Rule>& rules) {
  std::size_t count = 0;
  for (const Rule& rule : rules) count += rule.attributes.size() + (rule.services.empty() ? 0 : 1);
  return count;
}

Rulebook::Rulebook(std::vector<Rule> drop, std::vector<Rule> keep)
    : drop_(std::move(drop)), keep_(std::move(keep)) {
  for (const Rule& rule : drop_) add(rule, false);
  for (const Rule& rule : keep_) add(rule, true);
}

void Rulebook::add(const Rule& rule, bool keep) {
  Case one{&rule, keep, rule.errors ? error_mark : 0, rule.at_most_per_second};
  const auto ask = [&](const AttributeMatch* attribute, const std::vector<std::string>* services) {
    const Marks bit = error_mark << (questions_.size() + 1);
    questions_.push_back({bit, attribute, services});
    one.needed |= bit;
  };
  for (const AttributeMatch& attribute : rule.attributes) ask(&attribute, nullptr);
  if (!rule.services.empty()) ask(nullptr, &rule.services);
  cases_.push_back(one);
}

Marks Rulebook::marks_of_resource(std::string_view resource) const {
  Marks marks = 0;
  for (const Question& question : questions_) {
    const bool fits = question.attribute != nullptr
                          ? has(resource, otlp::resource_attributes, *question.attribute)
                          : std::ranges::find(*question.services,
                                              otlp::attribute_of(resource, otlp::resource_attributes,
                                                                 "service.name")) != question.services->end();
    if (fits) marks |= question.bit;
  }
  return marks;
}

Marks Rulebook::marks_of(const otlp::SpanView& span) const {
  Marks marks = span.status == otlp::StatusCode::error ? error_mark : 0;
  for (const Question& question : questions_) {
    if (question.attribute != nullptr && has(span.bytes, otlp::span_attributes, *question.attribute))
      marks |= question.bit;
  }
  return marks;
}

Judgement Rulebook::judge(TraceKey trace, Marks marks, core::Duration took, core::Instant now) {
  for (Case& one : cases_) {
    const Rule& rule = *one.rule;
    if ((marks & one.needed) != one.needed || took < rule.slower_than) continue;
    // The upper end: so says W3C, and so does whoever samples before us.
    if (rule.share < 1 && randomness_of(trace) < 1 - rule.share) continue;
    if (rule.at_most_per_second > 0 && !allows_one(one, now)) continue;
    return {one.keep, one.rule};
  }
  return {};
}

// What one second allows may come at once.
bool Rulebook::allows_one(Case& of, core::Instant now) {
  const double allowed = of.rule->at_most_per_second;
  const std::chrono::duration<double> since = now - std::exchange(of.at, now);
  of.left = std::min(std::max(allowed, 1.0), of.left + since.count() * allowed);
  if (of.left < 1) return false;
  of.left -= 1;
  return true;
}

}  // namespace outrider::tracing
