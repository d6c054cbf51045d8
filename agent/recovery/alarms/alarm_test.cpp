#include "agent/recovery/alarms/alarm.hpp"

#include "agent/recovery/alarms/record.hpp"

#include <set>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Planted lost{"segment 7 is not listed any more", "7"};

Heard quiet() {
  Heard heard;
  heard.over.fill(0);
  return heard;
}

Heard fires(std::string sentence, double over = 1, Severity severity = Severity::critical) {
  Heard heard = quiet();
  heard.judgements = {{"archive.gap:main:x", severity, std::move(sentence), "", {}}};
  heard.over[static_cast<std::size_t>(Alarm::lost_segment)] = over;
  return heard;
}

AlarmFinding judged(const Heard& before, const Heard& with) {
  return on_already(Alarm::lost_segment, before).value_or(judge_alarm(Alarm::lost_segment, lost, with));
}

DrillRecord drilled(Finding finding, std::string broken) {
  DrillRecord record;
  record.finding = finding;
  record.broken = std::move(broken);
  return record;
}

AlarmFinding judged(const DrillRecord& record, double over = 1) {
  return judge_drilled_alarm(Alarm::zeroed_page, {"a page of notes is zeroed", "notes in school"}, record,
                             over);
}

TEST(Alarm, IsProvenWhenItWasQuietAndFiresAndNamesWhatIsWrong) {
  const AlarmFinding finding = judged(quiet(), fires("segment 7 is missing"));
  EXPECT_EQ(finding.finding, Finding::proven);
  EXPECT_THAT(finding.sentence, HasSubstr("segment 7 is missing"));
  EXPECT_THAT(finding.sentence, HasSubstr("ArchiveGap"));
  EXPECT_EQ(finding.planted, lost.what);
}

TEST(Alarm, ThatStaysQuietIsDeaf) {
  EXPECT_EQ(judged(quiet(), quiet()).finding, Finding::disproved);
  EXPECT_THAT(judged(quiet(), quiet()).sentence, HasSubstr("the alarm for lost_segment does not fire"));
  EXPECT_EQ(judged(quiet(), fires("segment 7 is missing", 1, Severity::warning)).finding, Finding::disproved)
      << "a warning wakes nobody";
}

TEST(Alarm, ThatNamesAnotherThingIsDeafToThisOne) {
  const AlarmFinding finding = judged(quiet(), fires("segment 9 is missing"));
  EXPECT_EQ(finding.finding, Finding::disproved);
  EXPECT_THAT(finding.sentence, HasSubstr("does not name 7"));
}

TEST(Alarm, ThatIsSeenAndNotInItsSeriesCallsNobody) {
  const AlarmFinding finding = judged(quiet(), fires("segment 7 is missing", 0));
  EXPECT_EQ(finding.finding, Finding::disproved);
  EXPECT_THAT(finding.sentence, HasSubstr("outrider_recovery_archive_gaps"));
  EXPECT_EQ(judged(quiet(), fires("segment 7 is missing", Heard::not_known)).finding, Finding::disproved);
}

TEST(Alarm, ThatWasOnOrUnknownBeforeProvesNothing) {
  const Heard with = fires("segment 7 is missing");
  EXPECT_EQ(judged(fires("segment 3 is missing"), with).finding, Finding::could_not_verify);
  EXPECT_EQ(judged(fires("it could not be read", 0, Severity::unknown), with).finding,
            Finding::could_not_verify);
  EXPECT_EQ(judged(fires("an old hole", 0, Severity::warning), with).finding, Finding::proven);
  EXPECT_EQ(judged(fires("an old hole", 1, Severity::warning), with).finding, Finding::could_not_verify);
  EXPECT_EQ(judged(Heard(), with).finding, Finding::could_not_verify) << "NaN is not quiet";
}

TEST(Alarm, OfADrillFiresWhenTheDrillDisprovesAndNamesIt) {
  EXPECT_EQ(judged(drilled(Finding::disproved, "rows: notes in school has 1 rows, its index 2")).finding,
            Finding::proven);
  EXPECT_EQ(judged(drilled(Finding::disproved, "rows: exams in school has 1 rows")).finding,
            Finding::disproved);
  EXPECT_EQ(judged(drilled(Finding::disproved, "notes in school"), 0).finding, Finding::disproved);
  EXPECT_EQ(judged(drilled(Finding::could_not_verify, "the disk is full")).finding,
            Finding::could_not_verify);
}

TEST(Alarm, OfADrillThatCallsItProvenIsDeafUnlessAWitnessCouldNotBeAsked) {
  DrillRecord record = drilled(Finding::proven, "");
  EXPECT_EQ(judged(record).finding, Finding::disproved);
  record.witnesses = {{"pages of zeroes", core::Standing::unknown, "pageinspect is missing", {}}};
  EXPECT_EQ(judged(record).finding, Finding::could_not_verify);
  EXPECT_THAT(judged(record).sentence, HasSubstr("pageinspect is missing"));
}

TEST(Alarms, AreAsGoodAsTheWorstOfThem) {
  EXPECT_EQ(worst_of(std::vector<AlarmFinding>{}), Finding::could_not_verify);
  std::vector<AlarmFinding> all{{Alarm::lost_segment, Finding::proven, "", "", {}}};
  EXPECT_EQ(worst_of(all), Finding::proven);
  all.push_back(could_not_hear(Alarm::notifier, "not configured"));
  EXPECT_EQ(worst_of(all), Finding::could_not_verify);
  all.push_back({Alarm::zeroed_page, Finding::disproved, "", "", {}});
  EXPECT_EQ(worst_of(all), Finding::disproved);
}

TEST(Alarms, HaveARuleEachInTheOrderOfTheirNames) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < alarm_count; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(alarm_rules()[i].alarm), i);
    names.insert(alarm_rules()[i].name);
  }
  EXPECT_EQ(names.size(), alarm_count);
}

AlarmRecord some_record() {
  AlarmRecord record;
  record.id = "20261121-142614";
  record.started = core::WallTime(std::chrono::seconds(1'790'000'000));
  record.ended = record.started + std::chrono::seconds(90);
  record.catalog = "pgbackrest stanza main";
  record.alarms = {
      {Alarm::lost_segment, Finding::proven, "it is gone", "7 is missing", std::chrono::seconds(1)},
      {Alarm::hung_archiver, Finding::disproved, "it hangs", "it does not fire", {}},
      could_not_hear(Alarm::notifier, "nobody to ask")};
  return record;
}

TEST(AlarmRecord, ComesBackFromItsLine) {
  const AlarmRecord record = some_record();
  const std::string line = boost::json::serialize(to_json(record));
  const auto read = read_alarm_line(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(show(*read).find("DISPROVED"), 0U);
  EXPECT_EQ(read->ended, record.ended);
  ASSERT_EQ(read->alarms.size(), 3U);
  EXPECT_EQ(read->alarms[1].finding, Finding::disproved);
  EXPECT_EQ(read->alarms[2].sentence, "nobody to ask");
  EXPECT_EQ(exit_code_of(*read), 2);
  EXPECT_FALSE(read_alarm_line("{\"id\": \"x\"}"));
  const auto last = read_last_alarms(line + "\n{torn");
  ASSERT_TRUE(last);
  EXPECT_EQ(last->id, record.id);
  EXPECT_FALSE(read_last_alarms("{torn"));
}

TEST(AlarmRecord, WarnsOfDeafAlarmsOnly) {
  const Judgements found = judge_record(some_record());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "alarm.deaf:hung_archiver");
  EXPECT_EQ(found[0].severity, Severity::warning);
}

}  // namespace
}  // namespace outrider::recovery
