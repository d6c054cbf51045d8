#include "agent/sources/scrape/reading/exposition.hpp"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

using namespace outrider;
using namespace outrider::sources;
using namespace outrider::telemetry;

namespace {

FamilySet parsed(std::string_view text, Format format = Format::text, const Labels& added = {}) {
  auto set = parse_exposition(text, format, added);
  EXPECT_TRUE(set) << set.error().what;
  return set ? std::move(*set) : FamilySet{};
}

std::string written(const std::vector<const FamilySet*>& sets, Format format) {
  std::string out;
  write_exposition(sets, format, out);
  return out;
}

std::string turned(std::string_view text, Format from, Format to, const Labels& added = {}) {
  const FamilySet set = parsed(text, from, added);
  return written({&set}, to);
}

}  // namespace

TEST(Exposition, TextComesOutAsItWentIn) {
  const std::string text =
      "# HELP a_total Things \\\\ done.\n# TYPE a_total counter\na_total{x=\"1\\\"\\\\\\n\"} 5\n"
      "# HELP b Now\n# TYPE b gauge\nb NaN\nb{c=\"d\"} -Inf 1700000000123\n"
      "# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 1.5\n"
      "# TYPE s summary\ns{quantile=\"0.99\"} 3\ns_count 1\ns_sum 3\n"
      "# TYPE u untyped\nu 1e-05\n";
  EXPECT_EQ(turned(text, Format::text, Format::text), text);
}

TEST(Exposition, OpenMetricsIsMadeFromText) {
  EXPECT_EQ(
      turned("# HELP a_total Said \"so\".\n# TYPE a_total counter\na_total 5 1500\n"
             "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1e6\"} 1\nh_bucket{le=\"+Inf\"} 2\n"
             "h_sum 3\nh_count 2\nplain 1\n",
             Format::text, Format::open_metrics),
      "# HELP a Said \\\"so\\\".\n# TYPE a counter\na_total 5 1.500\n"
      "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1\nh_bucket{le=\"1e+06\"} 1\nh_bucket{le=\"+Inf\"} 2\n"
      "h_count 2\nh_sum 3\n# TYPE plain unknown\nplain 1\n# EOF\n");
}

TEST(Exposition, TextIsMadeFromOpenMetrics) {
  EXPECT_EQ(
      turned("# TYPE a counter\n# UNIT a seconds\na_total 5 1.5 # {trace_id=\"x\"} 0.67\na_created 1.25\n"
             "# TYPE i info\ni_info{v=\"1\"} 1\n# TYPE st stateset\nst{st=\"on\"} 1\n"
             "# TYPE g gaugehistogram\ng_bucket{le=\"+Inf\"} 1\ng_gcount 1\ng_gsum 4\n# EOF\n",
             Format::open_metrics, Format::text),
      "# TYPE a_total counter\na_total 5 1500\ng_bucket{le=\"+Inf\"} 1\ng_gcount 1\ng_gsum 4\n"
      "# TYPE i_info gauge\ni_info{v=\"1\"} 1\n# TYPE st gauge\nst{st=\"on\"} 1\n");
}

TEST(Exposition, ExemplarsUnitsAndCreationTimesSurviveOpenMetrics) {
  const std::string text =
      "# HELP a_seconds Time\n# TYPE a_seconds counter\n# UNIT a_seconds seconds\n"
      "a_seconds_total{k=\"v\"} 5 # {trace_id=\"x\"} 0.67 1.5\na_seconds_created{k=\"v\"} 1.25\n# EOF\n";
  EXPECT_EQ(turned(text, Format::open_metrics, Format::open_metrics), text);
}

TEST(Exposition, AGoProgramsGaugeAndCounterOfOneStemAreBothKept) {
  EXPECT_EQ(
      turned("# TYPE x gauge\nx 1\n# TYPE x_total counter\nx_total 2\n", Format::text, Format::open_metrics),
      "# TYPE x gauge\nx 1\n# TYPE x_total unknown\nx_total 2\n# EOF\n");
}

TEST(Exposition, ACounterWithoutTotalKeepsItsNameAndLosesItsType) {
  EXPECT_EQ(turned("# TYPE x counter\nx 1\n", Format::text, Format::open_metrics),
            "# TYPE x unknown\nx 1\n# EOF\n");
}

TEST(Exposition, SamplesOfOneSeriesAreBroughtTogether) {
  EXPECT_EQ(turned("# TYPE h histogram\nh_sum{a=\"1\"} 1\nh_bucket{a=\"2\",le=\"+Inf\"} 1\n"
                   "h_bucket{le=\"+Inf\",a=\"1\"} 2\nh_bucket{a=\"1\",le=\"1\"} 1\nh_count{a=\"1\"} 2\n",
                   Format::text, Format::text),
            "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 1\nh_bucket{a=\"1\",le=\"+Inf\"} 2\n"
            "h_count{a=\"1\"} 2\nh_sum{a=\"1\"} 1\nh_bucket{a=\"2\",le=\"+Inf\"} 1\n");
}

TEST(Exposition, AddedLabelsDoNotOverrideASamplesOwn) {
  const Labels added{{"team", "core"}, {"service", "a\"b"}, {"empty", ""}};
  EXPECT_EQ(
      turned("x 1\nx{team=\"own\"} 2\n", Format::text, Format::text, added),
      "# TYPE x untyped\nx{team=\"core\",service=\"a\\\"b\"} 1\nx{team=\"own\",service=\"a\\\"b\"} 2\n");
}

TEST(Exposition, ASeriesThatIsThereTwiceIsKeptOnce) {
  const FamilySet set = parsed("x{a=\"1\",b=\"2\"} 1\nx{b=\"2\",a=\"1\"} 2\nx{a=\"1\"} 3\n");
  EXPECT_EQ(set.duplicates, 1u);
  EXPECT_EQ(written({&set}, Format::text), "# TYPE x untyped\nx{a=\"1\",b=\"2\"} 1\nx{a=\"1\"} 3\n");
}

TEST(Exposition, SeveralSetsBecomeOneWithEachFamilyOnce) {
  const FamilySet first = parsed("# HELP x One.\n# TYPE x gauge\nx{t=\"1\"} 1\n# TYPE y gauge\ny 1\n");
  const FamilySet second = parsed("# TYPE x gauge\nx{t=\"2\"} 2\nx{t=\"1\"} 9\n# TYPE y counter\ny 2\n");
  std::string out;
  const Written result = write_exposition({&first, &second}, Format::text, out);
  EXPECT_EQ(out, "# HELP x One.\n# TYPE x gauge\nx{t=\"1\"} 1\nx{t=\"2\"} 2\n# TYPE y gauge\ny 1\n");
  EXPECT_EQ(result.conflicts[1], 1u);
  EXPECT_EQ(result.duplicates[1], 1u);
  EXPECT_EQ(result.series, 3u);
}

TEST(Exposition, TheRegistryIsWrittenWithItsLabels) {
  ::prometheus::Registry registry;
  ::prometheus::BuildCounter()
      .Name("c_total")
      .Help("Count.\nMore")
      .Register(registry)
      .Add({{"a", "x\xFFy"}})
      .Increment(3);
  ::prometheus::BuildHistogram()
      .Name("h")
      .Help("H")
      .Register(registry)
      .Add({}, ::prometheus::Histogram::BucketBoundaries{1, 2.5})
      .Observe(2);
  ::prometheus::BuildGauge().Name("g").Help("G").Register(registry).Add({{"service", "other"}}).Set(-0.25);
  const FamilySet set = from_registry(registry.Collect(), {{"service", "tests-api"}});
  EXPECT_EQ(
      written({&set}, Format::open_metrics),
      "# HELP c Count.\\nMore\n# TYPE c counter\nc_total{a=\"x\xEF\xBF\xBDy\",service=\"tests-api\"} 3\n"
      "# HELP g G\n# TYPE g gauge\ng{service=\"other\"} -0.25\n"
      "# HELP h H\n# TYPE h histogram\nh_bucket{service=\"tests-api\",le=\"1.0\"} 0\n"
      "h_bucket{service=\"tests-api\",le=\"2.5\"} 1\nh_bucket{service=\"tests-api\",le=\"+Inf\"} 1\n"
      "h_count{service=\"tests-api\"} 1\nh_sum{service=\"tests-api\"} 2\n# EOF\n");
}

namespace {

struct Case {
  Format format;
  std::string text;
  std::string_view says;
};
const Format text = Format::text, om = Format::open_metrics;
const std::vector<Case> hostile{
    {text, "x", "line 1: a value that is no number"},
    {text, "ok 1\n1x 2\n", "line 2: a metric name is missing"},
    {text, "x{ 1\n", "a label name is missing"},
    {text, "x{a} 1\n", "a label without ="},
    {text, "x{a=1} 1\n", "a label value without quotes"},
    {text, "x{a=\"1} 1\n", "a label value that does not end"},
    {text, "x{a=\"1\\", "a label value that does not end"},
    {text, "x{a=\"1\" b=\"2\"} 1\n", "labels that do not end with }"},
    {text, "x{a=\"1\",a=\"2\"} 1\n", "a label that is there twice"},
    {text, "x{9=\"1\"} 1\n", "a label name is missing"},
    {text, "x 1 2 3\n", "something after the value"},
    {text, "x 1 1.5\n", "a timestamp that is not whole"},
    {text, "x 1 nan\n", "a timestamp that is no number"},
    {text, "x 0x10\n", "a value that is no number"},
    {text, "x 1_000\n", "a value that is no number"},
    {text, "x +-1\n", "a value that is no number"},
    {text, "x nan(1)\n", "a value that is no number"},
    {text, "x{a=\"\xC3\x28\"} 1\n", "not UTF-8"},
    {text, std::string("x\0 1\n", 5), "a value that is no number"},
    {text, "# TYPE x counter\n# TYPE x gauge\n", "a second TYPE"},
    {text, "x 1\n# TYPE x gauge\n", "one after its samples"},
    {text, "# HELP x a\n# HELP x b\n", "a second HELP"},
    {text, "# TYPE x gouge\n", "a type that is not known"},
    {text, "# TYPE x info\n", "a type that is not known"},
    {text, "# TYPE x-y gauge\n", "a metric name with a character it may not have"},
    {text, "# TYPE h histogram\nh 1\n", "a sample that its family's type does not have"},
    {text, "# TYPE h histogram\nh_bucket 1\n", "a bucket without le"},
    {text, "# TYPE h histogram\nh_bucket{le=\"wide\"} 1\n", "a bound that is no number"},
    {text, "# TYPE h histogram\nh_bucket{le=\"1\",le=\"2\"} 1\n", "a label that is there twice"},
    {text, "<!DOCTYPE html>\n<html>", "a metric name is missing"},
    {text, std::string(2000, 'n') + " 1\n", "a name longer than allowed"},
    {text, "x{a=\"" + std::string(20'000, 'v') + "\"} 1\n", "a label value longer than allowed"},
    {om, "x 1\n", "# EOF is missing"},
    {om, "x 1", "the last line does not end"},
    {om, "# EOF\nx 1\n", "there is more after # EOF"},
    {om, "\n# EOF\n", "empty line"},
    {om, "# free words\n# EOF\n", "not HELP, TYPE, UNIT or EOF"},
    {om, "# TYPE a counter\na 1\n# EOF\n", "a sample that its family's type does not have"},
    {om, "x{a=\"\\d\"} 1\n# EOF\n", "an escape that is not known"},
    {om, "x  1\n# EOF\n", "a value that is no number"},
    {om, "# TYPE a counter\na_total 1 # {t=\"" + std::string(200, 'x') + "\"} 1\n# EOF\n", "more than 128"},
    {om, "# TYPE a counter\na_total 1 # {t=\"1\"}\n# EOF\n", "an exemplar without a value"},
    {om, "# TYPE a counter\na_total 1\n# TYPE a_total gauge\n# EOF\n", "whose samples have one name"},
    {om, "# UNIT a sec onds\n# EOF\n", "a unit that is no word"},
};

}  // namespace

TEST(Exposition, HostileTextIsRefusedWithTheLine) {
  for (const Case& each : hostile) {
    const auto set = parse_exposition(each.text, each.format, {});
    ASSERT_FALSE(set) << each.text.substr(0, 60);
    EXPECT_NE(set.error().what.find(each.says), std::string::npos)
        << each.text.substr(0, 60) << " → " << set.error().what;
    EXPECT_NE(set.error().what.find("line "), std::string::npos);
  }
}

TEST(Exposition, WhatIsOddButAllowedIsRead) {
  EXPECT_EQ(turned("# a free comment\r\n\n  x { a = \"1\" , } 1 \t\r\n#TYPE is no keyword here\ny +Inf",
                   Format::text, Format::text),
            "# TYPE x untyped\nx{a=\"1\"} 1\n# TYPE y untyped\ny +Inf\n");
  EXPECT_EQ(turned("x{a=\"\\d\"} 1e999\n", Format::text, Format::text),
            "# TYPE x untyped\nx{a=\"\\\\d\"} +Inf\n");
  EXPECT_EQ(turned("", Format::text, Format::open_metrics), "# EOF\n");
}

TEST(Exposition, BoundsAreKept) {
  ParseLimits limits;
  limits.samples = 2;
  const auto much = parse_exposition("a 1\nb 1\nc 1\n", Format::text, {}, limits);
  ASSERT_FALSE(much);
  EXPECT_EQ(much.error().code, core::Errc::exhausted);
  EXPECT_EQ(much.error().what, "cannot read metrics: line 3: more samples than sample_limit allows");
  std::string labels = "x{";
  for (int i = 0; i < 100; ++i) labels += "l" + std::to_string(i) + "=\"v\",";
  EXPECT_FALSE(parse_exposition(labels + "} 1\n", Format::text, {}));
}

TEST(Exposition, AnyBytesEndInAnAnswer) {
  // A small fuzz, the same each time: pieces of the grammar in any order.
  const std::vector<std::string> pieces{"x",
                                        "x_total",
                                        "_bucket",
                                        "{",
                                        "}",
                                        "le=\"",
                                        "\"",
                                        "\\",
                                        ",",
                                        "=",
                                        " ",
                                        "\n",
                                        "# TYPE ",
                                        "# HELP ",
                                        "# EOF\n",
                                        "counter",
                                        "histogram",
                                        "1",
                                        "+Inf",
                                        "NaN",
                                        "\xFF",
                                        "\xC3\xA9",
                                        std::string(1, '\0'),
                                        " # {a=\"b\"} 1",
                                        "#",
                                        "1e400"};
  std::uint64_t state = 42;
  const auto next = [&state] { return (state = state * 6364136223846793005u + 1442695040888963407u) >> 33; };
  int read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t i = next() % 24; i > 0; --i) text += pieces[next() % pieces.size()];
    for (const Format format : {Format::text, Format::open_metrics}) {
      const auto set = parse_exposition(text, format, {{"service", "s"}});
      if (!set) continue;
      ++read;
      // What was read and written is read again, to the same.
      const std::string out = written({&*set}, format);
      const auto again = parse_exposition(out, format, {});
      ASSERT_TRUE(again) << text << "\n---\n" << out << again.error().what;
      EXPECT_EQ(written({&*again}, format), out) << text;
    }
  }
  EXPECT_GT(read, 500);
}
