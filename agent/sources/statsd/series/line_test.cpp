#include "agent/sources/statsd/series/line.hpp"

#include <utility>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources;
using statsd::Fault;
using statsd::Kind;

namespace {

statsd::Line read(std::string_view text) {
  auto line = statsd::read_line(text);
  EXPECT_TRUE(line) << text;
  return line ? std::move(*line) : statsd::Line();
}

std::string labels_of(const statsd::Line& line) {
  std::string text;
  for (const auto& [name, value] : line.labels) text += name + "=" + value + ";";
  return text;
}

}  // namespace

TEST(StatsdLine, EachTypeIsReadWithItsValue) {
  EXPECT_EQ(read("jobs:3|c").kind, Kind::counter);
  EXPECT_EQ(read("jobs:3|c").values, std::vector<double>{3});
  EXPECT_EQ(read("depth:-1.5|g").values, std::vector<double>{-1.5});
  EXPECT_EQ(read("took:320|ms").values, std::vector<double>{0.32}) << "in seconds";
  EXPECT_EQ(read("size:9|h").kind, Kind::histogram);
  EXPECT_EQ(read("size:9|d").kind, Kind::histogram);
  EXPECT_EQ(read("users:anna|s").member, "anna");
}

TEST(StatsdLine, AGaugesSignMeansToAdd) {
  EXPECT_FALSE(read("depth:7|g").is_relative);
  EXPECT_TRUE(read("depth:+7|g").is_relative);
  EXPECT_EQ(read("depth:+7|g").values, std::vector<double>{7});
  EXPECT_TRUE(read("depth:-7|g").is_relative);
  EXPECT_FALSE(read("took:-7|ms").is_relative);
}

TEST(StatsdLine, OneOfTenStandsForTen) {
  EXPECT_EQ(read("jobs:3|c|@0.1").weight, 10);
  EXPECT_EQ(read("took:3|ms|@0.5").weight, 2);
  EXPECT_EQ(read("depth:3|g|@0.1").weight, 1) << "a gauge is what it is";
}

TEST(StatsdLine, TagsAreLabelsInOrderAndNoneTwice) {
  EXPECT_EQ(labels_of(read("jobs:1|c|#queue:mail,env:prod,env:dev,debug,empty:,:lost")),
            "debug=true;empty=;env=prod;queue=mail;");
  EXPECT_EQ(labels_of(read("jobs:1|c|#url:http://a:80/b")), "url=http://a:80/b;");
  EXPECT_EQ(labels_of(read("jobs:1|c|#le:1,__name__:x,a-b:c,9:d")), "_9=d;a_b=c;tag___name__=x;tag_le=1;");
}

TEST(StatsdLine, NamesAreMadeFitForPrometheus) {
  EXPECT_EQ(read("api.v1.requests-total:1|c").name, "api_v1_requests_total");
  EXPECT_EQ(read("4xx:1|c").name, "_4xx");
  EXPECT_EQ(read("caf\xC3\xA9:1|c").name, "caf__");
}

TEST(StatsdLine, NewerClientsSayMore) {
  EXPECT_EQ(read("took:1:2:3|d|@1|#a:b|c:83c0a99c0a54|T1656581400").values, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(read("jobs:1|c|e:it-false,cn-nginx|card:low").kind, Kind::counter);
}

TEST(StatsdLine, WhatIsWrongIsSaid) {
  const std::vector<std::pair<std::string, Fault>> wrong{
      {"", Fault::syntax},
      {"hello", Fault::syntax},
      {":1|c", Fault::syntax},
      {"jobs:1", Fault::syntax},
      {"jobs|c", Fault::syntax},
      {"jobs:1|c||", Fault::syntax},
      {"jobs:1|c|what", Fault::syntax},
      {"jobs:1|x", Fault::kind},
      {"jobs:1|", Fault::kind},
      {"jobs:|c", Fault::value},
      {"jobs:one|c", Fault::value},
      {"jobs:-1|c", Fault::value},
      {"jobs:nan|g", Fault::value},
      {"jobs:inf|c", Fault::value},
      {"jobs:1:|c:", Fault::kind},
      {"jobs:1|c|@0", Fault::value},
      {"jobs:1|c|@2", Fault::value},
      {"jobs:1|c|@1e-320", Fault::value},
      {"users:|s", Fault::value},
      {"_e{5,4}:title|text", Fault::unsupported},
      {"_sc|db|0", Fault::unsupported},
      {std::string(2000, 'x') + ":1|c", Fault::too_long},
      {"jobs:1|c|#tag:" + std::string(2000, 'x'), Fault::too_long},
  };
  for (const auto& [text, fault] : wrong) {
    const auto line = statsd::read_line(text);
    ASSERT_FALSE(line) << text;
    EXPECT_EQ(line.error(), fault) << text;
  }
}
