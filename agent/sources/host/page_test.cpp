// docs/host-metrics.md lists what the collectors show of the machine in fixtures/.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/mounts.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

TEST(HostPage, ListsWhatTheCollectorsShow) {
  const std::string fixtures = "agent/sources/host/fixtures";
  const host::Roots roots{fixtures + "/proc", fixtures + "/sys", fixtures + "/tree"};
  std::map<std::string, telemetry::FamilySet> collectors;
  for (const host::Collector& collector : host::all_collectors()) {
    telemetry::FamilyWriter writer;
    host::Remembered remembered;
    EXPECT_TRUE(collector.collect({roots, writer, remembered, {}})) << collector.name;
    collectors[std::string(collector.name)] = writer.take();
  }
  telemetry::FamilyWriter writer;
  host::put_mounts(writer, {{{"/dev/vda", "/", "ext4"}, os::Fullness{}}});
  collectors["filesystem"] = writer.take();
  pages::hold("docs/host-metrics.md", collectors);
}
