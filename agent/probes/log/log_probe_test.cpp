#include "agent/probes/log/log_probe.hpp"

#include "agent/probes/test_kit.hpp"

#include <fmt/format.h>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using telemetry::Severity;

namespace {

class LogProbe : public probes::testing::ProbeTest {
 protected:
  LogProbe() { tools_.ears = &ears_; }

  void listen(const probes::log::Settings& settings) { probe_ = probes::log::make_probe(settings, tools_); }
  void say(const std::string& level, const std::string& message, int times = 1) {
    const std::string document = fmt::format(R"({{"log.level":"{}","message":"{}"}})", level, message);
    for (int time = 0; time < times; ++time) ears_.hear({clock_.now(), clock_.wall()}, document);
  }
  Standing ask() {
    const core::Answer answer = ProbeTest::ask(*probe_, 1s);
    detail_ = answer.detail;
    return answer.standing;
  }

  telemetry::Ears ears_;
  std::unique_ptr<probes::Probe> probe_;
  std::string detail_;
};

}  // namespace

TEST_F(LogProbe, OneLineThatMustNotBeIsNotOkForAsLongAsSaid) {
  listen({.match = "panic:", .most = 0});
  say("info", "served");
  EXPECT_EQ(ask(), Standing::ok) << detail_;
  say("error", "goroutine 1: panic: no \\\"memory\\\"");
  EXPECT_EQ(ask(), Standing::not_ok);
  EXPECT_EQ(detail_,
            "1 lines whose message matches /panic:/ within 1m, wanted 0 at most; "
            "the last: \"goroutine 1: panic: no \"memory\"\"");
  clock_.advance(1min);
  EXPECT_EQ(ask(), Standing::ok) << detail_;
}

TEST_F(LogProbe, OnlyLinesOfTheLevelOrWorseAreCounted) {
  listen({.level = Severity::error, .most = 2});
  say("warn", "slow", 10);
  say("error", "failed");
  say("fatal", "failed");
  EXPECT_EQ(ask(), Standing::ok);
  EXPECT_EQ(detail_, "2 lines at level error or worse within 1m");
  say("error", "failed");
  EXPECT_EQ(ask(), Standing::not_ok);
}

TEST_F(LogProbe, ALineWithoutALevelHasNone) {
  listen({.level = Severity::warn, .most = 0});
  ears_.hear({clock_.now(), clock_.wall()}, R"({"message":"error"})");
  EXPECT_EQ(ask(), Standing::ok) << detail_;
}

TEST_F(LogProbe, SilenceIsNotOkOnlyOnceItWasListenedForLongEnough) {
  listen({.match = "^batch [0-9]+ done", .least = 1, .within = 5min});
  say("info", "started");
  EXPECT_EQ(ask(), Standing::unknown);
  EXPECT_NE(detail_.find("listened for"), std::string::npos) << detail_;
  say("info", "batch 12 done");
  EXPECT_EQ(ask(), Standing::ok);
  clock_.advance(6min);
  EXPECT_EQ(ask(), Standing::not_ok) << detail_;
}

TEST_F(LogProbe, ALogThatNobodyReadsIsUnknownAndNeverOk) {
  listen({.match = "panic:", .most = 0});
  clock_.advance(1h);
  EXPECT_EQ(ask(), Standing::unknown);
  tools_.ears = nullptr;
  listen({.match = "panic:", .most = 0});
  EXPECT_EQ(ask(), Standing::unknown);
}

TEST_F(LogProbe, AnyFieldCanBeAskedFor) {
  listen({.match = "^5..$", .field = "http.response.status_code", .most = 0});
  ears_.hear({clock_.now(), clock_.wall()}, R"({"message":"x","http":{"response":{"status_code":200}}})");
  EXPECT_EQ(ask(), Standing::ok) << detail_;
  ears_.hear({clock_.now(), clock_.wall()}, R"({"message":"x","http.response.status_code":503})");
  EXPECT_EQ(ask(), Standing::not_ok);
  EXPECT_NE(detail_.find("the last: \"503\""), std::string::npos) << detail_;
}

TEST_F(LogProbe, ANewProcessIsNotBlamedForTheLinesOfTheOneBefore) {
  listen({.match = "panic:", .most = 0});
  say("error", "panic:");
  EXPECT_EQ(ask(), Standing::not_ok);
  ears_.begin_again(clock_.now());
  EXPECT_EQ(ask(), Standing::ok) << detail_;
}
