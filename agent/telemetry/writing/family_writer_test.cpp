#include "agent/telemetry/writing/family_writer.hpp"

#include "agent/telemetry/exposition.hpp"

#include <array>
#include <limits>

#include <gtest/gtest.h>

using namespace outrider;
using telemetry::MetricType;

namespace {

std::string page_of(const telemetry::FamilySet& set) {
  std::string page;
  telemetry::write_exposition({&set}, telemetry::Format::text, page);
  return page;
}

}  // namespace

TEST(FamilyWriter, WritesWhatItIsToldWithTheAddedLabels) {
  telemetry::FamilyWriter writer({{"service", "tests-api"}, {"device", "not this"}});
  const auto size = writer.family("size_bytes", MetricType::gauge, "How large.");
  const auto load = writer.family("load1", MetricType::gauge, "1m load average.");
  writer.family("nothing_total", MetricType::counter, "Of which there is nothing.");
  writer.put(size, 4096, {{"device", "vda"}, {"serial", ""}});
  writer.put(load, 0.5);
  writer.put(writer.family("size_bytes", MetricType::gauge, ""), 512, {{"device", "vd\"b"}});
  const telemetry::FamilySet set = writer.take();
  EXPECT_EQ(page_of(set),
            "# HELP load1 1m load average.\n# TYPE load1 gauge\n"
            "load1{service=\"tests-api\",device=\"not this\"} 0.5\n"
            "# HELP size_bytes How large.\n# TYPE size_bytes gauge\n"
            "size_bytes{device=\"vda\",service=\"tests-api\"} 4096\n"
            "size_bytes{device=\"vd\\\"b\",service=\"tests-api\"} 512\n");
  EXPECT_EQ(set.sample_count, 3u);
  EXPECT_EQ(set.families.size(), 2u) << "one without samples is not there";
}

TEST(FamilyWriter, ShowsNoSeriesTwice) {
  telemetry::FamilyWriter writer;
  const auto a = writer.family("a", MetricType::gauge, "");
  const auto b = writer.family("b", MetricType::gauge, "");
  writer.put(a, 1, {{"x", "1"}, {"y", "2"}});
  writer.put(a, 2, {{"y", "2"}, {"x", "1"}});
  writer.put(b, 3, {{"x", "1"}, {"y", "2"}});
  const telemetry::FamilySet set = writer.take();
  EXPECT_EQ(set.duplicates, 1u);
  EXPECT_EQ(set.sample_count, 2u);
  EXPECT_EQ(page_of(set), "# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\n# TYPE b gauge\nb{x=\"1\",y=\"2\"} 3\n");
}

TEST(FamilyWriter, MendsLabelsThatAreNotUtf8) {
  telemetry::FamilyWriter writer;
  writer.put(writer.family("a", MetricType::gauge, ""), 1, {{"mountpoint", "/mnt/\xFF"}});
  EXPECT_EQ(page_of(writer.take()), "# TYPE a gauge\na{mountpoint=\"/mnt/\xEF\xBF\xBD\"} 1\n");
}

TEST(FamilyWriter, WritesSummariesAndHistograms) {
  telemetry::FamilyWriter writer(telemetry::Labels{{"service", "tests-api"}});
  const auto summary = writer.family("took_seconds", MetricType::summary, "How long.");
  const std::array<telemetry::LabelView, 1> labels{{{"cmd", "get"}}};
  writer.put_part(summary, {telemetry::Suffix::none, 0.5}, 1.5, labels);
  writer.put_part(summary, {telemetry::Suffix::none, 0.99}, 3, labels);
  writer.put_part(summary, {telemetry::Suffix::sum, {}}, 40, labels);
  writer.put_part(summary, {telemetry::Suffix::count, {}}, 20, labels);
  const auto histogram = writer.family("size_bytes", MetricType::histogram, "How large.");
  writer.put_part(histogram, {telemetry::Suffix::bucket, 1}, 2, {});
  writer.put_part(histogram, {telemetry::Suffix::bucket, std::numeric_limits<double>::infinity()}, 3, {});
  writer.put_part(histogram, {telemetry::Suffix::sum, {}}, 9, {});
  writer.put_part(histogram, {telemetry::Suffix::count, {}}, 3, {});
  const telemetry::FamilySet set = writer.take();
  EXPECT_EQ(set.duplicates, 0u);
  const std::string page = page_of(set);
  EXPECT_NE(page.find("# TYPE size_bytes histogram\n"
                      "size_bytes_bucket{service=\"tests-api\",le=\"1\"} 2\n"
                      "size_bytes_bucket{service=\"tests-api\",le=\"+Inf\"} 3\n"
                      "size_bytes_sum{service=\"tests-api\"} 9\nsize_bytes_count{service=\"tests-api\"} 3\n"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("took_seconds{cmd=\"get\",service=\"tests-api\",quantile=\"0.5\"} 1.5\n"),
            std::string::npos)
      << page;
}
