// Which requests were good, as it is promised: counted of all spans by which a service was asked, also of
// those that are let go.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/otlp/span_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::tracing {

// A request counts when all of it fits; a list that is empty fits all.
struct RequestRule {
  std::string name;                     // of the objective
  std::vector<std::string> services{};  // one of them was asked
  std::vector<std::string> operations{};
  core::Duration faster_than{};  // zero: how long it takes does not matter
};

struct RequestCount {
  std::string name;
  std::uint64_t good = 0, bad = 0;  // since the rule is there

  bool operator==(const RequestCount&) const = default;
};

class Requests {
 public:
  explicit Requests(std::vector<RequestRule> rules);

  // Each span of a request once.
  void count(std::string_view request);

  const std::vector<RequestCount>& counts() const { return counts_; }

 private:
  void count_span(std::string_view resource, const telemetry::otlp::SpanView& span);

  std::vector<RequestRule> rules_;
  std::vector<RequestCount> counts_;  // of each rule
};

}  // namespace outrider::tracing
