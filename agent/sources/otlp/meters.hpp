// What is counted of one listener.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::sources::otlp {

struct Meters {
  Meters(::prometheus::Registry& registry, std::string listener);

  void answered(int status);

  ::prometheus::Gauge* listening;
  ::prometheus::Counter* refused_spans;

 private:
  std::string listener_;
  ::prometheus::Family<::prometheus::Counter>* requests_;
  std::map<int, ::prometheus::Counter*> by_status_;
};

}  // namespace outrider::sources::otlp
