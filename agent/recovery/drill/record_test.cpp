#include "agent/recovery/drill/record.hpp"

#include "agent/core/text.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

DrillRecord full_record() {
  DrillRecord record;
  record.id = "20261121-142614";
  record.finding = Finding::disproved;
  record.level = Level::checked;
  record.sentence = "the archive ends before 0/5000000";
  record.broken = "segment 000000010000000000000005 is missing";
  record.started = *core::read_time("2026-11-21T14:26:14.250Z");
  record.ended = record.started + 62s;
  record.cut = record.started;
  record.catalog = "pgbackrest stanza main";
  record.set = "20261121-120000F";
  record.set_stopped = record.started - 2h;
  record.target = "the end of the archive";
  record.system_id = 18'446'744'073'709'551'615ULL;
  record.timeline = 3;
  record.reached = wal::Lsn{0x4FFFFFF};
  record.wanted = wal::Lsn{0x5000148};
  record.canary = CanaryFinding{12, 9, 10, record.started - 41s, record.started - 51s, 51s};
  record.proven_rpo = 51s;
  record.lost_commits = 311;
  record.restore_point = RestorePoint{"before-v42", wal::Lsn{0x5000148}};
  record.isolation = Isolation{false, "the kernel says no"};
  record.contents = ContentFinding{5, 1, 2, 3, 4, 80 << 20, 1 << 30, 6, 7};
  record.phases = {{"fetch", 5700ms}, {"replay", 28700ms}, {"fetch", 300ms}};
  record.witnesses = {{"canary", core::Standing::not_ok, "row 10 did not come back", 20ms}};
  record.total = 40s;
  record.restored_bytes = 1'220'000'000;
  record.tools = {"pgbackrest 2.45"};
  return record;
}

TEST(DrillRecord, SurvivesItsLineOfJson) {
  const DrillRecord before = full_record();
  const std::string line = to_json_line(before);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto after = read_json_line(line);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(to_json_line(*after), line);
  EXPECT_EQ(after->system_id, before.system_id);
  EXPECT_EQ(after->phase("fetch"), 6s);
  EXPECT_EQ(after->canary->first_lost, 10u);
  EXPECT_EQ(after->restore_point->name, "before-v42");
  EXPECT_EQ(after->restore_point->lsn, before.restore_point->lsn);
  EXPECT_FALSE(after->isolation->cut);
  EXPECT_EQ(after->isolation->why_not, "the kernel says no");
  EXPECT_EQ(after->contents->drills_for_all, 7u);
  EXPECT_EQ(after->witnesses.front().standing, core::Standing::not_ok);
}

TEST(DrillRecord, ATornLineIsCountedAndTheOthersAreRead) {
  const std::string line = to_json_line(full_record());
  const DrillHistory history = read_history_lines(line + "\n" + line.substr(0, 200) + "\n\n" + line);
  EXPECT_EQ(history.records.size(), 2u);
  EXPECT_EQ(history.unreadable, 1u);
}

TEST(DrillRecord, OfAnotherKindOfLineNothingIsBelieved) {
  EXPECT_FALSE(read_json_line("{}").has_value());
  EXPECT_FALSE(read_json_line("[1,2]").has_value());
  EXPECT_FALSE(read_json_line(R"({"id":"1","finding":"fine"})").has_value());
}

TEST(Level, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(parse_level("L3"), Level::replayed);
  EXPECT_EQ(parse_level("l0"), Level::claimed);
  EXPECT_EQ(parse_level("4"), Level::asserted);
  EXPECT_EQ(parse_level("checked"), Level::checked);
  EXPECT_EQ(parse_level("L5"), std::nullopt);
  EXPECT_EQ(parse_level(""), std::nullopt);
  EXPECT_EQ(parse_level("unknown"), std::nullopt);
  EXPECT_EQ(name_of(Level::replayed), "L3 replayed");
}

}  // namespace
}  // namespace outrider::recovery
