// What a request of remote write 2.0 says, read by a way of its own.
#include "agent/telemetry/remote_write/second_version.hpp"

#include "agent/telemetry/remote_write/portions.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <protozero/pbf_reader.hpp>

using namespace outrider;
using namespace outrider::telemetry::remote_write;

namespace {

struct Told {
  std::map<std::string, std::string> labels, exemplar;
  double value = 0, exemplar_value = 0;
  std::int64_t milliseconds = 0, exemplar_milliseconds = 0, created = 0;
  std::uint32_t type = 0;
  std::string help, unit;
};

struct Request {
  std::vector<std::string> symbols;
  std::vector<Told> series;

  const Told& named(const std::string& name, const std::string& le = "") const {
    for (const Told& one : series) {
      const auto bound = one.labels.find("le");
      if (one.labels.at("__name__") == name && (bound == one.labels.end() ? "" : bound->second) == le)
        return one;
    }
    ADD_FAILURE() << "no " << name;
    return series.front();
  }
};

std::map<std::string, std::string> labels_of(protozero::pbf_reader& reader,
                                             const std::vector<std::string>& symbols) {
  std::vector<std::string> texts;
  for (const std::uint32_t place : reader.get_packed_uint32()) texts.push_back(symbols.at(place));
  std::map<std::string, std::string> labels;
  std::string before;
  for (std::size_t at = 0; at + 1 < texts.size(); at += 2) {
    EXPECT_LT(before, texts[at]) << "in order, each once";
    before = texts[at];
    labels[texts[at]] = texts[at + 1];
  }
  return labels;
}

Told told_by(protozero::pbf_reader reader, const std::vector<std::string>& symbols) {
  Told told;
  while (reader.next()) {
    if (reader.tag() == 1) {
      told.labels = labels_of(reader, symbols);
    } else if (reader.tag() == 6) {
      told.created = reader.get_int64();
    } else {
      const std::uint32_t number = reader.tag();
      protozero::pbf_reader inner = reader.get_message();
      while (inner.next()) {
        const std::uint32_t field = number * 10 + inner.tag();
        switch (field) {
          case 21: told.value = inner.get_double(); break;
          case 22: told.milliseconds = inner.get_int64(); break;
          case 41: told.exemplar = labels_of(inner, symbols); break;
          case 42: told.exemplar_value = inner.get_double(); break;
          case 43: told.exemplar_milliseconds = inner.get_int64(); break;
          case 51: told.type = inner.get_uint32(); break;
          case 53: told.help = symbols.at(inner.get_uint32()); break;
          case 54: told.unit = symbols.at(inner.get_uint32()); break;
          default: ADD_FAILURE() << "an unknown field " << field; inner.skip();
        }
      }
    }
  }
  return told;
}

Request request_in(const std::string& packed) {
  const std::string plain = unpacked(packed, 1u << 26).value_or("");
  Request request;
  protozero::pbf_reader symbols(plain);
  while (symbols.next()) {
    if (symbols.tag() == 4) {
      request.symbols.push_back(symbols.get_string());
    } else {
      symbols.skip();
    }
  }
  protozero::pbf_reader series(plain);
  while (series.next()) {
    if (series.tag() == 5) {
      request.series.push_back(told_by(series.get_message(), request.symbols));
    } else {
      EXPECT_EQ(series.tag(), 4u);
      series.skip();
    }
  }
  return request;
}

std::string portion() {
  using telemetry::MetricType;
  telemetry::FamilyWriter out;
  const auto jobs = out.family("jobs_total", MetricType::counter, "What was done.");
  out.put_part(jobs, {telemetry::Suffix::none, {}, "{trace_id=\"abc\"} 1.5 1700000000.25"}, 7, {});
  out.put_part(jobs, {telemetry::Suffix::created, {}}, 1'600'000'000.5, {});
  const auto took = out.family("took_seconds", MetricType::histogram, "How long.", "seconds");
  const std::vector<telemetry::BucketView> buckets{{1, 2}, {std::numeric_limits<double>::infinity(), 3}};
  const std::vector<telemetry::LabelView> labels{{"path", "/"}};
  out.put_histogram(took, {buckets, 4.5}, labels);
  out.put(out.family("depth", MetricType::gauge, ""), 2, {{"path", "/"}});
  PortionWriter writer({.keep = {}, .drop = {}, .labels = {{"job", "tests"}}});
  return writer.write({std::make_shared<const telemetry::FamilySet>(out.take())}, 1'700'000'001'000)
      .at(0)
      .packed;
}

}  // namespace

TEST(SecondVersion, SaysTheSameAndWhatEachSeriesIs) {
  const auto made = second_version(portion());
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->samples, 7u);
  EXPECT_EQ(made->exemplars, 1u);
  const Request request = request_in(made->packed);
  ASSERT_EQ(request.series.size(), 7u);
  ASSERT_FALSE(request.symbols.empty());
  EXPECT_EQ(request.symbols[0], "") << "the first is empty";
  EXPECT_EQ(std::set<std::string>(request.symbols.begin(), request.symbols.end()).size(),
            request.symbols.size())
      << "each text once";

  const Told& jobs = request.named("jobs_total");
  EXPECT_EQ(jobs.value, 7);
  EXPECT_EQ(jobs.milliseconds, 1'700'000'001'000);
  EXPECT_EQ(jobs.labels.at("job"), "tests");
  EXPECT_EQ(jobs.type, 1u);
  EXPECT_EQ(jobs.help, "What was done.");
  EXPECT_EQ(jobs.created, 1'600'000'000'500);
  EXPECT_EQ(jobs.exemplar.at("trace_id"), "abc");
  EXPECT_EQ(jobs.exemplar_value, 1.5);
  EXPECT_EQ(jobs.exemplar_milliseconds, 1'700'000'000'250);

  const Told& bucket = request.named("took_seconds_bucket", "1.0");
  EXPECT_EQ(bucket.type, 3u);
  EXPECT_EQ(bucket.unit, "seconds");
  EXPECT_EQ(bucket.value, 2);
  EXPECT_EQ(bucket.created, 0) << "nobody says when it began";
  EXPECT_EQ(request.named("took_seconds_sum").value, 4.5);
  EXPECT_EQ(request.named("depth").type, 2u);
  EXPECT_EQ(request.named("depth").help, "");
}

TEST(SecondVersion, WhatIsNoPortionIsNone) {
  EXPECT_FALSE(second_version("hello"));
  EXPECT_FALSE(second_version(packed("\x0a\xff\xff")));
  const auto nothing = second_version(packed(""));
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->samples, 0u);
  EXPECT_EQ(request_in(nothing->packed).symbols, std::vector<std::string>{""});
}
