// What is counted of one listener.
#pragma once

#include "agent/sources/statsd/series/line.hpp"
#include "agent/sources/statsd/series/table.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::sources::statsd {

std::string_view name_of(Fault fault);

struct Meters {
  Meters(::prometheus::Registry& registry, const std::string& listener);

  void bad_line(std::string_view reason) { bad_lines.find(reason)->second->Increment(); }

  ::prometheus::Counter* lines;
  ::prometheus::Counter* folded;
  ::prometheus::Counter* dropped;
  ::prometheus::Counter* lost_datagrams;
  std::map<std::string, ::prometheus::Counter*, std::less<>> bad_lines;  // by reason
};

}  // namespace outrider::sources::statsd
