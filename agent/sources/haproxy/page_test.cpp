// docs/haproxy-metrics.md lists what is shown.
#include "agent/sources/haproxy/statistics.hpp"
#include "agent/sources/test_page.hpp"

using namespace outrider;
using namespace outrider::sources;

TEST(HaproxyPage, ListsWhatIsShown) {
  std::string head = "# pxname,svname,type,status,check_status", line;
  for (const haproxy::Column& column : haproxy::all_columns()) {
    head += "," + std::string(column.name);
    line += ",1";
  }
  std::map<std::string, telemetry::FamilySet> kinds;
  int type = 0;
  for (const char* kind : {"frontends", "backends", "servers", "listeners"}) {
    telemetry::FamilyWriter out(telemetry::Labels{{"target", "x"}});
    if (type == 0) haproxy::put_up(out, true);
    EXPECT_TRUE(
        haproxy::put_statistics(out, head + "\na,b," + std::to_string(type++) + ",UP,L4OK" + line + "\n"));
    kinds[kind] = out.take();
  }
  pages::hold("docs/haproxy-metrics.md", kinds);
}
