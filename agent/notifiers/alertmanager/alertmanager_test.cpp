#include "agent/notifiers/alertmanager/alertmanager.hpp"

#include "agent/core/text.hpp"
#include "agent/notifiers/testing.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;
using namespace std::chrono_literals;

namespace {

boost::json::object alert_of(const Message& message, core::WallTime now) {
  return boost::json::parse(alertmanager::body_of(message, 5min, now)).at(0).as_object();
}

std::string text(const boost::json::object& alert, const char* key) {
  return std::string(alert.at(key).as_string().c_str());
}

}  // namespace

TEST(Alertmanager, AnAlertEndsByItselfWhenNobodyTellsOfItAnyMore) {
  const Message message = notifiers::testing::message();
  const core::WallTime now = message.at + 10min;
  EXPECT_EQ(text(alert_of(message, now), "endsAt"), core::show_time(now + 5min));
  EXPECT_EQ(text(alert_of(message, now), "startsAt"), core::show_time(message.began));
  const Message over = notifiers::testing::message(Stage::resolved);
  EXPECT_EQ(text(alert_of(over, now), "endsAt"), core::show_time(over.at));
}

TEST(Alertmanager, AllLabelsArePutButNoEmptyOnes) {
  Message message = notifiers::testing::message();
  message.labels.emplace_back("nothing", "");
  const auto labels = alert_of(message, message.at).at("labels").as_object();
  EXPECT_EQ(labels.size(), 9u);
  EXPECT_FALSE(labels.contains("nothing"));
}

TEST(Alertmanager, EachMemberOfAClusterIsToldAndOneIsEnough) {
  notifiers::testing::House house;
  int first = 0, second = 0, status = 200;
  house.net.add_host("a:9093", [&](const net::Call& call) {
    EXPECT_EQ(call.path, "/api/v2/alerts");
    ++first;
    return net::Response{status, {}, ""};
  });
  house.net.add_host("b:9093", [&](const net::Call&) {
    ++second;
    return net::Response{503, {}, ""};
  });
  alertmanager::Settings settings;
  settings.name = "alertmanager";
  settings.urls = {"http://b:9093", "http://a:9093/"};
  const auto notifier = alertmanager::make(house.tools, settings);
  auto came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && *came);
  EXPECT_NE((*came)->said.find("taken by a:9093"), std::string::npos) << (*came)->said;
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  EXPECT_EQ(notifier->forgets_after(), core::Duration(5min));
  status = 400;
  came = house.deliver(*notifier, notifiers::testing::message());
  EXPECT_TRUE(came && !*came);
}
