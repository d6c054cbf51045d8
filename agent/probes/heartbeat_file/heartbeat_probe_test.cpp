#include "agent/probes/heartbeat_file/heartbeat_probe.hpp"

#include "agent/core/text.hpp"
#include "agent/probes/test_kit.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using probes::heartbeat_file::Mark;
using probes::heartbeat_file::read_mark;

namespace {

class HeartbeatFile : public probes::testing::ProbeTest {
 protected:
  HeartbeatFile() { beat(); }

  void beat() { machine_->files["/run/beat"] = {clock_.wall(), ""}; }
  Standing ask() {
    const core::Answer answer = ProbeTest::ask(*probe_, 1s);
    detail_ = answer.detail;
    return answer.standing;
  }
  void remake() { probe_ = probes::heartbeat_file::make_probe(settings_, tools_); }

  probes::heartbeat_file::Settings settings_{"/run/beat", 1min, Mark::modified};
  std::unique_ptr<probes::Probe> probe_ = probes::heartbeat_file::make_probe(settings_, tools_);
  std::string detail_;
};

}  // namespace

TEST_F(HeartbeatFile, AFreshOneIsOkAnOldOneIsNot) {
  clock_.advance(50s);
  EXPECT_EQ(ask(), Standing::ok);
  clock_.advance(20s);
  EXPECT_EQ(ask(), Standing::not_ok);
  EXPECT_NE(detail_.find("old, wanted 1m at most"), std::string::npos) << detail_;
  beat();
  EXPECT_EQ(ask(), Standing::ok);
}

TEST_F(HeartbeatFile, OneThatWasNeverWrittenIsNotOkOneThatWeMayNotSeeIsUnknown) {
  machine_->files.clear();
  EXPECT_EQ(ask(), Standing::not_ok);
  machine_->trouble = core::Error(core::Errc::denied, "cannot look at /run/beat: Permission denied");
  EXPECT_EQ(ask(), Standing::unknown);
}

TEST_F(HeartbeatFile, FromTheFutureAndNeverSeenToChangeIsUnknownUntilItsAgeIsSure) {
  clock_.jump_wall(-1h);
  EXPECT_EQ(ask(), Standing::unknown) << detail_;
  clock_.advance(62s);
  EXPECT_EQ(ask(), Standing::not_ok) << "nobody has written it for a minute, whatever the clock says";
}

TEST_F(HeartbeatFile, AClockThatJumpsMakesNoHeartbeatOldAndNoDeadOneYoung) {
  for (const core::Duration jump : {core::Duration(2h), core::Duration(-2h)}) {
    beat();
    ask();
    clock_.advance(10s);
    beat();
    EXPECT_EQ(ask(), Standing::ok);
    clock_.jump_wall(jump);
    EXPECT_EQ(ask(), Standing::ok) << "it was written 10 s ago at most; " << detail_;
    clock_.advance(70s);
    EXPECT_EQ(ask(), Standing::not_ok) << "and now it is old; " << detail_;
  }
}

TEST_F(HeartbeatFile, ItsContentMayBeTheTime) {
  settings_.mark = Mark::rfc3339;
  remake();
  machine_->files["/run/beat"] = {{}, core::show_time(clock_.wall()) + "\n"};
  EXPECT_EQ(ask(), Standing::ok) << detail_;
  machine_->files["/run/beat"].content = "soon";
  EXPECT_EQ(ask(), Standing::not_ok);
  EXPECT_EQ(detail_, "/run/beat holds no time: \"soon\"");
}

TEST(HeartbeatMark, TimesAreReadAndNothingElse) {
  EXPECT_EQ(read_mark("1795953600.5\n", Mark::unix_seconds)->time_since_epoch(), 1795953600500ms);
  EXPECT_EQ(read_mark("1970-01-01T00:00:01Z", Mark::rfc3339)->time_since_epoch(), 1s);
  for (const char* wrong : {"", "\n", "soon", "-1", "1e300", "nan", "12 34"}) {
    EXPECT_FALSE(read_mark(wrong, Mark::unix_seconds)) << wrong;
  }
}
