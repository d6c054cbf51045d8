#include "agent/net/h2/grpc.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace std::chrono_literals;

TEST(Grpc, AMessageIsFoundAsItWasPacked) {
  for (const bool is_packed : {false, true}) {
    const std::string text(70'000, 'x'), body = grpc_prefix(text.size(), is_packed) + text;
    const auto message = read_grpc_message(body);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->bytes, text);
    EXPECT_EQ(message->is_packed, is_packed);
  }
  EXPECT_EQ(grpc_prefix(258, true), std::string("\1\0\0\1\2", 5));
}

TEST(Grpc, WhatIsNotOneWholeMessageIsNone) {
  for (const std::string& body : {std::string(), std::string("abcd"), grpc_prefix(4, false) + "abc",
                                  grpc_prefix(2, false) + "abc", std::string("\0\xff\xff\xff\xff", 5)})
    EXPECT_FALSE(read_grpc_message(body));
}

TEST(Grpc, TimesAreReadAsTheyAreWritten) {
  for (const core::Duration limit : std::initializer_list<core::Duration>{1ms, 250ms, 30s, 10min, 24h})
    EXPECT_EQ(read_grpc_timeout(grpc_timeout(limit)), limit);
  EXPECT_EQ(grpc_timeout(10us), "1m") << "none is zero";
  EXPECT_EQ(grpc_timeout(2000h), "99999999m") << "eight digits";
  EXPECT_GT(read_grpc_timeout("99999999H"), core::Duration(1000h)) << "and not around the corner";
}

TEST(Grpc, TextsPassThroughHeaders) {
  const std::string text = "100 % of “it”\r\nis lost";
  EXPECT_EQ(read_grpc_text(grpc_text(text)), text);
  EXPECT_EQ(grpc_text("50 %\n"), "50 %25%0A");
  EXPECT_EQ(read_grpc_text("50 %, 3%x"), "50 %, 3%x") << "broken";
}

TEST(Grpc, StatusesHaveNames) {
  EXPECT_EQ(name_of_grpc(8), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(name_of_grpc(16), "UNAUTHENTICATED");
  EXPECT_EQ(name_of_grpc(17), "status 17");
  EXPECT_EQ(name_of_grpc(-1), "status -1");
}
