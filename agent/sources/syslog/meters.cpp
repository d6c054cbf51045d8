#include "agent/sources/syslog/meters.hpp"

namespace outrider::sources::syslog {
namespace {

::prometheus::Counter& counter(::prometheus::Registry& registry, const char* name, const char* help,
                               const ::prometheus::Labels& labels) {
  return ::prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}
::prometheus::Gauge& gauge(::prometheus::Registry& registry, const char* name, const char* help,
                           const ::prometheus::Labels& labels) {
  return ::prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

}  // namespace

Meters::Meters(::prometheus::Registry& registry, const std::string& listener)
    : listening(&gauge(registry, "outrider_syslog_listening", "Whether syslog messages can come in there.",
                       {{"listener", listener}})),
      connections(&gauge(registry, "outrider_syslog_connections", "Senders that are connected.",
                         {{"listener", listener}})),
      cut_messages(&counter(registry, "outrider_syslog_cut_messages_total",
                            "Messages that were longer than may be, and go on in pieces.",
                            {{"listener", listener}})),
      lost_datagrams(
          &counter(registry, "outrider_syslog_lost_datagrams_total",
                   "Datagrams that the kernel threw away, since they came faster than they were read.",
                   {{"listener", listener}})) {
  for (const char* reason : {"slow", "idle", "too_many", "broken"}) {
    cut_offs[reason] = &counter(registry, "outrider_syslog_cut_off_senders_total",
                                "Connections that were ended by us or by force, by reason.",
                                {{"listener", listener}, {"reason", reason}});
  }
}

void Meters::cut_off(std::string_view reason) { cut_offs.find(reason)->second->Increment(); }

}  // namespace outrider::sources::syslog
