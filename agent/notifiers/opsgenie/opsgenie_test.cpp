#include "agent/notifiers/opsgenie/opsgenie.hpp"

#include "agent/notifiers/testing.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;

TEST(Opsgenie, IsAcknowledgedAndClosedByTheAliasItWasCreatedWith) {
  notifiers::testing::House house;
  std::vector<std::string> paths;
  house.net.add_host("og:80", [&](const net::Call& call) {
    paths.push_back(call.path + (call.query.empty() ? "" : "?" + call.query));
    EXPECT_EQ(net::header(call.headers, "authorization"), "GenieKey key");
    return net::Response{202, {}, "{}"};
  });
  opsgenie::Settings settings;
  settings.name = "opsgenie";
  settings.url = "http://og";
  settings.key = config::Secret("key");
  const auto notifier = opsgenie::make(house.tools, settings);
  for (const Stage stage : {Stage::firing, Stage::acknowledged, Stage::resolved}) {
    const auto came = house.deliver(*notifier, notifiers::testing::message(stage));
    EXPECT_TRUE(came && *came);
  }
  const std::string alias(
      opsgenie::alert_of(notifiers::testing::message(), {}).at("alias").as_string().c_str());
  EXPECT_EQ(paths, (std::vector<std::string>{"/v2/alerts",
                                             "/v2/alerts/" + alias + "/acknowledge?identifierType=alias",
                                             "/v2/alerts/" + alias + "/close?identifierType=alias"}));
}

TEST(Opsgenie, KeepsToItsBounds) {
  Message message = notifiers::testing::message();
  message.sentence = std::string(5000, 'y');
  message.done.assign(100, std::string(1000, 'z'));
  const auto alert = opsgenie::alert_of(message, {"school"});
  EXPECT_LE(alert.at("message").as_string().size(), 130u);
  EXPECT_LE(alert.at("description").as_string().size(), 15'000u);
  EXPECT_EQ(alert.at("priority"), "P1");
}
