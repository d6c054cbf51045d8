#include "agent/probes/http/wish.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using probes::http::json_at;
using probes::http::Wish;

namespace {

constexpr core::WallTime now{1'800'000'000s};

core::Answer weigh(const Wish& wish, const std::string& body) {
  net::Response response;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  response.body = body;
  return probes::http::weigh(wish, response, now);
}

}  // namespace

TEST(HttpWish, ABodyMayHaveToMatch) {
  Wish wish;
  wish.body_matches = R"("version":\s*"1\.\d+")";
  EXPECT_EQ(weigh(wish, R"({"version": "1.42"})").standing, Standing::ok);
  EXPECT_EQ(weigh(wish, R"({"version": "2.0"})").standing, Standing::not_ok);
}

TEST(HttpWish, WhatStandsInJsonMayBeWanted) {
  Wish wish;
  wish.json = {{"status", "ok"}, {"checks.database.up", "true"}, {"checks.queue", "3"}};
  EXPECT_EQ(weigh(wish, R"({"status":"ok","checks":{"database":{"up":true},"queue":3.0}})").standing,
            Standing::ok);
  EXPECT_EQ(weigh(wish, R"({"status":"ok","checks":{"database":{"up":false},"queue":3}})").detail,
            "HTTP 200, but \"checks.database.up\" is false, wanted true");
  EXPECT_EQ(weigh(wish, R"({"status":"ok"})").detail,
            "HTTP 200, but the body has no JSON value \"checks.database.up\"");
  EXPECT_EQ(weigh(wish, "it is well").standing, Standing::not_ok);
}

TEST(HttpWish, AHeaderMayBeWanted) {
  Wish wish;
  wish.headers = {{"content-type", "json"}};
  EXPECT_EQ(weigh(wish, "").standing, Standing::ok);
  wish.headers = {{"content-type", "text/html"}};
  EXPECT_EQ(weigh(wish, "").standing, Standing::not_ok);
  wish.headers = {{"x-version", "1"}};
  EXPECT_EQ(weigh(wish, "").detail, "HTTP 200, but there is no header x-version");
}

TEST(HttpWish, ACertificateThatEndsSoonIsNotOk) {
  Wish wish;
  wish.certificate_valid_for = 14 * 24h;
  net::Response response;
  response.certificate_ends = now + 3 * 24h;
  EXPECT_EQ(probes::http::weigh(wish, response, now).detail,
            "HTTP 200, but its certificate ends in 3 days, wanted 14d");
  response.certificate_ends = now + 30 * 24h;
  EXPECT_EQ(probes::http::weigh(wish, response, now).standing, Standing::ok);
}

TEST(HttpWish, APathLeadsThroughObjectsOnly) {
  EXPECT_EQ(json_at(R"({"a":{"b":[1,2]}})", "a.b"), "[1,2]");
  EXPECT_FALSE(json_at(R"({"a":{"b":1}})", "a.c"));
  EXPECT_FALSE(json_at(R"({"a":1})", "a.b"));
  EXPECT_FALSE(json_at(R"({"a":1)", "a"));
  EXPECT_FALSE(json_at(std::string(100000, '{'), "a"));
}

TEST(HttpStatus, CodesAndRangesAreReadAndNothingElse) {
  EXPECT_EQ(probes::http::read_status("204")->last, 204);
  EXPECT_EQ(probes::http::read_status("200-299")->first, 200);
  for (const char* wrong : {"", "99", "600", "2xx", "299-200", "200-", "-200", "200 - 299", "200-299-300"}) {
    EXPECT_FALSE(probes::http::read_status(wrong)) << wrong;
  }
}
