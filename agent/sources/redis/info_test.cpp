#include "agent/sources/redis/info.hpp"

#include "agent/telemetry/exposition.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

std::string page_of(const std::string& text, core::WallTime now = {}) {
  telemetry::FamilyWriter out;
  redis::put_info(out, text, now);
  const telemetry::FamilySet set = out.take();
  std::string page;
  telemetry::write_exposition({&set}, telemetry::Format::text, page);
  return page;
}

bool has(const std::string& page, const std::string& line) {
  return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST(RedisInfo, NumbersAreShownUnderTheExportersNames) {
  const std::string page = page_of(
      "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nmem_fragmentation_ratio:1.25\r\n"
      "# Stats\r\nkeyspace_hits:7\r\nlatest_fork_usec:250000\r\n# "
      "Persistence\r\nrdb_last_bgsave_status:err\r\n"
      "aof_last_write_status:ok\r\nsomething_new:5\r\nkeyspace_misses:many\r\n");
  EXPECT_TRUE(has(page, "redis_memory_used_bytes 1048576")) << page;
  EXPECT_TRUE(has(page, "# HELP redis_memory_used_bytes memory_used_bytes metric"));
  EXPECT_TRUE(has(page, "redis_mem_fragmentation_ratio 1.25"));
  EXPECT_TRUE(has(page, "# TYPE redis_keyspace_hits_total counter"));
  EXPECT_TRUE(has(page, "redis_keyspace_hits_total 7"));
  EXPECT_TRUE(has(page, "redis_latest_fork_seconds 0.25"));
  EXPECT_TRUE(has(page, "redis_rdb_last_bgsave_status 0"));
  EXPECT_TRUE(has(page, "redis_aof_last_write_status 1"));
  EXPECT_EQ(page.find("something_new"), std::string::npos);
  EXPECT_EQ(page.find("misses"), std::string::npos) << "no number";
}

TEST(RedisInfo, DatabasesCommandsAndErrorsHaveLabels) {
  const std::string page = page_of(
      "db0:keys=3,expires=1,avg_ttl=1500\ndb12:keys=1,expires=0,avg_ttl=0\ndbx:keys=9\n"
      "cmdstat_config|get:calls=4,usec=2000000,usec_per_call=5.00,rejected_calls=1,failed_calls=2\n"
      "latency_percentiles_usec_config|get:p50=1.5,p99=3,p99.9=9\nlatency_percentiles_usec_lost:p50=1\n"
      "errorstat_WRONGPASS:count=8\n");
  EXPECT_TRUE(has(page, "redis_db_keys{db=\"db0\"} 3")) << page;
  EXPECT_TRUE(has(page, "redis_db_keys_expiring{db=\"db0\"} 1"));
  EXPECT_TRUE(has(page, "redis_db_avg_ttl_seconds{db=\"db0\"} 1.5"));
  EXPECT_TRUE(has(page, "redis_db_keys{db=\"db12\"} 1"));
  EXPECT_EQ(page.find("dbx"), std::string::npos);
  EXPECT_TRUE(has(page, "redis_commands_total{cmd=\"config|get\"} 4"));
  EXPECT_TRUE(has(page, "redis_commands_duration_seconds_total{cmd=\"config|get\"} 2"));
  EXPECT_TRUE(has(page, "redis_commands_rejected_calls_total{cmd=\"config|get\"} 1"));
  EXPECT_TRUE(has(page, "redis_commands_failed_calls_total{cmd=\"config|get\"} 2"));
  EXPECT_TRUE(has(page, "redis_latency_percentiles_usec{cmd=\"config|get\",quantile=\"99.9\"} 9"));
  EXPECT_TRUE(has(page, "redis_latency_percentiles_usec_count{cmd=\"config|get\"} 4"));
  EXPECT_EQ(page.find("lost"), std::string::npos) << "of which nobody says how often it was";
  EXPECT_TRUE(has(page, "redis_errors_total{err=\"WRONGPASS\"} 8"));
}

TEST(RedisInfo, APrimaryShowsItsReplicasAndAReplicaItsPrimary) {
  const std::string primary = page_of(
      "role:master\nconnected_slaves:1\nslave0:ip=10.0.0.2,port=6380,state=online,offset=5000,lag=1\n");
  EXPECT_TRUE(has(primary,
                  "redis_connected_slave_offset_bytes{slave_ip=\"10.0.0.2\",slave_port=\"6380\",slave_state="
                  "\"online\"} 5000"))
      << primary;
  EXPECT_TRUE(has(primary,
                  "redis_connected_slave_lag_seconds{slave_ip=\"10.0.0.2\",slave_port=\"6380\",slave_state="
                  "\"online\"} 1"));
  EXPECT_EQ(primary.find("master_link_up"), std::string::npos);
  const std::string replica = page_of(
      "role:slave\nmaster_host:10.0.0.1\nmaster_port:6379\nmaster_link_status:down\n"
      "master_last_io_seconds_ago:-1\nmaster_sync_in_progress:0\nslave_repl_offset:77\nslave_read_only:1\n");
  const std::string labels = "{master_host=\"10.0.0.1\",master_port=\"6379\"";
  EXPECT_TRUE(has(replica, "redis_master_link_up" + labels + "} 0")) << replica;
  EXPECT_TRUE(has(replica, "redis_master_last_io_seconds_ago" + labels + "} -1"));
  EXPECT_TRUE(has(replica, "redis_slave_repl_offset" + labels + "} 77"));
  EXPECT_TRUE(has(replica, "redis_slave_info" + labels + ",read_only=\"1\"} 1"));
}

TEST(RedisInfo, SaysWhichServerItIsAndSinceWhen) {
  const std::string text =
      "redis_version:7.0.15\nredis_mode:standalone\nrole:master\nuptime_in_seconds:100\n";
  EXPECT_TRUE(redis::is_info(text));
  EXPECT_TRUE(redis::is_info("valkey_version:8.0.0\r\n"));
  EXPECT_FALSE(redis::is_info("<html>"));
  const std::string page = page_of(text, core::WallTime(1'700'000'000s));
  EXPECT_TRUE(has(page, "redis_start_time_seconds 1699999900")) << page;
  EXPECT_NE(page.find("redis_version=\"7.0.15\""), std::string::npos);
}

TEST(RedisInfo, OfACluster) {
  const std::string page =
      page_of("cluster_state:fail\r\ncluster_slots_ok:16000\r\ncluster_known_nodes:6\r\n");
  EXPECT_TRUE(has(page, "redis_cluster_state 0")) << page;
  EXPECT_TRUE(has(page, "redis_cluster_slots_ok 16000"));
  EXPECT_EQ(page.find("instance_info"), std::string::npos);
}
