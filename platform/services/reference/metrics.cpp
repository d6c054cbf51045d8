#include "reference/metrics.hpp"

#include "reference/options.hpp"

#include <algorithm>
#include <cstdio>

namespace notation {
namespace {

void head(std::string& page, const char* name, const char* type, const char* help) {
  page += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

std::string shown(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

}  // namespace

void Metrics::count(const std::string& route, int status, std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), seconds);
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  ++buckets_[static_cast<std::size_t>(bucket - bounds_.begin())];
  seconds_ += seconds;
}

void Metrics::set_sick(bool sick) {
  const std::lock_guard lock(mutex_);
  sick_ = sick;
}

void Metrics::set_leaked(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  leaked_ = bytes;
}

std::string Metrics::render() const {
  const std::lock_guard lock(mutex_);
  std::string page;
  head(page, "notation_build_info", "gauge", "Which build this is.");
  page += std::string("notation_build_info{version=\"") + version + "\"} 1\n";
  head(page, "notation_requests_total", "counter", "Requests answered, by route and status.");
  for (const auto& [key, value] : requests_) {
    page += "notation_requests_total{route=\"" + key.first + "\",status=\"" + std::to_string(key.second) +
            "\"} " + std::to_string(value) + "\n";
  }
  head(page, "notation_request_duration_seconds", "histogram", "How long an answer took.");
  std::uint64_t total = 0;
  for (std::size_t at = 0; at < buckets_.size(); ++at) {
    total += buckets_[at];
    const std::string bound = at < bounds_.size() ? shown(bounds_[at]) : "+Inf";
    page += "notation_request_duration_seconds_bucket{le=\"" + bound + "\"} " + std::to_string(total) + "\n";
  }
  page += "notation_request_duration_seconds_sum " + shown(seconds_) + "\n";
  page += "notation_request_duration_seconds_count " + std::to_string(total) + "\n";
  head(page, "notation_sick", "gauge", "1 while the health check is made to fail.");
  page += sick_ ? "notation_sick 1\n" : "notation_sick 0\n";
  head(page, "notation_leaked_bytes", "gauge", "Memory a deliberate leak is holding.");
  page += "notation_leaked_bytes " + std::to_string(leaked_) + "\n";
  return page;
}

}  // namespace notation
