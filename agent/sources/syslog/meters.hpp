// What is counted of one listener.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::sources::syslog {

struct Meters {
  Meters(::prometheus::Registry& registry, const std::string& listener);

  void cut_off(std::string_view reason);  // slow, idle, too_many, broken

  ::prometheus::Gauge* listening;
  ::prometheus::Gauge* connections;
  ::prometheus::Counter* cut_messages;
  ::prometheus::Counter* lost_datagrams;
  std::map<std::string, ::prometheus::Counter*, std::less<>> cut_offs;
};

}  // namespace outrider::sources::syslog
