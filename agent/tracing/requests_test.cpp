#include "agent/tracing/requests.hpp"

#include "agent/tracing/test_traces.hpp"

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;
using testing::request_with;
using testing::TestSpan;

TEST(Requests, AreGoodUnlessTheyFailOrTakeTooLong) {
  Requests requests({{.name = "availability"}, {.name = "quick", .faster_than = 100ms}});
  requests.count(
      request_with({{.took_ms = 5}, {.took_ms = 100}, {.took_ms = 101}, {.took_ms = 5, .failed = true}}));
  EXPECT_EQ(requests.counts()[0].good, 3u);
  EXPECT_EQ(requests.counts()[0].bad, 1u);
  EXPECT_EQ(requests.counts()[1].good, 2u);
  EXPECT_EQ(requests.counts()[1].bad, 2u);
}

TEST(Requests, OnlyCountWhereTheServiceIsAsked) {
  Requests requests({{.name = "availability"}});
  requests.count(request_with({{.kind = 1}, {.kind = 3}, {.failed = true, .kind = 4}}));
  EXPECT_EQ(requests.counts()[0].good + requests.counts()[0].bad, 0u)
      << "a part of the work, and what it asks of others";
  requests.count(request_with({{.kind = 2}, {.kind = 5}}));
  EXPECT_EQ(requests.counts()[0].good, 2u);
}

TEST(Requests, CountForThoseServicesAndOperationsThatAreMeant) {
  Requests requests(
      {{.name = "results", .services = {"tests-api", "api"}, .operations = {"GET /v1/results"}}});
  requests.count(request_with({{.name = "GET /v1/results"}, {.name = "GET /healthz"}}));
  requests.count(request_with({{.name = "GET /v1/results"}}, "users-api"));
  EXPECT_EQ(requests.counts()[0].good, 1u);
  EXPECT_EQ(requests.counts()[0].name, "results");
}

}  // namespace
}  // namespace outrider::tracing
