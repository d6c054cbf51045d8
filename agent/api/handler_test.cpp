#include "agent/api/handler.hpp"

#include "agent/api/practice/test_kit.hpp"
#include "tests/golden/faces/sample_status.hpp"

#include <boost/json/parse.hpp>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::api;
using namespace outrider::testing;
using namespace std::chrono_literals;

namespace {

class HandlerTest : public ApiTest {
 protected:
  HandlerTest() { agent_.shown = healthy_status(); }
};

}  // namespace

TEST_F(HandlerTest, IsReadyOrSaysWhyNot) {
  EXPECT_EQ(get("/readyz").status, 200);
  agent_.shown.ready = false;
  agent_.shown.not_ready_because = "metrics.listen is not open yet";
  const auto response = get("/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "not ready: metrics.listen is not open yet\n");
}

TEST_F(HandlerTest, IsAliveOnlyWhileEveryRiverTurns) {
  EXPECT_EQ(get("/livez").body, "alive\n");
  agent_.shown.rivers[1] = {"carry", 12s, false};
  const auto response = get("/livez");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "not alive: the carry river is 12s late\n");
}

TEST_F(HandlerTest, ShowsTheStatusAsVersionedJson) {
  const auto response = get("/api/v1/status");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(net::header(response.headers, "content-type"), "application/json");
  const auto body = boost::json::parse(response.body);
  EXPECT_EQ(body.at("schema").as_int64(), 1);
  EXPECT_EQ(body.at("state").as_string(), "healthy");
}

TEST_F(HandlerTest, TheGateAnswersWith200WhateverItSays) {
  const auto response = get("/api/v1/recovery/check", "check=rpo&require=level%3E%3DL3%20age%3C24h");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(boost::json::parse(response.body).at("code"), 2);
  EXPECT_THAT(agent_.asked, ::testing::ElementsAre("check rpo with level>=L3 age<24h by "));
}

TEST_F(HandlerTest, TheGatesAnswerIsSignedForWhomItWasAsked) {
  const auto body =
      boost::json::parse(get("/api/v1/recovery/check", "check=rpo&nonce=build%207&audience=ci").body);
  EXPECT_EQ(body.at("signed"), "e30.e30.AA");
  EXPECT_THAT(agent_.asked, ::testing::Contains("for ci, nonce build 7"));
  agent_.no_key = true;
  const auto bare = boost::json::parse(get("/api/v1/recovery/check", "check=rpo").body);
  EXPECT_TRUE(bare.at("signed").is_null());
  EXPECT_EQ(bare.at("unsigned_because"), "cannot open the signing key");
}

TEST_F(HandlerTest, TheGateTakesNoQuestionItDoesNotKnow) {
  EXPECT_EQ(get("/api/v1/recovery/check", "chek=rpo").status, 400);
  EXPECT_EQ(get("/api/v1/recovery/check", "check=rpo&check=rto").status, 400);
  EXPECT_TRUE(agent_.asked.empty());
}

TEST_F(HandlerTest, TheGateIsOverriddenOnTheMachineOnly) {
  net::Call asked = call("GET", "/api/v1/recovery/check", "check=rpo&override_by=alice&override_reason=x");
  EXPECT_EQ(ask(asked).status, 403);
  asked.local_socket = true;
  EXPECT_EQ(ask(asked).status, 200);
}

TEST_F(HandlerTest, SaysThatNoDatabaseIsWatched) {
  const auto response = get("/api/v1/recovery");
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.body, ::testing::HasSubstr("no database is watched"));
}

TEST_F(HandlerTest, ShowsThePageUnderItsOwnPolicy) {
  const auto response = get("/");
  EXPECT_EQ(net::header(response.headers, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(net::header(response.headers, "Content-Security-Policy"), "default-src 'self'");
  EXPECT_EQ(get("/badge.svg").body, "<svg/>");
}

TEST_F(HandlerTest, PutsTheSameGuardsOnEveryAnswer) {
  for (const char* path : {"/", "/livez", "/readyz", "/api/v1/status", "/nowhere", "/api/v1/restart"}) {
    const auto response = get(path);
    EXPECT_EQ(net::header(response.headers, "X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(net::header(response.headers, "Cache-Control"), "no-store") << path;
    EXPECT_EQ(net::header(response.headers, "X-Frame-Options"), "DENY") << path;
    EXPECT_NE(net::header(response.headers, "Content-Security-Policy"), "") << path;
  }
  EXPECT_NE(net::header(get("/livez").headers, "Content-Security-Policy").find("frame-ancestors 'none'"),
            std::string::npos);
}

TEST_F(HandlerTest, PointsToThePathThatWasMeant) {
  const auto response = get("/api/v1/statsu");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(boost::json::parse(response.body).at("hint").as_string(), "did you mean /api/v1/status?");
}

TEST_F(HandlerTest, NeverChangesAnythingByGet) {
  const auto response = get("/api/v1/restart");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(net::header(response.headers, "Allow"), "POST");
  EXPECT_TRUE(agent_.asked.empty());
  const auto posted = ask(call("POST", "/api/v1/status"));
  EXPECT_EQ(posted.status, 405);
  EXPECT_EQ(net::header(posted.headers, "Allow"), "GET, HEAD");
}

TEST_F(HandlerTest, BeginsAnAlarmDrillForAPeerOnTheSocketAndTellsHowFarItIs) {
  net::Call asked = local_write("/api/v1/recovery/alarms/drill", R"({"reason": "quarterly"})");
  asked.query = "catalog=main&without=notifier";
  const auto response = ask(asked);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(boost::json::parse(response.body).at("done").as_string(), "20261121-142614");
  EXPECT_EQ(agent_.asked, std::vector<std::string>{"alarms of main by pid 1 uid 0, restoring"});
  const auto far = get("/api/v1/recovery/alarms");
  EXPECT_EQ(boost::json::parse(far.body).at("running").as_string(), "20261121-142614");

  asked.query = "without=fear";
  EXPECT_EQ(ask(asked).status, 400);
  asked.query = "";
  asked.local_socket = false;
  EXPECT_EQ(ask(asked).status, 403);
  EXPECT_EQ(agent_.asked.size(), 1U);
}

TEST_F(HandlerTest, RestartsForAPeerOnTheSocketWithAReason) {
  net::Call asked = local_write("/api/v1/restart", R"({"reason": "stuck", "even_without_budget": true})");
  asked.headers.emplace_back("X-Outrider-Operator", "alice");
  const auto response = ask(asked);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(boost::json::parse(response.body).at("done").as_string(), "tests-api was restarted");
  EXPECT_EQ(agent_.asked, std::vector<std::string>{"restart by alice (pid 1 uid 0): stuck (forced)"});
}

TEST_F(HandlerTest, PassesOnWhyTheAgentDeclined) {
  agent_.answer = core::fail(core::Errc::refused, "cannot restart: the budget of 5 per 1h is spent",
                             "add --even-without-budget");
  const auto response = ask(local_write("/api/v1/restart", R"({"reason": "stuck"})"));
  EXPECT_EQ(response.status, 409);
  const auto body = boost::json::parse(response.body);
  EXPECT_EQ(body.at("error").as_string(), "cannot restart: the budget of 5 per 1h is spent");
  EXPECT_EQ(body.at("hint").as_string(), "add --even-without-budget");
  EXPECT_EQ(body.at("code").as_string(), "refused");
}

TEST_F(HandlerTest, ReloadsWithoutKnowingOfBudgets) {
  EXPECT_EQ(ask(local_write("/api/v1/reload", R"({"reason": "new probe"})")).status, 200);
  EXPECT_EQ(ask(local_write("/api/v1/reload", R"({"reason": "x", "even_without_budget": true})")).status,
            400);
  EXPECT_EQ(agent_.asked, std::vector<std::string>{"reload by pid 1 uid 0: new probe"});
}

TEST_F(HandlerTest, IsReadOnlyOverPlainTcp) {
  net::Call asked = local_write("/api/v1/restart", R"({"reason": "stuck"})");
  asked.local_socket = false;
  asked.headers.emplace_back("X-Outrider-Operator", "root");
  EXPECT_EQ(ask(asked).status, 403);
  EXPECT_TRUE(agent_.asked.empty());
  asked.client_name = "CN=alice";
  EXPECT_EQ(ask(asked).status, 200);
}

TEST_F(HandlerTest, TellsAWrongBodyFromAnAgentThatCannot) {
  net::Call form = local_write("/api/v1/restart", R"({"reason": "x"})");
  form.headers.back().second = "text/plain";
  EXPECT_EQ(ask(form).status, 415);
  agent_.answer = core::fail(core::Errc::unsupported, "cannot restart: nothing is supervised");
  EXPECT_EQ(ask(local_write("/api/v1/restart", R"({"reason": "x"})")).status, 501);
}

TEST_F(HandlerTest, RefusesAnOversizedBody) {
  EXPECT_EQ(ask(local_write("/api/v1/restart", std::string(17'000, ' '))).status, 413);
  EXPECT_TRUE(agent_.asked.empty());
}

TEST_F(HandlerTest, GivesTheEventsAfterANumber) {
  const auto body = boost::json::parse(get("/api/v1/timeline", "after=3").body);
  EXPECT_EQ(body.at("events").as_array().size(), 2u);
  EXPECT_EQ(body.at("events").at(0).at("sequence").as_int64(), 4);
  EXPECT_EQ(body.at("last").as_int64(), 5);
  EXPECT_FALSE(body.at("missed").as_bool());
}

TEST_F(HandlerTest, SaysWhenEventsWereForgottenBeforeTheyWereAskedFor) {
  agent_.shown.timeline.erase(agent_.shown.timeline.begin(), agent_.shown.timeline.begin() + 3);
  EXPECT_TRUE(boost::json::parse(get("/api/v1/timeline", "after=1").body).at("missed").as_bool());
}

TEST_F(HandlerTest, WaitsForNewsNoLongerThanAsked) {
  const auto quiet = ask(call("GET", "/api/v1/timeline", "after=5&wait=30s"), 30s);
  EXPECT_EQ(boost::json::parse(quiet.body).at("events").as_array().size(), 0u);

  agent_.news_in = 2s;
  std::optional<net::Response> response;
  nursery_.start(ask_and_keep(handler_, call("GET", "/api/v1/timeline", "after=5&wait=30"), response));
  clock_.settle();
  EXPECT_FALSE(response) << "there is no news yet";
  agent_.shown.timeline.push_back(event(6, 0s, core::EventKind::health, "tests-api", "tests-api is sick"));
  clock_.advance(2s);
  ASSERT_TRUE(response);
  EXPECT_EQ(boost::json::parse(response->body).at("last").as_int64(), 6);
}

TEST_F(HandlerTest, RefusesAQueryItDoesNotUnderstand) {
  for (const char* query : {"wait=2m", "wait=-1s", "wait=soon", "after=-1", "after=", "afetr=3",
                            "after=1&after=2", "after=99999999999999999999", "wait=5x"}) {
    EXPECT_EQ(get("/api/v1/timeline", query).status, 400) << query;
  }
}

TEST_F(HandlerTest, HoldsABoundedNumberOfWaitingReaders) {
  std::vector<std::optional<net::Response>> waiting(64);
  for (auto& response : waiting) {
    nursery_.start(ask_and_keep(handler_, call("GET", "/api/v1/timeline", "after=5&wait=40s"), response));
  }
  clock_.settle();
  const auto refused = get("/api/v1/timeline", "after=5&wait=40s");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(net::header(refused.headers, "Retry-After"), "5");
  EXPECT_EQ(get("/api/v1/timeline", "after=5").status, 200) << "who does not wait is still served";
  clock_.advance(40s);
  for (const auto& response : waiting) EXPECT_TRUE(response);
  EXPECT_EQ(ask(call("GET", "/api/v1/timeline", "after=5&wait=1s"), 1s).status, 200) << "there is room again";
}

TEST_F(HandlerTest, CountsRequestsByListenerAndClass) {
  get("/livez");
  get("/nowhere");
  ask(local_write("/api/v1/reload", R"({"reason": "x"})"));
  const std::string text = prometheus::TextSerializer().Serialize(registry_.Collect());
  const auto has = [&](const char* line) { return text.find(line) != std::string::npos; };
  EXPECT_TRUE(has("outrider_api_requests_total{listener=\"tcp\",status_class=\"2xx\"} 1")) << text;
  EXPECT_TRUE(has("outrider_api_requests_total{listener=\"tcp\",status_class=\"4xx\"} 1")) << text;
  EXPECT_TRUE(has("outrider_api_requests_total{listener=\"socket\",status_class=\"2xx\"} 1")) << text;
  EXPECT_TRUE(has("outrider_api_requests_total{listener=\"socket\",status_class=\"5xx\"} 0")) << text;
}
