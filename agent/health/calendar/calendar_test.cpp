#include "agent/health/calendar/calendar.hpp"

#include "agent/core/text.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::health;
using namespace std::chrono_literals;

namespace {

core::WallTime at(const char* text) { return core::read_time(text).value(); }

LocalTime local(const char* text) { return at(text).time_since_epoch(); }

std::string four_bytes(std::uint32_t number) {
  std::string bytes;
  for (unsigned shift = 32; shift > 0; shift -= 8) bytes += static_cast<char>(number >> (shift - 8) & 0xFFU);
  return bytes;
}

// Central Europe in 2026 and 2027: summer from the last Sunday of March to that of October.
std::string berlin() {
  const std::vector<std::pair<const char*, unsigned char>> changes{{"2026-03-29T01:00:00Z", 1},
                                                                   {"2026-10-25T01:00:00Z", 0},
                                                                   {"2027-03-28T01:00:00Z", 1},
                                                                   {"2027-10-31T01:00:00Z", 0}};
  std::string bytes = "TZif";
  bytes += '\0';
  bytes.append(15, '\0');
  for (const std::uint32_t count : {0U, 0U, 0U, 4U, 2U, 4U}) bytes += four_bytes(count);
  for (const auto& [when, type] : changes)
    bytes += four_bytes(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(at(when).time_since_epoch()).count()));
  for (const auto& [when, type] : changes) bytes += static_cast<char>(type);
  bytes += four_bytes(3600) + std::string("\0\0", 2) + four_bytes(7200) + std::string("\1\0", 2) + "CET";
  bytes += '\0';
  return bytes;
}

Zone central_europe() { return Zone::read(berlin()).value(); }

MaintenanceWindow each_day(core::Duration when, core::Duration length) {
  MaintenanceWindow window;
  window.days.fill(true);
  window.at = when;
  window.length = length;
  window.reason = "vacuum";
  return window;
}

}  // namespace

TEST(Zone, ShowsWhatClocksShow) {
  const Zone zone = central_europe();
  EXPECT_EQ(zone.local(at("2026-02-01T12:00:00Z")), local("2026-02-01T13:00:00Z"));
  EXPECT_EQ(zone.local(at("2026-07-01T12:00:00Z")), local("2026-07-01T14:00:00Z"));
  EXPECT_EQ(Zone().local(at("2026-07-01T12:00:00Z")), local("2026-07-01T12:00:00Z"));
}

TEST(Zone, ALocalTimeThatIsTwiceIsTheFirstAndOneThatIsNotIsAfterTheLeap) {
  const Zone zone = central_europe();
  EXPECT_EQ(zone.moment(local("2026-10-25T02:30:00Z")), at("2026-10-25T00:30:00Z"));
  EXPECT_EQ(zone.moment(local("2026-03-29T02:30:00Z")), at("2026-03-29T01:30:00Z")) << "it shows 03:30 then";
  EXPECT_EQ(zone.moment(local("2026-03-29T03:00:00Z")), at("2026-03-29T01:00:00Z"));
}

TEST(Zone, EveryHourOfTwoYearsComesBackAsItself) {
  const Zone zone = central_europe();
  for (core::WallTime time = at("2026-01-01T00:00:00Z"); time < at("2027-12-31T00:00:00Z"); time += 30min) {
    const core::WallTime back = zone.moment(zone.local(time));
    EXPECT_TRUE(back == time || back == time - 1h) << core::show_time(time);
    EXPECT_EQ(zone.local(back), zone.local(time));
  }
}

TEST(Zone, WhatIsNoZoneIsRefusedAndNothingIsReadBeyondIt) {
  EXPECT_FALSE(Zone::read(""));
  EXPECT_FALSE(Zone::read("TZif2 but nothing more of it than a few words that are here to be long"));
  const std::string whole = berlin();
  for (std::size_t size = 0; size + 4 < whole.size(); ++size)
    EXPECT_FALSE(Zone::read(whole.substr(0, size))) << size;
}

TEST(Zone, ReadsWhatTheMachineHas) {
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  if (!file) GTEST_SKIP() << "no tzdata here";
  std::stringstream text;
  text << file.rdbuf();
  const auto zone = Zone::read(text.str());
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->local(at("2026-07-01T12:00:00Z")), local("2026-07-01T14:00:00Z"));
  EXPECT_EQ(zone->local(at("2026-12-01T12:00:00Z")), local("2026-12-01T13:00:00Z"));
}

TEST(Calendar, AWindowIsThereEachDayAndSaysUntilWhen) {
  CalendarSettings settings;
  settings.maintenance = {each_day(3h, 1h)};
  const Calendar calendar(settings, Zone());
  Outlook outlook = calendar.look(at("2026-05-01T02:59:59Z"), std::nullopt);
  EXPECT_EQ(outlook.season.maintenance, "");
  EXPECT_EQ(outlook.changes_at, at("2026-05-01T03:00:00Z"));
  outlook = calendar.look(at("2026-05-01T03:00:00Z"), std::nullopt);
  EXPECT_EQ(outlook.season.maintenance, "until 2026-05-01T04:00:00.000Z (vacuum)");
  EXPECT_EQ(outlook.changes_at, at("2026-05-01T04:00:00Z"));
  EXPECT_EQ(calendar.look(at("2026-05-01T04:00:00Z"), std::nullopt).season.maintenance, "");
}

TEST(Calendar, AWindowOverMidnightBelongsToTheDayItBegins) {
  CalendarSettings settings;
  settings.maintenance = {each_day(23h, 2h)};
  settings.maintenance[0].days = {false, false, false, false, true, false, false};  // Friday
  const Calendar calendar(settings, Zone());
  EXPECT_NE(calendar.look(at("2026-05-02T00:30:00Z"), std::nullopt).season.maintenance, "") << "a Saturday";
  EXPECT_EQ(calendar.look(at("2026-05-01T00:30:00Z"), std::nullopt).season.maintenance, "");
  EXPECT_EQ(calendar.look(at("2026-05-02T23:30:00Z"), std::nullopt).season.maintenance, "");
}

TEST(Calendar, AWindowKeepsItsLengthAndItsPlaceOnTheWallThroughTheChangeOfClocks) {
  CalendarSettings settings;
  settings.maintenance = {each_day(2h + 30min, 1h)};
  const Calendar calendar(settings, central_europe());
  const auto minutes_on = [&](const char* day) {
    int minutes = 0;
    for (core::WallTime time = at(day); time < at(day) + 24h; time += 1min)
      minutes += calendar.look(time, std::nullopt).season.maintenance.empty() ? 0 : 1;
    return minutes;
  };
  EXPECT_EQ(minutes_on("2026-03-28T12:00:00Z"), 60) << "the clocks leap over it";
  EXPECT_EQ(minutes_on("2026-10-24T12:00:00Z"), 60) << "the clocks show it twice";
  EXPECT_EQ(minutes_on("2026-07-01T12:00:00Z"), 60);
  EXPECT_NE(calendar.look(at("2026-07-01T00:45:00Z"), std::nullopt).season.maintenance, "");
  EXPECT_NE(calendar.look(at("2026-12-01T01:45:00Z"), std::nullopt).season.maintenance, "");
}

TEST(Calendar, ExamDaysFreezeActionsOrRaiseWhatIsTold) {
  CalendarSettings settings;
  settings.occasions = {{"exams", local("2026-06-12T08:00:00Z"), local("2026-06-12T16:00:00Z"), true, false},
                        {"term", local("2026-06-01T00:00:00Z"), local("2026-07-01T00:00:00Z"), false, true}};
  const Calendar calendar(settings, central_europe());
  EXPECT_EQ(calendar.look(at("2026-06-12T05:59:59Z"), std::nullopt).season.frozen, "");
  const Outlook outlook = calendar.look(at("2026-06-12T06:00:00Z"), std::nullopt);
  EXPECT_EQ(outlook.season.frozen, "until 2026-06-12T14:00:00.000Z (exams)");
  EXPECT_EQ(outlook.season.raised, "until 2026-06-30T22:00:00.000Z (term)");
  EXPECT_EQ(outlook.changes_at, at("2026-06-12T14:00:00Z"));
  EXPECT_EQ(calendar.look(at("2027-01-01T00:00:00Z"), std::nullopt).changes_at, std::nullopt);
}

TEST(Calendar, AnOperatorsMaintenanceIsToldWithWhoAndWhy) {
  const Calendar calendar({}, Zone());
  const AdHoc ad_hoc{at("2026-05-01T13:00:00Z"), "new disks", "alice"};
  EXPECT_EQ(calendar.look(at("2026-05-01T12:00:00Z"), ad_hoc).season.maintenance,
            "until 2026-05-01T13:00:00.000Z (alice: new disks)");
  EXPECT_EQ(calendar.look(at("2026-05-01T13:00:00Z"), ad_hoc).season.maintenance, "");
}
