#include "agent/ui/incident/chart.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/core.h>

namespace outrider::ui {
namespace {

using incident::Sample;

struct Point {
  double seconds;  // since the first sample
  double value;
};

std::optional<double> as_double(const std::optional<std::uint64_t>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::string plain(double value) { return fmt::format("{:.0f}", value); }
std::string percent(double value) { return fmt::format("{:.1f} %", value); }
std::string bytes(double value) { return core::show_bytes(static_cast<std::uint64_t>(std::max(0.0, value))); }
std::string cores(double value) { return fmt::format("{:.2f} cores", value); }

struct Curve {
  const char* name;
  std::optional<double> (*of)(const Sample&);
  std::string (*show)(double);
};

constexpr Curve curves[] = {
    {"Processor", [](const Sample& s) { return s.cpu; }, cores},
    {"Memory", [](const Sample& s) { return as_double(s.resident_bytes); }, bytes},
    {"Descriptors", [](const Sample& s) { return as_double(s.descriptors); }, plain},
    {"Threads", [](const Sample& s) { return as_double(s.threads); }, plain},
    {"Waiting for the processor", [](const Sample& s) { return s.cpu_pressure; }, percent},
    {"Waiting for memory", [](const Sample& s) { return s.memory_pressure; }, percent},
    {"Waiting for the disk", [](const Sample& s) { return s.io_pressure; }, percent},
};

void put_curve(Document& page, const Curve& curve, const std::vector<Point>& points) {
  constexpr double width = 300, height = 60, edge = 4;
  const auto by_value = [](const Point& a, const Point& b) { return a.value < b.value; };
  const double most = std::ranges::max_element(points, by_value)->value;
  const double first = points.front().seconds;
  const double length = std::max(1.0, points.back().seconds - first);
  std::string line;
  for (const Point& point : points) {
    const double up = most > 0 ? point.value / most : 0;
    line += fmt::format("{:.1f},{:.1f} ", (point.seconds - first) / length * width,
                        height - edge - up * (height - 2 * edge));
  }
  page.put("<figure><figcaption><span>", curve.name, "</span><span class=\"soft\">last ",
           curve.show(points.back().value), ", most ", curve.show(most),
           "</span></figcaption><svg viewBox=\"0 0 300 60\" preserveAspectRatio=\"none\" role=\"img\" "
           "aria-label=\"",
           curve.name, "\"><polyline points=\"", line, "\"/></svg></figure>");
}

}  // namespace

void put_charts(Document& page, const std::vector<Sample>& samples) {
  bool begun = false;
  for (const Curve& curve : curves) {
    std::vector<Point> points;
    for (const Sample& sample : samples) {
      if (const auto value = curve.of(sample))
        points.push_back({core::to_seconds(sample.at - samples.front().at), *value});
    }
    if (points.size() < 2) continue;
    if (!std::exchange(begun, true))
      page.put("<h2>How the process was</h2><p class=\"soft\">from ", core::show_time(samples.front().at),
               " to ", core::show_time(samples.back().at), "</p><div class=\"charts\">");
    put_curve(page, curve, points);
  }
  if (begun) page.put("</div>");
}

}  // namespace outrider::ui
