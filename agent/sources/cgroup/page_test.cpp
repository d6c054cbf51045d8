// docs/cgroup-metrics.md lists what is shown of a service's control group.
#include "agent/sources/cgroup/cgroup_source.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

TEST(CgroupPage, ListsWhatTheSourceShows) {
  const auto group = os::Cgroup::of(0, "agent/os/kernel/fixtures/cgroup_v2");
  ASSERT_TRUE(group);
  telemetry::FamilyWriter writer;
  cgroup::put_group(writer, *group);
  std::map<std::string, telemetry::FamilySet> collectors;
  collectors["cgroup"] = writer.take();
  pages::hold("docs/cgroup-metrics.md", collectors);
}
