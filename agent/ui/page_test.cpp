#include "agent/ui/page.hpp"

#include "agent/ui/html.hpp"
#include "agent/ui/script.hpp"
#include "agent/ui/style.hpp"
#include "tests/golden/faces/sample_status.hpp"

#include <array>
#include <cmath>
#include <map>

using namespace outrider;
using namespace outrider::testing;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// A status in which every text is `text`, and every list is long.
core::Status filled_with(const std::string& text, std::size_t items) {
  core::Status status = sick_status();
  status.resource = {text, text, text, text, text, text};
  status.agent_version = status.sentence = status.not_ready_because = text;
  status.config_path = status.config_hash = status.audit_trouble = text;
  auto& service = status.service;
  service.name = service.phase = service.why = service.budget_text = text;
  service.last_exit = service.last_decision = service.last_restart_reason = text;
  core::ProbeStatus probe = status.probes[0];
  probe.name = probe.kind = probe.target = probe.detail = probe.why = text;
  status.probes.assign(items, probe);
  status.streams.assign(items, {text, text, 1, 1, 1, 1, text});
  status.scrapes.assign(items, {text, core::Standing::not_ok, text, 1, noon});
  status.traces.emplace();
  status.traces->operations.assign(items, {text, text, text, 2, 1, 1ms, 2ms});
  status.traces->kept.assign(items, {text, text, text, noon, 1ms, true});
  status.traces->link = "https://jaeger.example/trace/{trace_id}";
  status.rivers.assign(2, {text, 1s, false});
  status.alerts.emplace();
  status.alerts->alerts.assign(items, {text, text, text, core::Severity::critical, text, text, text, text,
                                       noon, std::vector<std::string>(3, text), text});
  status.alerts->silences.assign(items, {text, text, text, text, noon});
  status.alerts->notifiers.assign(items, {text, text, 1, 1, text, noon});
  status.timeline.assign(items, event(1, 1s, core::EventKind::trouble, text, text));
  return status;
}

}  // namespace

TEST(Page, SaysFirstWhetherAllIsWell) {
  const std::string page = ui::render(healthy_status());
  EXPECT_TRUE(
      has(page, "<h1>tests-api is healthy; 2 of 2 probes ok; nothing was lost</h1><p>All is well</p>"));
  EXPECT_LT(page.find("<h1>"), page.find("<table>"));
  EXPECT_FALSE(has(page, "What to look at"));
}

TEST(Page, ShowsHowRequestsFaredAndLeadsToTheTracesThatAreKept) {
  core::Status status = healthy_status();
  status.traces = core::TracesStatus{
      100s,
      {{"tests-api", "GET /v1/results", "server", 250, 5, 12ms, 80ms}},
      {{"0af7651916cd43dd8448eb211c80319c", "tests-api", "GET /v1/results", noon - 3s, 731ms, true}},
      2,
      "https://jaeger.example/trace/{trace_id}"};
  const std::string page = ui::render(status);
  EXPECT_TRUE(has(page, "data-l=\"calls a second\">2.50</td>"));
  EXPECT_TRUE(has(page, "data-l=\"failed\">2.0 %</td>"));
  EXPECT_TRUE(has(page, "<a href=\"https://jaeger.example/trace/0af7651916cd43dd8448eb211c80319c\">"));
  EXPECT_TRUE(has(page, "2 traces wait for the judgement"));
  status.traces->link.clear();
  EXPECT_FALSE(has(ui::render(status), "href=\"https://jaeger"));
}

TEST(Page, TellsWhatIsWrongAndWhatToDo) {
  const std::string page = ui::render(sick_status());
  EXPECT_TRUE(has(page, "<p>Needs you</p>"));
  EXPECT_TRUE(has(page, "What to look at"));
  EXPECT_TRUE(has(page, "17 records from tests-api output were dropped before file /var/log/tests-api.log"));
  EXPECT_TRUE(has(page, "0 of 5 restarts left"));
  EXPECT_TRUE(has(page, "in 6 min"));
  EXPECT_TRUE(has(page, "alice asked for a restart: the pool is stuck"));
}

TEST(Page, SaysWhoIsTold) {
  core::Status status = sick_status();
  EXPECT_FALSE(has(ui::render(status), "id=\"h-alerts\"")) << "nobody is";
  status.alerts.emplace();
  status.alerts->alerts = {{"id",
                            "ServiceDown/tests-api",
                            "ServiceDown",
                            core::Severity::critical,
                            "acknowledged",
                            "tests-api",
                            "tests-api is sick",
                            "acknowledged by alice: I look",
                            noon,
                            {},
                            ""}};
  status.alerts->silences = {{"s1", "ScrapeFailing/*", "bob", "moving", noon + 1h}};
  status.alerts->notifiers = {{"slack", "slack #alerts", 1, 0, "cannot tell slack #alerts", std::nullopt},
                              {"mail", "mail there", 0, 0, "", std::nullopt}};
  const std::string page = ui::render(status);
  for (const char* part :
       {"<code>ServiceDown/tests-api</code> · acknowledged by alice: I look", "by bob: moving",
        "cannot tell slack #alerts", "people are not reached by slack", "nothing yet"})
    EXPECT_TRUE(has(page, part)) << part;
}

TEST(Page, ShowsTheUnknownAsUnknownAndNeverAsOk) {
  const std::string page = ui::render(unknown_status());
  EXPECT_TRUE(has(page, "nothing is known of the service yet"));
  EXPECT_TRUE(has(page, "<p>Not known</p>"));
  EXPECT_TRUE(has(page, "No probes are configured, so health is unknown."));
  EXPECT_FALSE(has(page, "class=\"now ok\""));
  EXPECT_FALSE(has(page, "verdict ok"));

  core::Status never_asked = healthy_status();
  never_asked.state = core::State::unknown;
  never_asked.probes.assign(1, core::ProbeStatus{});
  never_asked.probes[0].name = "ready";
  EXPECT_TRUE(has(ui::render(never_asked), "not asked yet"));
  EXPECT_FALSE(has(ui::render(never_asked), "verdict ok"));
}

TEST(Page, LoadsNothingFromElsewhereAndRunsNothingInline) {
  for (const auto& status : {healthy_status(), sick_status(), unknown_status()}) {
    const std::string page = ui::render(status);
    EXPECT_EQ(count(page, "<script"), 1u);
    EXPECT_EQ(count(page, "<style"), 1u);
    for (const char* part :
         {" style=\"", " onclick=", " onload=", "src=\"http", "href=\"http", "url(", "@import", "//cdn"}) {
      EXPECT_FALSE(has(page, part)) << part;
    }
  }
}

TEST(Page, EscapesEverythingItWasGiven) {
  const std::string attack =
      "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&\x01\xFF\xE2\x80\xAE{{7*7}}";
  const std::string page = ui::render(filled_with(attack, 2));
  EXPECT_EQ(count(page, "<script"), 1u);
  EXPECT_FALSE(has(page, "<img"));
  EXPECT_FALSE(has(page, "\"'>"));
  EXPECT_FALSE(has(page, "\x01"));
  EXPECT_FALSE(has(page, "\xFF"));
  EXPECT_FALSE(has(page, "\xE2\x80\xAE"));
  EXPECT_TRUE(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  const std::string badge = ui::badge(filled_with(attack, 1));
  EXPECT_FALSE(has(badge, "<script"));
  EXPECT_EQ(count(badge, "<svg"), 2u);
}

TEST(Page, StaysSmallWhateverItIsGiven) {
  EXPECT_LT(ui::render(healthy_status()).size(), 30'000u);
  EXPECT_LT(ui::render(filled_with(std::string(20'000, '"'), 200)).size(), ui::most_page_bytes);
  EXPECT_LT(ui::render(filled_with(std::string(300, '\x01'), 1000)).size(), ui::most_page_bytes);
  EXPECT_TRUE(has(ui::render(filled_with("x", 1000)), " more: see /api/v1/status"));
  const std::string full = ui::render(filled_with(std::string(5000, '&'), 200));
  EXPECT_TRUE(has(full, "What happened"));
  EXPECT_TRUE(full.ends_with("</html>\n")) << "it is whole, not cut";
}

TEST(Page, NamesItsOneStyleAndItsOneScriptInThePolicy) {
  const std::string policy = ui::content_security_policy();
  EXPECT_EQ(count(policy, "'sha256-"), 2u);
  EXPECT_TRUE(has(policy, "default-src 'none'"));
  EXPECT_TRUE(has(policy, "frame-ancestors 'none'"));
  EXPECT_FALSE(has(policy, "unsafe"));
  const std::string page = ui::render(healthy_status());
  EXPECT_TRUE(has(page, "<style>" + std::string(ui::style) + "</style>")) << "hashed exactly as it is sent";
  EXPECT_TRUE(has(page, "<script>" + std::string(ui::script) + "</script>"));
}

TEST(Page, GivesEveryColourAShapeAndAWord) {
  const std::string page = ui::render(sick_status());
  EXPECT_TRUE(has(page, "href=\"#s-bad\"/></svg> not ok</span>"));
  EXPECT_TRUE(has(page, "href=\"#s-unk\"/></svg> unknown</span>"));
  EXPECT_TRUE(has(page, "role=\"status\" aria-live=\"polite\""));
}

TEST(Page, TellsWhenItWasMade) {
  EXPECT_TRUE(has(ui::render(healthy_status()), "Last updated 2026-11-21 12:00:00 UTC"));
}

TEST(Badge, SaysNameAndStateInWords) {
  EXPECT_TRUE(has(ui::badge(healthy_status()), "aria-label=\"tests-api: healthy\""));
  EXPECT_TRUE(has(ui::badge(sick_status()), "aria-label=\"tests-api: critical\""));
  EXPECT_TRUE(has(ui::badge(unknown_status()), "aria-label=\"service: unknown\""));
}

TEST(Escape, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(ui::escape("abcdef", 3), "abc…");
  EXPECT_EQ(ui::escape("ab\xC3\xA9z", 3), "ab…");
  EXPECT_EQ(ui::escape("abc", 3), "abc");
  EXPECT_EQ(ui::escape("a\nb\tc"), "a b c");
}

namespace {

using Palette = std::map<std::string, std::string>;

// The colours that one :root block of the style sets.
Palette palette(std::size_t which) {
  std::string css(ui::style);
  std::size_t at = 0;
  for (std::size_t i = 0; i <= which; ++i) at = css.find(":root{", at) + 1;
  const std::string block = css.substr(at, css.find('}', at) - at);
  Palette colours;
  for (auto name = block.find("--"); name != std::string::npos; name = block.find("--", name + 2)) {
    const auto colon = block.find(':', name);
    colours[block.substr(name + 2, colon - name - 2)] = block.substr(colon + 2, 6);
  }
  return colours;
}

double luminance(const std::string& hex) {
  std::array<double, 3> part{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = std::stoi(hex.substr(2 * i, 2), nullptr, 16) / 255.0;
    part[i] = value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}

double contrast(const std::string& a, const std::string& b) {
  const double high = std::max(luminance(a), luminance(b));
  const double low = std::min(luminance(a), luminance(b));
  return (high + 0.05) / (low + 0.05);
}

}  // namespace

TEST(Page, KeepsTextReadableInLightAndDark) {
  for (const std::size_t which : {0U, 1U}) {
    Palette colours = palette(which);
    ASSERT_EQ(colours.size(), 14u) << which;
    for (const char* text : {"ink", "soft", "ok", "bad", "warn", "unk", "link"}) {
      EXPECT_GE(contrast(colours[text], colours["paper"]), 4.5) << text << which;
      EXPECT_GE(contrast(colours[text], colours["card"]), 4.5) << text << which;
    }
    for (const char* state : {"ok", "bad", "warn", "unk"}) {
      EXPECT_GE(contrast(colours[state], colours[std::string(state) + "-bg"]), 4.5) << state << which;
      EXPECT_GE(contrast(colours["ink"], colours[std::string(state) + "-bg"]), 4.5) << state << which;
    }
  }
}
