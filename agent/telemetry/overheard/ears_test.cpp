#include "agent/telemetry/overheard/ears.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::telemetry;
using namespace std::chrono_literals;

namespace {

struct Listening {
  Listening() {
    ear = ears.listen([](std::string_view document) { return document.find("panic") != document.npos; }, 1min,
                      now);
  }
  void say(const std::string& document) { ears.hear({now, wall}, document); }
  void pass(core::Duration length) {
    now += length;
    wall += length;
  }
  std::uint64_t wanted() const { return ear->heard(now).wanted; }

  core::Instant now{1000h};
  core::WallTime wall{std::chrono::sys_days(std::chrono::year(2026) / 11 / 29)};
  Ears ears;
  std::shared_ptr<Ear> ear;
};

}  // namespace

TEST(Ears, CountWhatIsWantedForAsLongAsTheWindow) {
  Listening here;
  EXPECT_FALSE(here.ear->heard(here.now).anything);
  here.say(R"({"@timestamp":"2026-11-29T00:00:00Z","message":"served"})");
  EXPECT_EQ(here.wanted(), 0u);
  EXPECT_TRUE(here.ear->heard(here.now).anything);
  here.say(R"({"@timestamp":"2026-11-29T00:00:00Z","message":"panic: one"})");
  here.pass(30s);
  here.say(R"({"@timestamp":"2026-11-29T00:00:30Z","message":"panic: two"})");
  EXPECT_EQ(here.wanted(), 2u);
  EXPECT_NE(here.ear->heard(here.now).last.find("panic: two"), std::string::npos);
  here.pass(31s);
  EXPECT_EQ(here.wanted(), 1u);
  here.pass(30s);
  EXPECT_EQ(here.wanted(), 0u);
  EXPECT_EQ(here.ear->heard(here.now).last, "") << "it is over";
}

TEST(Ears, HistoryThatIsReadLateIsNoNews) {
  Listening here;
  here.say(R"({"@timestamp":"2026-11-28T23:58:59Z","message":"panic: yesterday"})");
  EXPECT_EQ(here.wanted(), 0u);
  here.say(R"({"@timestamp":"2026-11-28T23:59:01Z","message":"panic: a moment ago"})");
  here.say(R"({"@timestamp":"when?","message":"panic: nobody knows"})");
  here.say("panic");
  EXPECT_EQ(here.wanted(), 3u);
}

TEST(Ears, ForgetWhatAProcessWroteThatIsNoMore) {
  Listening here;
  here.say("panic");
  here.pass(1s);
  here.ears.begin_again(here.now);
  EXPECT_EQ(here.wanted(), 0u);
  EXPECT_EQ(here.ear->heard(here.now).since, here.now);
  here.say("panic");
  EXPECT_EQ(here.wanted(), 1u);
}

TEST(Ears, WhoLetsGoIsToldNothingMore) {
  Listening here;
  EXPECT_TRUE(here.ears.anybody());
  std::weak_ptr<Ear> gone = here.ear;
  here.ear.reset();
  EXPECT_TRUE(gone.expired());
  here.say("panic");
  here.ear = here.ears.listen([](std::string_view) { return true; }, 1s, here.now);
  here.say("panic");
  EXPECT_EQ(here.wanted(), 1u);
}

TEST(Ears, MayBeAskedWhileTheyHear) {
  Listening here;
  std::atomic<bool> over = false;
  std::thread river([&] {
    for (int line = 0; line < 10'000; ++line) here.say("panic");
    over = true;
  });
  std::uint64_t before = 0;
  while (!over) {
    const std::uint64_t now = here.wanted();
    EXPECT_GE(now, before);
    before = now;
    const auto another = here.ears.listen([](std::string_view) { return true; }, 1s, here.now);
  }
  river.join();
  EXPECT_EQ(here.wanted(), 10'000u);
}
