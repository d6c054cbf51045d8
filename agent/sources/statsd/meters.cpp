#include "agent/sources/statsd/meters.hpp"

namespace outrider::sources::statsd {
namespace {

::prometheus::Counter& counter(::prometheus::Registry& registry, const char* name, const char* help,
                               const ::prometheus::Labels& labels) {
  return ::prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

}  // namespace

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::syntax: return "syntax";
    case Fault::value: return "value";
    case Fault::kind: return "kind";
    case Fault::too_long: return "too_long";
    case Fault::unsupported: return "unsupported";
  }
  return "syntax";
}

Meters::Meters(::prometheus::Registry& registry, const std::string& listener)
    : lines(&counter(registry, "outrider_statsd_lines_total", "Lines that were understood.",
                     {{"listener", listener}})),
      folded(&counter(
          registry, "outrider_statsd_folded_lines_total",
          "Lines that went into the series of all others, since there were as many series as may be.",
          {{"listener", listener}})),
      dropped(&counter(registry, "outrider_statsd_dropped_lines_total",
                       "Lines that are nowhere, since there were as many series as may be.",
                       {{"listener", listener}})),
      lost_datagrams(
          &counter(registry, "outrider_statsd_lost_datagrams_total",
                   "Datagrams that the kernel threw away, since they came faster than they were read.",
                   {{"listener", listener}})) {
  for (const char* reason : {"syntax", "value", "kind", "too_long", "unsupported", "cut", "conflict"}) {
    bad_lines[reason] = &counter(registry, "outrider_statsd_bad_lines_total",
                                 "Lines that could not be understood, by reason.",
                                 {{"listener", listener}, {"reason", reason}});
  }
}

}  // namespace outrider::sources::statsd
