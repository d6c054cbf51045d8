#include "agent/sinks/logstash/meters.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::sinks::logstash {
namespace {

::prometheus::Counter& counter(::prometheus::Registry& registry, const char* name, const char* help,
                               const ::prometheus::Labels& labels) {
  return ::prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

}  // namespace

Meters::Meters(::prometheus::Registry& registry, const std::string& sink,
               const std::vector<std::string>& addresses)
    : sent_bytes(&counter(registry, "outrider_logstash_sent_bytes_total",
                          "Bytes that were sent to Logstash, as they were packed.", {{"sink", sink}})),
      resent_records(&counter(registry, "outrider_logstash_resent_records_total",
                              "Records that were sent once more, since their acknowledgement did not come.",
                              {{"sink", sink}})),
      keep_alives(&counter(registry, "outrider_logstash_keep_alives_total",
                           "How often Logstash said that it is alive, and no more.", {{"sink", sink}})),
      blocked(&::prometheus::BuildGauge()
                   .Name("outrider_logstash_blocked")
                   .Help("Whether Logstash is alive and takes nothing, since its own outputs do not.")
                   .Register(registry)
                   .Add({{"sink", sink}})) {
  for (const std::string& address : addresses) {
    Host& host = hosts.emplace_back();
    host.connections =
        &counter(registry, "outrider_logstash_connections_total", "Connections that were made to the host.",
                 {{"sink", sink}, {"host", address}});
    for (const char* reason : {"connect", "lost", "silent", "blocked", "protocol"}) {
      host.failures[reason] = &counter(registry, "outrider_logstash_failures_total",
                                       "Attempts to deliver by the host that failed, by reason.",
                                       {{"sink", sink}, {"host", address}, {"reason", reason}});
    }
  }
}

void Meters::connected(std::size_t host) { hosts[host].connections->Increment(); }

void Meters::failed(std::size_t host, std::string_view reason) {
  hosts[host].failures.find(reason)->second->Increment();
}

}  // namespace outrider::sinks::logstash
