// docs/redis-metrics.md lists what is shown.
#include "agent/sources/redis/info.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

namespace {

telemetry::FamilySet shown(const std::string& text) {
  telemetry::FamilyWriter out(telemetry::Labels{{"target", "x"}});
  redis::put_info(out, text, {});
  return out.take();
}

}  // namespace

TEST(RedisPage, ListsWhatIsShown) {
  telemetry::FamilyWriter out(telemetry::Labels{{"target", "x"}});
  redis::put_up(out, true);
  redis::put_info(out, "redis_version:7\nuptime_in_seconds:1\nrole:master\n", {});
  std::string numbers;
  for (const redis::Field& field : redis::all_fields()) numbers += std::string(field.name) + ":1\n";
  pages::hold(
      "docs/redis-metrics.md",
      {{"info: numbers", shown(numbers)},
       {"commands", shown("cmdstat_get:calls=1,usec=1,rejected_calls=1,failed_calls=1\n"
                          "latency_percentiles_usec_get:p50=1\nerrorstat_ERR:count=1\n")},
       {"databases", shown("db0:keys=1,expires=1,avg_ttl=1\n")},
       {"instance", out.take()},
       {"replication", shown("role:slave\nmaster_last_io_seconds_ago:1\nmaster_sync_in_progress:0\n"
                             "slave_repl_offset:1\nslave0:ip=a,port=1,state=online,offset=1,lag=1\n")}});
}
