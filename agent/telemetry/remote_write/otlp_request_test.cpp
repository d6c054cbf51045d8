#include "agent/telemetry/remote_write/otlp_request.hpp"

#include "agent/telemetry/otlp/testing.hpp"
#include "agent/telemetry/remote_write/portions.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::telemetry::remote_write;
using telemetry::MetricType;
using telemetry::otlp::testing::fields_of;

namespace {

constexpr std::int64_t now = 1'700'000'001'000;
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string text_of(const std::string& message, std::uint32_t number) {
  const auto all = fields_of(message, number);
  return all.empty() ? "" : all.front();
}

std::map<std::string, std::string> attributes_of(const std::string& message, std::uint32_t number) {
  std::map<std::string, std::string> all;
  for (const std::string& pair : fields_of(message, number))
    all[text_of(pair, 1)] = text_of(text_of(pair, 2), 1);
  return all;
}

// The number in eight bytes of that field; each of them, where they are packed.
template <class Number>
std::vector<Number> numbers_of(const std::string& message, std::uint32_t number) {
  std::vector<Number> all;
  protozero::pbf_reader reader(message);
  while (reader.next()) {
    std::string bytes;
    if (reader.tag() == number && reader.wire_type() == protozero::pbf_wire_type::fixed64) {
      const std::uint64_t bits = reader.get_fixed64();
      bytes.assign(reinterpret_cast<const char*>(&bits), 8);
    } else if (reader.tag() == number && reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
      bytes = reader.get_string();
    } else {
      reader.skip();
    }
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      Number one{};
      std::memcpy(&one, bytes.data() + at, 8);
      all.push_back(one);
    }
  }
  return all;
}

std::uint64_t varint_of(const std::string& message, std::uint32_t number) {
  std::uint64_t value = 0;
  protozero::pbf_reader reader(message);
  while (reader.next()) {
    if (reader.tag() == number && reader.wire_type() == protozero::pbf_wire_type::varint) {
      value = reader.get_uint64();
    } else {
      reader.skip();
    }
  }
  return value;
}

struct Request {
  explicit Request(const Portion& portion) {
    const auto made = otlp_request(portion.packed);
    EXPECT_TRUE(made);
    for (const std::string& of : fields_of(made.value_or(""), 1)) {
      resources.push_back(attributes_of(text_of(of, 1), 1));
      for (const std::string& scope : fields_of(of, 2)) {
        for (const std::string& metric : fields_of(scope, 2)) metrics[text_of(metric, 1)] = metric;
      }
    }
  }
  // Of the only point of a metric of that kind.
  std::string point(const std::string& name, std::uint32_t kind) const {
    const auto points = fields_of(text_of(metrics.at(name), kind), 1);
    EXPECT_EQ(points.size(), 1u) << name;
    return points.at(0);
  }
  std::vector<std::map<std::string, std::string>> resources;
  std::map<std::string, std::string> metrics;
};

class SamplesAsOtlp : public ::testing::Test {
 protected:
  Request send(telemetry::FamilyWriter& out) {
    const auto portions =
        writer_.write({std::make_shared<const telemetry::FamilySet>(out.take())}, time_ += 1000);
    EXPECT_EQ(portions.size(), 1u);
    return Request(portions.at(0));
  }
  std::int64_t time_ = now - 1000;
  PortionWriter writer_{{.keep = {}, .drop = {}, .labels = {{"job", "school/tests-api"}, {"instance", "a"}}}};
};

}  // namespace

TEST_F(SamplesAsOtlp, JobAndInstanceAreAResourceAndTheRestAttributes) {
  telemetry::FamilyWriter out;
  const auto jobs = out.family("jobs_total", MetricType::counter, "What was done.");
  out.put_part(
      jobs,
      {telemetry::Suffix::none, {}, "{trace_id=\"0af7651916cd43dd8448eb211c80319c\",who=\"x\"} 1.5 1.25"}, 7,
      std::vector<telemetry::LabelView>{{"queue", "mail"}});
  out.put_part(jobs, {telemetry::Suffix::created, {}}, 1'600'000'000.5,
               std::vector<telemetry::LabelView>{{"queue", "mail"}});
  const Request request = send(out);
  ASSERT_EQ(request.resources.size(), 1u);
  EXPECT_EQ(request.resources[0], (std::map<std::string, std::string>{{"service.namespace", "school"},
                                                                      {"service.name", "tests-api"},
                                                                      {"service.instance.id", "a"}}));
  ASSERT_EQ(request.metrics.size(), 1u) << "when it began is no metric of its own";
  const std::string& metric = request.metrics.at("jobs_total");
  EXPECT_EQ(text_of(metric, 2), "What was done.");
  EXPECT_EQ(varint_of(text_of(metric, 7), 2), 2u) << "cumulative";
  EXPECT_EQ(varint_of(text_of(metric, 7), 3), 1u) << "and it only goes up";
  const std::string point = request.point("jobs_total", 7);
  EXPECT_EQ(attributes_of(point, 7), (std::map<std::string, std::string>{{"queue", "mail"}}));
  EXPECT_EQ(numbers_of<double>(point, 4), std::vector<double>{7});
  EXPECT_EQ(numbers_of<std::uint64_t>(point, 2), std::vector<std::uint64_t>{1'600'000'000'500'000'000});
  EXPECT_EQ(numbers_of<std::uint64_t>(point, 3), std::vector<std::uint64_t>{now * 1'000'000});
  const std::string exemplar = text_of(point, 5);
  EXPECT_EQ(text_of(exemplar, 5).size(), 16u);
  EXPECT_EQ(attributes_of(exemplar, 7), (std::map<std::string, std::string>{{"who", "x"}}));
}

TEST_F(SamplesAsOtlp, HistogramsAndSummariesAreOnePoint) {
  telemetry::FamilyWriter out;
  const auto took = out.family("took_seconds", MetricType::histogram, "How long.", "seconds");
  const std::vector<telemetry::BucketView> buckets{{0.5, 2}, {1, 2}, {infinity, 5}};
  const std::vector<telemetry::LabelView> labels{{"path", "/"}};
  out.put_histogram(took, {buckets, 4.5}, labels);
  const auto asked = out.family("asked", MetricType::summary, "");
  out.put_part(asked, {telemetry::Suffix::none, 0.5}, 3, labels);
  out.put_part(asked, {telemetry::Suffix::sum, {}}, 30, labels);
  out.put_part(asked, {telemetry::Suffix::count, {}}, 10, labels);
  const Request request = send(out);
  EXPECT_EQ(text_of(request.metrics.at("took_seconds"), 3), "seconds");
  const std::string histogram = request.point("took_seconds", 9);
  EXPECT_EQ(numbers_of<double>(histogram, 7), (std::vector<double>{0.5, 1}));
  EXPECT_EQ(numbers_of<std::uint64_t>(histogram, 6), (std::vector<std::uint64_t>{2, 0, 3}));
  EXPECT_EQ(numbers_of<std::uint64_t>(histogram, 4), std::vector<std::uint64_t>{5});
  EXPECT_EQ(numbers_of<double>(histogram, 5), std::vector<double>{4.5});
  EXPECT_EQ(attributes_of(histogram, 9), (std::map<std::string, std::string>{{"path", "/"}}));
  const std::string summary = request.point("asked", 11);
  EXPECT_EQ(numbers_of<double>(text_of(summary, 6), 2), std::vector<double>{3});
  EXPECT_EQ(numbers_of<std::uint64_t>(summary, 4), std::vector<std::uint64_t>{10});
  EXPECT_EQ(numbers_of<double>(summary, 5), std::vector<double>{30});
}

TEST_F(SamplesAsOtlp, WhatIsOverIsSaidSo) {
  telemetry::FamilyWriter out;
  out.put(out.family("depth", MetricType::gauge, ""), 3);
  EXPECT_EQ(numbers_of<double>(send(out).point("depth", 5), 4), std::vector<double>{3});
  telemetry::FamilyWriter nothing;
  const std::string over = send(nothing).point("depth", 5);
  EXPECT_EQ(varint_of(over, 8), 1u);
  EXPECT_TRUE(numbers_of<double>(over, 4).empty());
}

TEST(SamplesAsOtlpPortion, AHistogramIsInOnePortionThoughItIsLarger) {
  telemetry::FamilyWriter out;
  const auto took = out.family("took", MetricType::histogram, "");
  std::vector<telemetry::BucketView> buckets;
  for (int n = 0; n < 7; ++n) buckets.push_back({n + 1.0, static_cast<std::uint64_t>(n)});
  buckets.push_back({infinity, 9});
  for (const char* const path : {"a", "b", "c"})
    out.put_histogram(took, {buckets, 1}, std::vector<telemetry::LabelView>{{"path", path}});
  PortionWriter writer({}, {.samples = 12, .bytes = 1u << 20});
  const auto portions = writer.write({std::make_shared<const telemetry::FamilySet>(out.take())}, now);
  ASSERT_EQ(portions.size(), 2u);
  EXPECT_EQ(portions[0].samples, 20u) << "two of ten series each";
  EXPECT_EQ(portions[1].samples, 10u);
}

TEST(SamplesAsOtlpPortion, WhatIsNoPortionIsNone) {
  EXPECT_FALSE(otlp_request("hello"));
  EXPECT_FALSE(otlp_request(packed("\x0a\xff\xff")));
}
