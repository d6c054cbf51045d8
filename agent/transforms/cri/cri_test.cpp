#include "agent/transforms/cri/cri.hpp"

#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view at = "2026-11-21T11:26:03.512345678Z";

transforms::Wrapper::Inside inside_of(std::string_view line) {
  const auto wrapper = transforms::cri::make();
  transforms::Wrapper::Inside inside;
  EXPECT_TRUE(wrapper->unwrap(line, inside)) << line;
  return inside;
}

}  // namespace

TEST(Cri, TakesTimeChannelAndTagOff) {
  const auto whole = inside_of("2026-11-21T12:26:03.512345678+01:00 stderr F  two  spaces ");
  EXPECT_EQ(whole.text, " two  spaces ");
  EXPECT_EQ(whole.channel, "stderr");
  EXPECT_EQ(whole.time, core::WallTime(1795260363512345678ns));
  EXPECT_FALSE(whole.partial);
  const std::string half = std::string(at) + " stdout P:more:tags half a";
  const auto part = inside_of(half);
  EXPECT_EQ(part.text, "half a");
  EXPECT_TRUE(part.partial);
  EXPECT_EQ(inside_of(std::string(at) + " stdout F").text, "") << "an empty line, its space cut off";
  EXPECT_EQ(inside_of(std::string(at) + " stdout F ").text, "");
}

TEST(Cri, WhatTheRuntimeDidNotWriteIsNotTakenApart) {
  const auto wrapper = transforms::cri::make();
  transforms::Wrapper::Inside inside;
  for (const char* tail : {"", " stdout", " stdin F x", " stdout X x", " stdout  F x", "  stdout F x"}) {
    EXPECT_FALSE(wrapper->unwrap(std::string(at) + tail, inside)) << tail;
  }
  for (const char* line : {"", "hello", "1795260363512345678 stdout F x",
                           "2026-11-21 11:26:03.512 stdout F x", "2026-13-21T11:26:03.512Z stdout F x"}) {
    EXPECT_FALSE(wrapper->unwrap(line, inside)) << line;
  }
}
