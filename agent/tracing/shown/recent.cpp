#include "agent/tracing/shown/recent.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace outrider::tracing {
namespace {

struct Sum {
  std::uint64_t calls = 0, failed = 0;
  std::vector<std::uint64_t> classes;
};

// From what a label says: SPAN_KIND_SERVER is "server".
std::string kind_of(std::string_view label) {
  constexpr std::string_view prefix = "SPAN_KIND_";
  if (label.starts_with(prefix)) label.remove_prefix(prefix.size());
  std::string kind(label);
  for (char& sign : kind)
    if (sign >= 'A' && sign <= 'Z') sign = static_cast<char>(sign - 'A' + 'a');
  return kind;
}

}  // namespace

void Recent::look(const SpanFigures& figures, core::Instant now) {
  if (now - since_.at < period) return;
  before_ = std::exchange(since_, {now, {}});
  since_.series.reserve(figures.size());
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const SpanFigures::Seen seen = figures.seen(i);
    since_.series.push_back({seen.calls, seen.durations.classes});
  }
}

std::vector<core::OperationStatus> Recent::busiest(const SpanFigures& figures, std::size_t most) const {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, Sum> sums;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const SpanFigures::Seen seen = figures.seen(i);
    if (seen.kind == "SPAN_KIND_INTERNAL") continue;
    const Past none;
    const Past& past = i < before_.series.size() ? before_.series[i] : none;
    if (seen.calls == past.calls) continue;
    Sum& sum = sums[{seen.service, seen.name, seen.kind}];
    sum.calls += seen.calls - past.calls;
    if (seen.failed) sum.failed += seen.calls - past.calls;
    sum.classes.resize(seen.durations.classes.size());
    for (std::size_t at = 0; at < seen.durations.classes.size(); ++at)
      sum.classes[at] += seen.durations.classes[at] - (at < past.classes.size() ? past.classes[at] : 0);
  }
  std::vector<core::OperationStatus> all;
  for (const auto& [key, sum] : sums) {
    const auto& [service, name, kind] = key;
    all.push_back({std::string(service), std::string(name), kind_of(kind), sum.calls, sum.failed,
                   quantile(sum.classes, figures.bounds(), 0.5),
                   quantile(sum.classes, figures.bounds(), 0.95)});
  }
  std::ranges::stable_sort(all, std::greater(), &core::OperationStatus::calls);
  if (all.size() > most) all.resize(most);
  return all;
}

core::Duration quantile(const std::vector<std::uint64_t>& classes, const Bounds& bounds, double share) {
  const auto count = std::accumulate(classes.begin(), classes.end(), std::uint64_t{0});
  const double wanted = share * static_cast<double>(count);
  double before = 0;
  for (std::size_t i = 0; i < classes.size() && i < bounds.size(); ++i) {
    const auto here = static_cast<double>(classes[i]);
    if (here > 0 && before + here >= wanted) {
      const core::Duration from = i == 0 ? core::Duration{} : bounds[i - 1];
      const double part = std::clamp((wanted - before) / here, 0.0, 1.0);
      return from + core::Duration(std::llround(part * static_cast<double>((bounds[i] - from).count())));
    }
    before += here;
  }
  return bounds.empty() || count == 0 ? core::Duration{} : bounds.back();
}

}  // namespace outrider::tracing
