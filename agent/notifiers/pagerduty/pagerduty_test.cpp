#include "agent/notifiers/pagerduty/pagerduty.hpp"

#include "agent/notifiers/testing.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;

TEST(PagerDuty, AnAlertIsOneIncidentFromItsBeginToItsEnd) {
  const auto begin = pagerduty::event_of(notifiers::testing::message());
  const auto seen = pagerduty::event_of(notifiers::testing::message(Stage::acknowledged));
  const auto end = pagerduty::event_of(notifiers::testing::message(Stage::resolved));
  EXPECT_EQ(begin.at("event_action"), "trigger");
  EXPECT_EQ(seen.at("event_action"), "acknowledge");
  EXPECT_EQ(end.at("event_action"), "resolve");
  EXPECT_EQ(begin.at("dedup_key"), end.at("dedup_key"));
  EXPECT_EQ(begin.at("dedup_key"), seen.at("dedup_key"));
}

TEST(PagerDuty, KeepsToItsBoundsAndUnknownIsWorseThanAWarning) {
  Message message = notifiers::testing::message();
  message.alert = std::string(1000, 'x');
  message.sentence = std::string(5000, 'y');
  message.severity = core::Severity::unknown;
  const auto event = pagerduty::event_of(message);
  EXPECT_LE(event.at("dedup_key").as_string().size(), 255u);
  EXPECT_LE(event.at("payload").at("summary").as_string().size(), 1024u);
  EXPECT_EQ(event.at("payload").at("severity"), "error");
}

TEST(PagerDuty, AnEventThatIsNoneIsGivenUpAndAKeyThatIsNoneIsMended) {
  notifiers::testing::House house;
  net::Response answer;
  house.net.add_host("pd:80", [&](const net::Call&) { return answer; });
  pagerduty::Settings settings;
  settings.name = "pagerduty";
  settings.url = "http://pd/v2/enqueue";
  settings.routing_key = config::Secret("key");
  const auto notifier = pagerduty::make(house.tools, settings);
  answer = {400, {}, R"({"status":"invalid event","errors":["'payload.summary' is missing"]})"};
  auto came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().hope, Hope::never);
  answer.body = R"({"status":"invalid event","errors":["Length of 'routing_key' is incorrect"]})";
  came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().hope, Hope::mend);
  answer = {429, {}, ""};
  came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && !*came);
  EXPECT_EQ(came->error().hope, Hope::again);
}
