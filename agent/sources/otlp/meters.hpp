// What is counted of one listener.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::sources::otlp {

struct Meters {
  // `usual`: statuses that are there from the beginning.
  Meters(::prometheus::Registry& registry, std::string listener, std::initializer_list<const char*> usual);

  void answered(const std::string& status);

  // For as long as a door is open.
  struct Listening {
    explicit Listening(Meters& of) : meters(of) { meters.listening->Set(1); }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    ~Listening() { meters.listening->Set(0); }
    Meters& meters;
  };

  ::prometheus::Gauge* listening;
  ::prometheus::Counter* refused_spans;
  ::prometheus::Counter* refused_points;
  ::prometheus::Counter* broken_ids;

 private:
  std::string listener_;
  ::prometheus::Family<::prometheus::Counter>* requests_;
  std::map<std::string, ::prometheus::Counter*> by_status_;
};

}  // namespace outrider::sources::otlp
