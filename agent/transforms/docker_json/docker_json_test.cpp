#include "agent/transforms/docker_json/docker_json.hpp"

#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

TEST(DockerJson, TakesTheLogOut) {
  const auto wrapper = transforms::docker_json::make();
  transforms::Wrapper::Inside inside;
  ASSERT_TRUE(wrapper->unwrap(
      R"({"log":"{\"msg\":\"a\\nb\"}\r\n","stream":"stderr","attrs":{"a":"b"},"time":"2026-11-21T11:26:03.512345678Z"})",
      inside));
  EXPECT_EQ(inside.text, R"({"msg":"a\nb"})");
  EXPECT_EQ(inside.channel, "stderr");
  EXPECT_EQ(inside.time, core::WallTime(1795260363512345678ns));
  EXPECT_FALSE(inside.partial);
  ASSERT_TRUE(wrapper->unwrap(R"({"log":"half a","stream":"stdout","time":"2026-11-21T11:26:03Z"})", inside));
  EXPECT_EQ(inside.text, "half a");
  EXPECT_TRUE(inside.partial) << "no line end: its rest follows";
}

TEST(DockerJson, WhatDockerDidNotWriteIsNotTakenApart) {
  const auto wrapper = transforms::docker_json::make();
  transforms::Wrapper::Inside inside;
  for (const char* line : {"", "hello", "{}", R"({"log":"x\n","stream":"stdout"})",
                           R"({"log":"x\n","time":"2026-11-21T11:26:03Z"})",
                           R"({"log":1,"stream":"stdout","time":"2026-11-21T11:26:03Z"})",
                           R"({"log":"x\n","stream":"stdin","time":"2026-11-21T11:26:03Z"})",
                           R"({"log":"x\n","stream":"stdout","time":"noon"})",
                           R"({"log":"x\n","stream":"stdout","time":"2026-11-21T11:26:03Z"} and more)"}) {
    EXPECT_FALSE(wrapper->unwrap(line, inside)) << line;
  }
}
