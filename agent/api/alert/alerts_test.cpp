#include "agent/api/alert/alerts.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::api;
using What = core::AlertOrder::What;
using namespace std::chrono_literals;

TEST(AlertOrders, AreReadFromTheQuery) {
  const auto order = read_alert_order("target=ServiceDown%2F*&for=2h", What::silence);
  ASSERT_TRUE(order) << order.error().what;
  EXPECT_EQ(order->target, "ServiceDown/*");
  EXPECT_EQ(order->length, core::Duration(2h));
  EXPECT_TRUE(read_alert_order("", What::test)) << "all are tested";
}

TEST(AlertOrders, WhatWouldBeGuessedAtIsRefused) {
  EXPECT_FALSE(read_alert_order("", What::acknowledge));
  EXPECT_FALSE(read_alert_order("target=x", What::silence)) << "a silence ends";
  EXPECT_FALSE(read_alert_order("target=x&for=31d", What::silence));
  EXPECT_FALSE(read_alert_order("target=x&for=-1s", What::silence));
  EXPECT_FALSE(read_alert_order("target=x&for=2h", What::acknowledge));
  EXPECT_FALSE(read_alert_order("alert=x", What::acknowledge));
  EXPECT_FALSE(read_alert_order("target=%zz", What::acknowledge));
  EXPECT_FALSE(read_alert_order("target=" + std::string(501, 'x'), What::acknowledge));
}

TEST(AlertsInJson, AreTextWhateverTheyHold) {
  core::AlertsStatus known;
  known.alerts.push_back({"a@1",
                          "ServiceDown/\xff",
                          "ServiceDown",
                          core::Severity::critical,
                          "firing",
                          "x",
                          "\"it\" is down",
                          "",
                          {},
                          {"y"},
                          ""});
  known.notifiers.push_back({"slack", "slack #a", 1, 2, "not now", std::nullopt});
  const std::string text = boost::json::serialize(alerts_json(known));
  EXPECT_NE(text.find(R"("severity":"critical")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(\"it\" is down)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("last_delivered":null)"), std::string::npos) << text;
  EXPECT_EQ(text.find('\xff'), std::string::npos) << "it is UTF-8";
  EXPECT_TRUE(alerts_json(std::nullopt).is_null());
}
