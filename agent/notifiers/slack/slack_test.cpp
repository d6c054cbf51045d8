#include "agent/notifiers/slack/slack.hpp"

#include "agent/notifiers/testing.hpp"

#include <deque>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;
using namespace std::chrono_literals;

namespace {

class Slack : public ::testing::Test {
 protected:
  Slack() {
    house.net.add_host("slack:80", [this](const net::Call& call) {
      paths.push_back(call.path);
      bodies.push_back(boost::json::parse(call.body).as_object());
      if (answers.empty()) return net::Response{200, {}, R"({"ok":true,"channel":"C1","ts":"1.2"})"};
      net::Response answer = answers.front();
      answers.pop_front();
      return answer;
    });
  }
  std::unique_ptr<Notifier> bot() {
    slack::Settings settings;
    settings.name = "slack";
    settings.token = config::Secret("xoxb-secret");
    settings.channel = "#alerts";
    settings.api = "http://slack/api";
    return slack::make(house.tools, settings);
  }
  std::unique_ptr<Notifier> hook() {
    slack::Settings settings;
    settings.name = "slack";
    settings.webhook = config::Secret("http://slack/services/T0/B0/secret");
    return slack::make(house.tools, settings);
  }
  void answer(const std::string& body, int status = 200) { answers.push_back({status, {}, body}); }

  using Paths = std::vector<std::string>;
  notifiers::testing::House house;
  std::deque<net::Response> answers;
  Paths paths;
  std::vector<boost::json::object> bodies;
};

}  // namespace

TEST_F(Slack, AnAlertIsOneMessageThatIsChangedAndAThreadBelowIt) {
  const auto notifier = bot();
  auto came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && *came);
  EXPECT_EQ((*came)->trail, "C1 1.2");
  EXPECT_EQ(paths, Paths{"/api/chat.postMessage"});
  Message quiet = notifiers::testing::message();
  quiet.quiet = true;
  came = house.deliver(*notifier, quiet, "C1 1.2");
  ASSERT_TRUE(came && *came);
  EXPECT_EQ(paths, (Paths{"/api/chat.postMessage", "/api/chat.update"})) << "nobody is called for a renewal";
  came = house.deliver(*notifier, notifiers::testing::message(Stage::resolved), "C1 1.2");
  ASSERT_TRUE(came && *came);
  EXPECT_EQ(paths, (Paths{"/api/chat.postMessage", "/api/chat.update", "/api/chat.update",
                          "/api/chat.postMessage"}));
  EXPECT_EQ(bodies[2].at("ts").as_string(), "1.2");
  EXPECT_EQ(bodies[3].at("thread_ts").as_string(), "1.2");
}

TEST_F(Slack, AMessageThatWasDeletedIsWrittenAnew) {
  const auto notifier = bot();
  answer(R"({"ok":false,"error":"message_not_found"})");
  const auto came = house.deliver(*notifier, notifiers::testing::message(Stage::resolved), "C1 1.2");
  ASSERT_TRUE(came && *came);
  EXPECT_EQ(paths, (Paths{"/api/chat.update", "/api/chat.postMessage"}));
  EXPECT_FALSE(bodies[1].contains("thread_ts"));
}

TEST_F(Slack, WhatIsNotOkIsToldByItsWordWithWhatMendsIt) {
  const auto notifier = bot();
  const std::vector<std::pair<std::string, Hope>> rows{{"not_in_channel", Hope::mend},
                                                       {"invalid_auth", Hope::mend},
                                                       {"internal_error", Hope::again},
                                                       {"invalid_blocks", Hope::never},
                                                       {"something_new", Hope::mend}};
  for (const auto& [error, hope] : rows) {
    answer(R"({"ok":false,"error":")" + error + R"("})");
    const auto came = house.deliver(*notifier, notifiers::testing::message());
    ASSERT_TRUE(came && !*came) << error;
    EXPECT_EQ(came->error().hope, hope) << error;
    EXPECT_NE(came->error().error.what.find(error), std::string::npos);
  }
  answers.push_back({429, {{"Retry-After", "30"}}, R"({"ok":false,"error":"ratelimited"})"});
  const auto came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().hope, Hope::again);
  EXPECT_EQ(came->error().wait, core::Duration(30s));
}

TEST_F(Slack, AWebhookSaysOkAndNothingElseCounts) {
  const auto notifier = hook();
  answer("ok");
  auto came = house.deliver(*notifier, notifiers::testing::message());
  EXPECT_TRUE(came && *came);
  answer("<html>a proxy</html>");
  came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().hope, Hope::mend);
  answer("no_service", 404);
  came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_NE(came->error().error.what.find("no_service"), std::string::npos);
  EXPECT_EQ(came->error().error.what.find("secret"), std::string::npos);
  answers.push_back({429, {{"Retry-After", "5"}}, ""});
  came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().wait, core::Duration(5s));
}

TEST_F(Slack, WhatWasSaidCannotCallTheWholeChannelNorBreakItsBounds) {
  Message message = notifiers::testing::message();
  message.sentence = "<!channel> & <http://evil|click>";
  message.why = std::string(10'000, '<');
  message.done.assign(100, std::string(1000, 'x'));
  message.links.assign(50, {"L", "http://x"});
  const auto body = slack::message_body(message, "<!here>");
  EXPECT_TRUE(body.at("text").as_string().starts_with("<!here> ")) << "what we are told to say";
  EXPECT_EQ(body.at("text").as_string().find("<!channel>"), std::string::npos);
  for (const auto& block : body.at("attachments").at(0).at("blocks").as_array()) {
    if (block.at("type") == "section") {
      EXPECT_EQ(block.at("text").at("text").as_string().find("<!channel>"), std::string::npos);
      EXPECT_LE(block.at("text").at("text").as_string().size(), 3'000u);
    } else if (block.at("type") == "header") {
      EXPECT_EQ(block.at("text").at("type"), "plain_text") << "in which nothing is called";
      EXPECT_LE(block.at("text").at("text").as_string().size(), 150u);
    } else if (block.at("type") == "actions") {
      EXPECT_LE(block.at("elements").as_array().size(), 5u);
    }
  }
}
