#include "agent/sources/cgroup/cgroup_source.hpp"
#include "agent/telemetry/exposition.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources;

namespace {

std::string group_page(const std::string& machine) {
  const auto group = os::Cgroup::of(0, "agent/os/kernel/fixtures/" + machine);
  EXPECT_TRUE(group) << machine;
  telemetry::FamilyWriter writer;
  cgroup::put_group(writer, *group);
  const auto set = writer.take();
  std::string text;
  telemetry::write_exposition({&set}, telemetry::Format::text, text);
  return text;
}

bool shows_group(const std::string& page, const std::string& name, const std::string& value) {
  return page.find("\ncontainer_" + name + "{id=\"/system.slice/outrider.service\"} " + value + "\n") !=
         std::string::npos;
}

}  // namespace

TEST(CgroupSource, ShowsVersionTwoUnderTheNamesOfCadvisor) {
  const std::string page = group_page("cgroup_v2");
  EXPECT_NE(page.find("# TYPE container_cpu_cfs_throttled_seconds_total counter\n"), std::string::npos);
  EXPECT_TRUE(shows_group(page, "cpu_cfs_throttled_seconds_total", "0.25")) << page;
  EXPECT_TRUE(shows_group(page, "spec_cpu_quota", "150000"));
  EXPECT_TRUE(shows_group(page, "memory_working_set_bytes", "9345678"));
  EXPECT_TRUE(shows_group(page, "spec_memory_limit_bytes", "67108864"));
  EXPECT_TRUE(shows_group(page, "oom_events_total", "3"));
  EXPECT_TRUE(shows_group(page, "pressure_io_stalled_seconds_total", "0.25"));
  EXPECT_TRUE(shows_group(page, "threads", "12"));
  EXPECT_TRUE(shows_group(page, "threads_max", "0")) << "no limit";
  EXPECT_EQ(page.find("pressure_memory_stalled"), std::string::npos) << "not told, so no series";
}

TEST(CgroupSource, ShowsVersionOne) {
  const std::string page = group_page("cgroup_v1");
  EXPECT_TRUE(shows_group(page, "cpu_usage_seconds_total", "7")) << page;
  EXPECT_TRUE(shows_group(page, "cpu_user_seconds_total", "1.2"));
  EXPECT_TRUE(shows_group(page, "memory_failcnt", "8"));
  EXPECT_TRUE(shows_group(page, "spec_memory_limit_bytes", "0"));
  EXPECT_EQ(page.find("container_pressure"), std::string::npos);
  EXPECT_EQ(page.find("spec_cpu_quota"), std::string::npos) << "no limit is no series";
}
