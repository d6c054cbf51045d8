#include "agent/api/handler.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/sim_clock.hpp"
#include "tests/golden/faces/sample_status.hpp"

#include <optional>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::testing;

namespace {

// A river with virtual time and an agent that answers what the test says.
class FakeAgent final : public core::Commands {
 public:
  explicit FakeAgent(core::Clock& clock) : clock_(clock) {}

  core::Status status() override { return shown; }

  core::Task<std::vector<core::Event>> events_after(std::uint64_t after, core::Duration limit) override {
    std::vector<core::Event> found = newer_than(after);
    if (found.empty() && limit > 0ns) {
      co_await clock_.sleep(std::min(limit, news_in));
      found = newer_than(after);
    }
    co_return found;
  }

  core::Task<core::Outcome<std::string>> restart(core::Operator who, bool even_without_budget) override {
    asked.push_back("restart by " + who.name + ": " + who.reason + (even_without_budget ? " (forced)" : ""));
    co_return answer;
  }

  core::Task<core::Outcome<std::string>> reload(core::Operator who) override {
    asked.push_back("reload by " + who.name + ": " + who.reason);
    co_return answer;
  }

  core::Task<core::Outcome<core::GateAnswer>> gate(core::GateQuestion question) override {
    asked.push_back("check " + question.check + " with " + question.require + " by " + question.override_by);
    core::GateAnswer said{2, "RECOVERY rpo CRITICAL - late", "late\n", R"({"code": 2})", "e30.e30.AA", ""};
    if (!question.audience.empty()) asked.push_back("for " + question.audience + ", nonce " + question.nonce);
    if (no_key) {
      said.token.clear();
      said.unsigned_because = "cannot open the signing key";
    }
    co_return said;
  }

  core::Outcome<std::string> begin_alarm_drill(core::Operator who, core::AlarmQuestion question) override {
    asked.push_back("alarms of " + question.catalog + " by " + who.name +
                    (question.restore ? ", restoring" : "") + (question.notifier ? ", notifying" : ""));
    return std::string("20261121-142614");
  }
  core::Outcome<std::string> alarm_drill() override {
    return std::string(R"({"running": "20261121-142614"})");
  }

  core::Status shown = healthy_status();
  core::Outcome<std::string> answer = "tests-api was restarted";
  std::vector<std::string> asked;
  core::Duration news_in = 1h;
  bool no_key = false;

 private:
  std::vector<core::Event> newer_than(std::uint64_t after) const {
    std::vector<core::Event> found;
    for (const core::Event& event : shown.timeline) {
      if (event.sequence > after) found.push_back(event);
    }
    return found;
  }

  core::Clock& clock_;
};

core::Task<void> ask_and_keep(net::Handler handler, net::Call call, std::optional<net::Response>& kept) {
  kept = co_await handler(call);
}

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    api::Options options;
    options.pages.page = [](const core::Status& status) { return "<p>" + status.sentence + "</p>"; };
    options.pages.badge = [](const core::Status&) { return std::string("<svg/>"); };
    options.pages.content_security_policy = "default-src 'self'";
    handler_ = api::make_handler(agent_, registry_, std::move(options));
  }

  static net::Call call(std::string method, std::string path, std::string query = {}) {
    net::Call made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.query = std::move(query);
    made.peer = "127.0.0.1:40000";
    made.headers = {{"Host", "127.0.0.1:9465"}};
    return made;
  }

  static net::Call local_write(std::string path, std::string body) {
    net::Call made = call("POST", std::move(path));
    made.local_socket = true;
    made.peer = "pid 1 uid 0";
    made.body = std::move(body);
    made.headers.emplace_back("Content-Type", "application/json");
    return made;
  }

  net::Response ask(const net::Call& asked, core::Duration within = 0ns) {
    std::optional<net::Response> response;
    nursery_.start(ask_and_keep(handler_, asked, response));
    clock_.settle();
    if (within > 0ns) clock_.advance(within);
    if (!response) ADD_FAILURE() << "no answer";
    return response.value_or(net::Response{});
  }

  net::Response get(std::string path, std::string query = {}) {
    return ask(call("GET", std::move(path), std::move(query)));
  }

  void TearDown() override { clock_.settle(); }

  boost::asio::io_context loop_{1};
  os::SimClock clock_{loop_};
  FakeAgent agent_{clock_};
  prometheus::Registry registry_;
  net::Handler handler_;
  async::Nursery nursery_{loop_.get_executor()};
};

}  // namespace

TEST_F(ApiTest, IsReadyOrSaysWhyNot) {
  EXPECT_EQ(get("/readyz").status, 200);
  agent_.shown.ready = false;
  agent_.shown.not_ready_because = "metrics.listen is not open yet";
  const auto response = get("/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "not ready: metrics.listen is not open yet\n");
}

TEST_F(ApiTest, IsAliveOnlyWhileEveryRiverTurns) {
  EXPECT_EQ(get("/livez").body, "alive\n");
  agent_.shown.rivers[1] = {"carry", 12s, false};
  const auto response = get("/livez");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "not alive: the carry river is 12s late\n");
}

TEST_F(ApiTest, ShowsTheStatusAsVersionedJson) {
  const auto response = get("/api/v1/status");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(net::header(response.headers, "content-type"), "application/json");
  const auto body = boost::json::parse(response.body);
  EXPECT_EQ(body.at("schema").as_int64(), 1);
  EXPECT_EQ(body.at("state").as_string(), "healthy");
}

TEST_F(ApiTest, TheGateAnswersWith200WhateverItSays) {
  const auto response = get("/api/v1/recovery/check", "check=rpo&require=level%3E%3DL3%20age%3C24h");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(boost::json::parse(response.body).at("code"), 2);
  EXPECT_THAT(agent_.asked, ::testing::ElementsAre("check rpo with level>=L3 age<24h by "));
}

TEST_F(ApiTest, TheGatesAnswerIsSignedForWhomItWasAsked) {
  const auto body =
      boost::json::parse(get("/api/v1/recovery/check", "check=rpo&nonce=build%207&audience=ci").body);
  EXPECT_EQ(body.at("signed"), "e30.e30.AA");
  EXPECT_THAT(agent_.asked, ::testing::Contains("for ci, nonce build 7"));
  agent_.no_key = true;
  const auto bare = boost::json::parse(get("/api/v1/recovery/check", "check=rpo").body);
  EXPECT_TRUE(bare.at("signed").is_null());
  EXPECT_EQ(bare.at("unsigned_because"), "cannot open the signing key");
}

TEST_F(ApiTest, TheGateTakesNoQuestionItDoesNotKnow) {
  EXPECT_EQ(get("/api/v1/recovery/check", "chek=rpo").status, 400);
  EXPECT_EQ(get("/api/v1/recovery/check", "check=rpo&check=rto").status, 400);
  EXPECT_TRUE(agent_.asked.empty());
}

TEST_F(ApiTest, TheGateIsOverriddenOnTheMachineOnly) {
  net::Call asked = call("GET", "/api/v1/recovery/check", "check=rpo&override_by=alice&override_reason=x");
  EXPECT_EQ(ask(asked).status, 403);
  asked.local_socket = true;
  EXPECT_EQ(ask(asked).status, 200);
}

TEST_F(ApiTest, SaysThatNoDatabaseIsWatched) {
  const auto response = get("/api/v1/recovery");
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.body, ::testing::HasSubstr("no database is watched"));
}

TEST_F(ApiTest, ShowsThePageUnderItsOwnPolicy) {
  const auto response = get("/");
  EXPECT_EQ(net::header(response.headers, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(net::header(response.headers, "Content-Security-Policy"), "default-src 'self'");
  EXPECT_EQ(get("/badge.svg").body, "<svg/>");
}

TEST_F(ApiTest, PutsTheSameGuardsOnEveryAnswer) {
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

TEST_F(ApiTest, PointsToThePathThatWasMeant) {
  const auto response = get("/api/v1/statsu");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(boost::json::parse(response.body).at("hint").as_string(), "did you mean /api/v1/status?");
}

TEST_F(ApiTest, NeverChangesAnythingByGet) {
  const auto response = get("/api/v1/restart");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(net::header(response.headers, "Allow"), "POST");
  EXPECT_TRUE(agent_.asked.empty());
  const auto posted = ask(call("POST", "/api/v1/status"));
  EXPECT_EQ(posted.status, 405);
  EXPECT_EQ(net::header(posted.headers, "Allow"), "GET, HEAD");
}

TEST_F(ApiTest, BeginsAnAlarmDrillForAPeerOnTheSocketAndTellsHowFarItIs) {
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

TEST_F(ApiTest, RestartsForAPeerOnTheSocketWithAReason) {
  net::Call asked = local_write("/api/v1/restart", R"({"reason": "stuck", "even_without_budget": true})");
  asked.headers.emplace_back("X-Outrider-Operator", "alice");
  const auto response = ask(asked);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(boost::json::parse(response.body).at("done").as_string(), "tests-api was restarted");
  EXPECT_EQ(agent_.asked, std::vector<std::string>{"restart by alice (pid 1 uid 0): stuck (forced)"});
}

TEST_F(ApiTest, PassesOnWhyTheAgentDeclined) {
  agent_.answer = core::fail(core::Errc::refused, "cannot restart: the budget of 5 per 1h is spent",
                             "add --even-without-budget");
  const auto response = ask(local_write("/api/v1/restart", R"({"reason": "stuck"})"));
  EXPECT_EQ(response.status, 409);
  const auto body = boost::json::parse(response.body);
  EXPECT_EQ(body.at("error").as_string(), "cannot restart: the budget of 5 per 1h is spent");
  EXPECT_EQ(body.at("hint").as_string(), "add --even-without-budget");
  EXPECT_EQ(body.at("code").as_string(), "refused");
}

TEST_F(ApiTest, ReloadsWithoutKnowingOfBudgets) {
  EXPECT_EQ(ask(local_write("/api/v1/reload", R"({"reason": "new probe"})")).status, 200);
  EXPECT_EQ(ask(local_write("/api/v1/reload", R"({"reason": "x", "even_without_budget": true})")).status,
            400);
  EXPECT_EQ(agent_.asked, std::vector<std::string>{"reload by pid 1 uid 0: new probe"});
}

TEST_F(ApiTest, IsReadOnlyOverPlainTcp) {
  net::Call asked = local_write("/api/v1/restart", R"({"reason": "stuck"})");
  asked.local_socket = false;
  asked.headers.emplace_back("X-Outrider-Operator", "root");
  EXPECT_EQ(ask(asked).status, 403);
  EXPECT_TRUE(agent_.asked.empty());
  asked.client_name = "CN=alice";
  EXPECT_EQ(ask(asked).status, 200);
}

TEST_F(ApiTest, TellsAWrongBodyFromAnAgentThatCannot) {
  net::Call form = local_write("/api/v1/restart", R"({"reason": "x"})");
  form.headers.back().second = "text/plain";
  EXPECT_EQ(ask(form).status, 415);
  agent_.answer = core::fail(core::Errc::unsupported, "cannot restart: nothing is supervised");
  EXPECT_EQ(ask(local_write("/api/v1/restart", R"({"reason": "x"})")).status, 501);
}

TEST_F(ApiTest, RefusesAnOversizedBody) {
  EXPECT_EQ(ask(local_write("/api/v1/restart", std::string(17'000, ' '))).status, 413);
  EXPECT_TRUE(agent_.asked.empty());
}

TEST_F(ApiTest, GivesTheEventsAfterANumber) {
  const auto body = boost::json::parse(get("/api/v1/timeline", "after=3").body);
  EXPECT_EQ(body.at("events").as_array().size(), 2u);
  EXPECT_EQ(body.at("events").at(0).at("sequence").as_int64(), 4);
  EXPECT_EQ(body.at("last").as_int64(), 5);
  EXPECT_FALSE(body.at("missed").as_bool());
}

TEST_F(ApiTest, SaysWhenEventsWereForgottenBeforeTheyWereAskedFor) {
  agent_.shown.timeline.erase(agent_.shown.timeline.begin(), agent_.shown.timeline.begin() + 3);
  EXPECT_TRUE(boost::json::parse(get("/api/v1/timeline", "after=1").body).at("missed").as_bool());
}

TEST_F(ApiTest, WaitsForNewsNoLongerThanAsked) {
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

TEST_F(ApiTest, RefusesAQueryItDoesNotUnderstand) {
  for (const char* query : {"wait=2m", "wait=-1s", "wait=soon", "after=-1", "after=", "afetr=3",
                            "after=1&after=2", "after=99999999999999999999", "wait=5x"}) {
    EXPECT_EQ(get("/api/v1/timeline", query).status, 400) << query;
  }
}

TEST_F(ApiTest, HoldsABoundedNumberOfWaitingReaders) {
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

TEST_F(ApiTest, CountsRequestsByListenerAndClass) {
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
