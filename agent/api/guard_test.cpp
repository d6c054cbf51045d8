#include "agent/api/guard.hpp"

#include <gmock/gmock.h>

using namespace outrider;
using namespace outrider::api;

namespace {

net::Call local_call() {
  net::Call call;
  call.method = "POST";
  call.local_socket = true;
  call.peer = "pid 4711 uid 1000";
  call.headers = {{"Content-Type", "application/json"}, {"Host", "localhost"}};
  return call;
}

net::Call certificate_call() {
  net::Call call = local_call();
  call.local_socket = false;
  call.peer = "10.0.0.9:51234";
  call.client_name = "CN=alice";
  call.headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Host", "tests-api.school:9465"}};
  return call;
}

core::Outcome<> check(const net::Call& call, const std::vector<std::string>& hosts = {}) {
  return check_write(call, call.local_socket ? Door::socket : Door::certificate, hosts);
}

core::Errc refusal(const net::Call& call, const std::vector<std::string>& hosts = {}) {
  const auto fine = check(call, hosts);
  EXPECT_FALSE(fine);
  return fine ? core::Errc::internal : fine.error().code;
}

}  // namespace

TEST(Guard, RefusesWhatAnotherOriginsPageSends) {
  for (const auto& header : net::Headers{{"Origin", "https://evil.example"},
                                         {"Origin", "null"},
                                         {"Origin", "https://tests-api.school:9466"},
                                         {"Sec-Fetch-Site", "cross-site"},
                                         {"Sec-Fetch-Site", "same-site"}}) {
    net::Call call = certificate_call();
    call.headers.push_back(header);
    EXPECT_EQ(refusal(call), core::Errc::denied) << header.first << ": " << header.second;
    net::Call local = local_call();
    local.headers.push_back(header);
    EXPECT_EQ(refusal(local), core::Errc::denied) << header.first << ": " << header.second;
  }
  net::Call own = certificate_call();
  own.headers.emplace_back("Origin", "https://tests-api.school:9465");
  own.headers.emplace_back("Sec-Fetch-Site", "same-origin");
  EXPECT_TRUE(check(own));
}

TEST(Guard, RefusesAHostNameThatIsNotOurs) {
  const std::vector<std::string> ours{"tests-api.school"};
  EXPECT_TRUE(check(certificate_call(), ours));
  for (const char* host : {"10.0.0.1:9465", "[fd00::1]:9465", "LOCALHOST:9465", "Tests-API.school"}) {
    net::Call call = certificate_call();
    call.headers[1].second = host;
    EXPECT_TRUE(check(call, ours)) << host;
  }
  for (const char* host :
       {"rebound.example:9465", "", "[", "tests-api.school.evil.example", "1.2.3.4.evil.example"}) {
    net::Call call = certificate_call();
    call.headers[1].second = host;
    EXPECT_EQ(refusal(call, ours), core::Errc::denied) << host;
  }
}

TEST(Guard, TakesJsonOnlySinceAFormCannotSendThat) {
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"}) {
    net::Call call = local_call();
    call.headers[0].second = type;
    EXPECT_EQ(refusal(call), core::Errc::unsupported) << type;
  }
}

TEST(WriteRequest, NeedsAReason) {
  const auto request =
      read_write_request(R"({"reason": " the pool is stuck ", "even_without_budget": true})", true);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->reason, "the pool is stuck");
  EXPECT_TRUE(request->even_without_budget);
  for (const char* body : {"{}", R"({"reason": ""})", R"({"reason": "   "})"}) {
    const auto refused = read_write_request(body, true);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().what, "cannot act without a reason: it goes into the audit journal");
  }
}

TEST(WriteRequest, RefusesWhatItDoesNotUnderstand) {
  const std::string long_reason = R"({"reason": ")" + std::string(501, 'x') + R"("})";
  for (const std::string& body :
       {std::string(""), std::string("null"), std::string("[]"), std::string("{\"reason\": 3}"), long_reason,
        std::string(R"({"reason": "two\nlines"})"),
        std::string(R"({"reason": "ok", "even_without_budget": 1})"),
        std::string(R"({"reason": "ok"} trailing)"), std::string(200'000, '[')}) {
    EXPECT_FALSE(read_write_request(body, true)) << body.substr(0, 60);
  }
}

TEST(WriteRequest, SuggestsTheKeyThatWasMeant) {
  EXPECT_EQ(read_write_request(R"({"raeson": "x"})", true).error().hint, "did you mean \"reason\"?");
  EXPECT_EQ(read_write_request(R"({"reason": "x", "even_without_budget": true})", false).error().hint,
            "the only key is reason");
}
