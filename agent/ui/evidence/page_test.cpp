#include "agent/ui/evidence/page.hpp"

#include "agent/recovery/bundle/testing.hpp"
#include "agent/ui/evidence/style.hpp"
#include "agent/ui/style.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery::testing;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string without(const std::string& page, std::string_view begin, std::string_view end) {
  const auto from = page.find(begin) + begin.size();
  return page.substr(0, from) + page.substr(page.find(end, from));
}

// The page without its style sheet, which has no words.
std::string body_of(const std::string& page) {
  return without(without(page, "'sha256-", "'"), "<style>", "</style>");
}

recovery::Bundle hostile(const std::string& text) {
  recovery::BundleFacts facts = sample_facts();
  facts.cluster = facts.instance = facts.maker = facts.key_name = facts.journal.sentence = text;
  recovery::DrillRecord record =
      drill_of("20261121-033000", at("2026-11-21T03:30:00.000Z"), recovery::Finding::proven);
  record.sentence = record.set = record.catalog = record.target = text;
  record.tools = record.commands = record.notes = {text};
  record.phases = {{text, std::chrono::seconds(1)}};
  record.witnesses = {{text, core::Standing::ok, text, {}}};
  recovery::DrillRecord second = record;
  second.id = text;
  second.finding = recovery::Finding::disproved;
  second.broken = text;
  facts.lines = {recovery::to_json_line(record), recovery::to_json_line(second)};
  facts.journal.lines = {text, recovery::to_json_line(record)};
  return *recovery::make_bundle(std::move(facts));
}

}  // namespace

TEST(EvidencePage, IsTheOneThatWasRead) {
  const std::string page = body_of(ui::evidence_page(sample_bundle()));
  const std::string path = "tests/golden/faces/evidence.html";
  if (std::getenv("OUTRIDER_REWRITE") != nullptr) std::ofstream(path) << page;
  std::ifstream file(path);
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(page, expected.str());
}

TEST(EvidencePage, SaysFirstWhetherThereIsAnythingOpen) {
  EXPECT_TRUE(has(ui::evidence_page(sample_bundle()),
                  "<h1>Recovery was proven, with exceptions that were closed</h1>"));
  recovery::Bundle none = *recovery::make_bundle(sample_facts());
  const std::string page = ui::evidence_page(none);
  EXPECT_TRUE(has(page, "<h1>Not everything is known</h1>"));
  EXPECT_FALSE(has(page, "verdict ok"));
}

TEST(EvidencePage, HidesNoDrillWhateverItFound) {
  const std::string page = ui::evidence_page(sample_bundle());
  for (const auto& drill : sample_bundle().drills) {
    EXPECT_TRUE(has(page, "id=\"drill-" + drill.record.id + "\""));
    EXPECT_TRUE(has(page, drill.sha256));
  }
  EXPECT_TRUE(has(page, "segment 000000010000000000000005 is missing"));
  EXPECT_TRUE(has(page, "the drill that was due was not held"));
  EXPECT_FALSE(has(page, "<details")) << "what is folded is not printed";
}

TEST(EvidencePage, LoadsNothingAndRunsNothing) {
  const std::string page = ui::evidence_page(sample_bundle());
  for (const char* word :
       {"<script", "src=", "http://", "https://", "@import", "url(", "onload", "<link", "<iframe"})
    EXPECT_FALSE(has(body_of(page), word)) << word;
  EXPECT_FALSE(has(std::string(ui::evidence_style), "url("));
  EXPECT_TRUE(has(page, "default-src 'none'; style-src 'sha256-"));
  EXPECT_TRUE(has(page, "@media print") && has(page, "prefers-color-scheme:dark") &&
              has(page, "width=device-width"));
}

TEST(EvidencePage, AHostileNameStaysText) {
  const std::string text =
      "\"><script>alert(1)</script><b onclick='x'>&\x01\xe2\x80\xae"
      "0</style>";
  const std::string page = ui::evidence_page(hostile(text));
  EXPECT_FALSE(has(page, "<script"));
  EXPECT_FALSE(has(page, "<b onclick"));
  EXPECT_FALSE(has(page, "\xe2\x80\xae"));
  EXPECT_FALSE(has(page, "\x01"));
  EXPECT_EQ(count(page, "</style>"), 1u);
  EXPECT_TRUE(has(page, "&lt;script&gt;alert(1)"));
}

TEST(EvidencePage, EverythingThatIsOpenedIsClosed) {
  const std::string page = ui::evidence_page(sample_bundle());
  for (const char* tag :
       {"section", "table", "thead", "tbody", "tr", "td",  "th",   "dl", "dt",   "dd",   "ol",  "ul",  "li",
        "h1",      "h2",    "h3",    "h4",    "p",  "div", "main", "a",  "span", "code", "pre", "time"}) {
    const std::string open = std::string("<") + tag;
    EXPECT_EQ(count(page, open + ">") + count(page, open + " "), count(page, std::string("</") + tag + ">"))
        << tag;
  }
}
