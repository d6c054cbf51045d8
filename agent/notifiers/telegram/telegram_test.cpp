#include "agent/notifiers/telegram/telegram.hpp"

#include "agent/notifiers/testing.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::notifiers;
using namespace std::chrono_literals;

namespace {

class Telegram : public ::testing::Test {
 protected:
  Telegram() {
    house.net.add_host("api:80", [this](const net::Call& call) {
      body = boost::json::parse(call.body).as_object();
      return answer;
    });
    telegram::Settings settings;
    settings.name = "telegram";
    settings.token = config::Secret("1:secret");
    settings.chat = "-1001";
    settings.api = "http://api";
    notifier = telegram::make(house.tools, settings);
  }
  Trouble trouble() {
    const auto came = house.deliver(*notifier, notifiers::testing::message());
    EXPECT_TRUE(came && !*came);
    return came && !*came ? came->error() : Trouble{};
  }

  notifiers::testing::House house;
  std::unique_ptr<Notifier> notifier;
  net::Response answer{200, {}, R"({"ok":true,"result":{"message_id":42}})"};
  boost::json::object body;
};

}  // namespace

TEST_F(Telegram, WhatFollowsAnswersTheFirst) {
  auto came = house.deliver(*notifier, notifiers::testing::message());
  ASSERT_TRUE(came && *came);
  EXPECT_EQ((*came)->trail, "42");
  EXPECT_FALSE(body.contains("reply_parameters"));
  answer.body = R"({"ok":true,"result":{"message_id":43}})";
  came = house.deliver(*notifier, notifiers::testing::message(Stage::resolved), "42");
  ASSERT_TRUE(came && *came);
  EXPECT_EQ((*came)->trail, "42");
  EXPECT_EQ(body.at("reply_parameters").at("message_id").as_int64(), 42);
}

TEST_F(Telegram, ItIsLeftAloneForAsLongAsItAsks) {
  answer = {
      429,
      {},
      R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}})"};
  const Trouble found = trouble();
  EXPECT_EQ(found.hope, Hope::again);
  EXPECT_EQ(found.wait, core::Duration(7s));
}

TEST_F(Telegram, WhatSomebodyMustMendIsToldWithHow) {
  answer = {
      400,
      {},
      R"({"ok":false,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100987}})"};
  EXPECT_EQ(trouble().hope, Hope::mend);
  EXPECT_NE(trouble().error.hint.find("-100987"), std::string::npos);
  answer.body = R"({"ok":false,"description":"Bad Request: chat not found"})";
  EXPECT_EQ(trouble().hope, Hope::mend);
  answer.body = R"({"ok":false,"description":"Bad Request: can't parse entities"})";
  EXPECT_EQ(trouble().hope, Hope::never);
  answer = {401, {}, R"({"ok":false,"description":"Unauthorized"})"};
  EXPECT_EQ(trouble().hope, Hope::mend);
  answer = {200, {}, "<html>"};
  EXPECT_EQ(trouble().hope, Hope::mend);
}

TEST_F(Telegram, WhateverWasSaidIsTextWithinItsBound) {
  Message message = notifiers::testing::message();
  message.why = std::string(9'000, '<');
  message.done.assign(100, "<b>" + std::string(400, 'x'));
  const std::string text = telegram::text_of(message);
  EXPECT_LE(text.size(), 4000u);
  EXPECT_EQ(text.find("<b><"), std::string::npos);
  EXPECT_EQ(text.find("<b>x"), std::string::npos);
}
