#include "agent/notifiers/webhook/webhook.hpp"

#include "agent/notifiers/testing.hpp"

#include <vector>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;
using namespace std::chrono_literals;

namespace {

class Webhook : public ::testing::Test {
 protected:
  Webhook() {
    house.net.add_host("hooks:80", [this](const net::Call& call) {
      calls.push_back(call);
      return answer;
    });
  }
  std::unique_ptr<Notifier> make(webhook::Settings settings = {}) {
    settings.name = "webhook";
    settings.url = config::Secret("http://hooks/in/secret-path");
    return webhook::make(house.tools, std::move(settings));
  }

  notifiers::testing::House house;
  net::Response answer;
  std::vector<net::Call> calls;
};

}  // namespace

TEST_F(Webhook, IsSignedAsStandardWebhooksSays) {
  // The example of the standard's own libraries.
  EXPECT_EQ(webhook::signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                               "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  webhook::Settings settings;
  settings.key = config::Secret("plain words");
  const auto came = house.deliver(*make(settings), notifiers::testing::message());
  ASSERT_TRUE(came && *came);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(net::header(calls[0].headers, "webhook-id"), notifiers::testing::message().id);
  const std::string seconds(net::header(calls[0].headers, "webhook-timestamp"));
  EXPECT_EQ(net::header(calls[0].headers, "webhook-signature"),
            webhook::signature("plain words", notifiers::testing::message().id, seconds, calls[0].body));
  EXPECT_EQ(calls[0].body, webhook::body_of(notifiers::testing::message()));
}

TEST_F(Webhook, WhatIsFilledInIsJsonWhateverWasSaid) {
  webhook::Settings settings;
  settings.body = R"({"text": "{{headline}}: {{why}}", "n": 1})";
  const auto came = house.deliver(*make(settings), notifiers::testing::message());
  ASSERT_TRUE(came && *came);
  EXPECT_EQ(
      calls[0].body,
      R"({"text": "critical: tests-api is sick (ServiceDown): probe ready: HTTP 503 <b>\"no & such\"</b>", "n": 1})");
  EXPECT_EQ(webhook::unknown_name("{{headline}} {{colour}}"), "colour");
  EXPECT_EQ(webhook::unknown_name("{{headline}} {}"), "");
}

TEST_F(Webhook, ItSaysWhetherThereIsHope) {
  const auto notifier = make();
  const std::vector<std::pair<int, Hope>> rows{{400, Hope::never}, {401, Hope::mend},  {404, Hope::mend},
                                               {410, Hope::mend},  {429, Hope::again}, {500, Hope::again},
                                               {503, Hope::again}, {302, Hope::mend}};
  for (const auto& [status, hope] : rows) {
    answer.status = status;
    const auto came = house.deliver(*notifier, notifiers::testing::message());
    ASSERT_TRUE(came && !*came) << status;
    EXPECT_EQ(came->error().hope, hope) << status;
  }
  answer.status = 429;
  answer.headers = {{"Retry-After", "30"}};
  auto came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().wait, core::Duration(30s));
  house.net.set_fault("hooks:80", {net::Trouble::hang, {}, 0});
  came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came) << "it keeps to its own limit";
  EXPECT_EQ(came->error().hope, Hope::again);
}

TEST_F(Webhook, ThatItWasTakenCountsHoweverMuchIsSaidAboutIt) {
  answer.body = std::string(2'000'000, 'x');
  const auto came = house.deliver(*make(), notifiers::testing::message());
  ASSERT_TRUE(came);
  EXPECT_TRUE(*came) << "it would be told again for ever: " << came->error().error.what;
}

TEST_F(Webhook, NobodyElseIsToldByARedirect) {
  int elsewhere = 0;
  house.net.add_host("elsewhere:80", [&](const net::Call&) {
    ++elsewhere;
    return net::Response();
  });
  answer.status = 307;
  answer.headers = {{"Location", "http://elsewhere/"}};
  const auto came = house.deliver(*make(), notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(elsewhere, 0);
  EXPECT_EQ(came->error().error.hint, "it is elsewhere: give its new address");
}

TEST_F(Webhook, NeitherErrorsNorItsNameShowTheSecretPath) {
  const auto notifier = make();
  answer.status = 500;
  const auto came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().error.what.find("secret-path"), std::string::npos);
  EXPECT_EQ(notifier->target(), "webhook hooks:80");
}
