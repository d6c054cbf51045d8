#include "agent/ui/incident/incident_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using testing::HasSubstr;
using testing::Not;

namespace {

incident::Incident hostile() {
  const std::string evil = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x1b[31m";
  incident::Incident of;
  of.id = "20261129-021500-k7";
  of.service = of.version = of.instance = of.title = of.verdict = of.root_cause = of.conclusion = evil;
  of.opened = core::WallTime(std::chrono::seconds(1'700'000'000));
  of.last_words = evil;
  of.deaths = {{of.opened, evil, 3, std::nullopt, true}};
  of.deaths_total = 50;
  of.changes = of.timeline = of.answers = {{of.opened, evil, evil}};
  of.findings = {{evil, evil + "\nsecond line"}};
  incident::Line line;
  line.at = of.opened;
  line.stream = line.level = line.text = evil;
  of.lines = {line};
  for (int i = 0; i < 3; ++i) {
    incident::Sample sample;
    sample.at = of.opened + std::chrono::seconds(i);
    sample.resident_bytes = static_cast<std::uint64_t>(i) << 20U;
    of.samples.push_back(sample);
  }
  return of;
}

}  // namespace

TEST(IncidentPage, WhatTheServiceWroteIsTextAndNothingElse) {
  const std::string page = ui::incident_page(hostile());
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("\nsecond line"));
}

TEST(IncidentPage, NeedsNothingFromElsewhere) {
  const std::string page = ui::incident_page(hostile());
  for (const char* way : {"http:", "https:", "src=", "@import", "url(", "<link"})
    EXPECT_THAT(page.substr(page.find("<style>"), page.find("</style>") - page.find("<style>")),
                Not(HasSubstr(way)))
        << way;
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"));
}

TEST(IncidentPage, DrawsWhatWasMeasuredAndOnlyThat) {
  const std::string page = ui::incident_page(hostile());
  EXPECT_THAT(page, HasSubstr("<polyline"));
  EXPECT_THAT(page, HasSubstr("Memory"));
  EXPECT_THAT(page, Not(HasSubstr("Descriptors")));
  EXPECT_THAT(page, HasSubstr("49 between them"));
}

TEST(IncidentPage, SaysWhatItDoesNotShow) {
  const std::string text = incident::without_its_words(incident::to_json(hostile()));
  const std::string page = ui::incident_page(text);
  EXPECT_THAT(page, HasSubstr("Not shown over this connection"));
  EXPECT_THAT(ui::incident_page(std::string_view("{}")), HasSubstr("cannot read an incident"));
}
