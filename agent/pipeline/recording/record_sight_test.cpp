#include "agent/pipeline/recording/record_sight.hpp"

#include "agent/pipeline/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::pipeline;
using outrider::pipeline::testing::House;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

struct Kept {
  std::vector<std::string> documents;
  std::vector<bool> unterminated;
  Keep keep() {
    return [this](core::WallTime, std::string_view, std::string_view document, bool torn) {
      documents.emplace_back(document);
      unterminated.push_back(torn);
    };
  }
};

}  // namespace

TEST(Recording, HoldsWhatIsLeftOutAsWell) {
  Kept kept;
  House house(
      "{read: [{child: all, format: json}], steps: [{drop: [{level: debug}]}], "
      "send_to: [{file: {path: /out.log}}]}",
      kept.keep());
  auto pipe = house.start_child();
  pipe.write(
      "{\"level\":\"debug\",\"message\":\"cache miss\"}\n{\"level\":\"info\",\"message\":\"served\"}\n");
  house.clock.advance(std::chrono::seconds(1));
  ASSERT_EQ(kept.documents.size(), 2u);
  EXPECT_THAT(kept.documents[0], HasSubstr("cache miss"));
  EXPECT_THAT(kept.documents[1], HasSubstr("served"));
  house.stop();
  EXPECT_EQ(house.lines("/out.log").size(), 1u) << "the sink gets what it got before";
}

TEST(Recording, NoSecretIsInItWhateverBecomesOfTheLine) {
  Kept kept;
  House house(
      "{read: [{child: all, format: json}], steps: [{drop: [{level: debug}]}, "
      "{rename: {pw: password}}], redact: [email, {field: password}], "
      "send_to: [{file: {path: /out.log}}]}",
      kept.keep());
  auto pipe = house.start_child();
  pipe.write(
      "{\"level\":\"debug\",\"message\":\"mail bob@example.com\",\"pw\":\"hunter2\"}\n"
      "{\"level\":\"info\",\"message\":\"mail bob@example.com\",\"pw\":\"hunter2\"}\n");
  house.clock.advance(std::chrono::seconds(1));
  ASSERT_EQ(kept.documents.size(), 2u);
  for (const std::string& document : kept.documents) {
    EXPECT_THAT(document, Not(HasSubstr("bob@example.com")));
    EXPECT_THAT(document, Not(HasSubstr("hunter2")));
  }
}

TEST(Recording, TheLastLineIsThereThoughItNeverEnded) {
  Kept kept;
  House house("{read: [{child: all}], send_to: [{file: {path: /out.log}}]}", kept.keep());
  auto pipe = house.start_child();
  pipe.write("whole\nFATAL: out of mem");
  house.clock.advance(std::chrono::seconds(1));
  pipe.close();
  house.clock.advance(std::chrono::seconds(1));
  ASSERT_EQ(kept.documents.size(), 2u);
  EXPECT_THAT(kept.documents[1], HasSubstr("FATAL: out of mem"));
  EXPECT_FALSE(kept.unterminated[0]);
  EXPECT_TRUE(kept.unterminated[1]);
}

TEST(Recording, WhatIsLeftOutIsReadOnWithinABound) {
  Kept kept;
  House house(
      "{read: [{child: all, format: json}], steps: [{drop: [{level: debug}]}], "
      "send_to: [{file: {path: /out.log}}]}",
      kept.keep());
  auto pipe = house.start_child();
  std::string flood;
  for (int i = 0; i < 5000; ++i) flood += "{\"level\":\"debug\",\"message\":\"noise\"}\n";
  pipe.write(flood);
  house.clock.settle();
  EXPECT_EQ(kept.documents.size(), RecordSight::most_left_out_a_second);
  house.clock.advance(std::chrono::seconds(2));
  pipe.write("{\"level\":\"debug\",\"message\":\"later\"}\n");
  house.clock.settle();
  EXPECT_THAT(kept.documents.back(), HasSubstr("later"));
}
