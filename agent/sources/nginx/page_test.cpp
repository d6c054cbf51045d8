// docs/nginx-metrics.md lists what is shown.
#include "agent/sources/nginx/stub_status.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

TEST(NginxPage, ListsWhatIsShown) {
  telemetry::FamilyWriter out(telemetry::Labels{{"target", "x"}});
  nginx::put_up(out, true);
  nginx::put_status(out, {});
  pages::hold("docs/nginx-metrics.md", {{"stub_status", out.take()}});
}
