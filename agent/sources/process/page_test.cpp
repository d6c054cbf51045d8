// docs/process-metrics.md lists what is shown of a service's processes.
#include "agent/sources/process/process.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

TEST(ProcessPage, ListsWhatTheSourceShows) {
  telemetry::FamilyWriter writer;
  process::Group group;
  group.see({{1, {}}});
  process::put_group(writer, "tests-api", group, {});
  std::map<std::string, telemetry::FamilySet> collectors;
  collectors["process"] = writer.take();
  pages::hold("docs/process-metrics.md", collectors);
}
