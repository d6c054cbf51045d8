#include "agent/transforms/multiline/multiline.hpp"

#include "agent/transforms/test_kit.hpp"

#include <algorithm>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms;
using namespace outrider::transforms::multiline;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

namespace {

ChainPlan plan(std::function<std::unique_ptr<Joiner>()> make, std::size_t most_lines = 500,
               std::size_t most_bytes = 256 * 1024) {
  ChainPlan plan = plan_with([]() -> std::unique_ptr<Format> {
    class Text final : public Format {
      void read(Event& event) override { event.take_as_text(); }
    };
    return std::make_unique<Text>();
  });
  plan.joining = {std::move(make), most_lines, most_bytes, 1s};
  return plan;
}

ChainPlan traces(Languages languages) {
  return plan([languages] { return make_traces(languages); });
}

Languages only(Language language) { return static_cast<Languages>(language); }

// How many lines each record is made of.
std::vector<std::size_t> groups(Languages languages, const std::vector<std::string_view>& lines) {
  Flow run(traces(languages));
  std::vector<std::string> out = run.lines(lines);
  for (std::string& text : run.rest()) out.push_back(std::move(text));
  std::vector<std::size_t> counts;
  std::string buffer;
  for (const std::string& text : out) {
    const std::string message = value_in(text, "message");
    const std::string_view plain = string_value(message, buffer);
    counts.push_back(1 + static_cast<std::size_t>(std::ranges::count(plain, '\n')));
  }
  return counts;
}

using Counts = std::vector<std::size_t>;

const std::vector<std::string_view> java{"2026-11-21 11:26:03 ERROR cannot save",
                                         "java.lang.IllegalStateException: boom",
                                         "\tat com.example.A.save(A.java:12)",
                                         "\tat com.example.Main.main(Main.java:3)",
                                         "\tSuppressed: java.io.IOException: closed",
                                         "\t\t... 2 common frames omitted",
                                         "Caused by: java.io.IOException: disk",
                                         "\tat com.example.B.write(B.java:7)",
                                         "\t... 23 more",
                                         "2026-11-21 11:26:04 INFO next"};

const std::vector<std::string_view> python{
    "INFO before",
    "Traceback (most recent call last):",
    "  File \"a.py\", line 1, in <module>",
    "    f()",
    "ValueError: bad",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    "  File \"a.py\", line 3, in <module>",
    "KeyError: 'x'",
    "INFO after"};

const std::vector<std::string_view> go{"2026/11/21 11:26:03 starting",
                                       "panic: boom [recovered]",
                                       "\tpanic: boom",
                                       "",
                                       "goroutine 1 [running]:",
                                       "main.f({0x1, 0x2})",
                                       "\t/src/main.go:12 +0x1d",
                                       "created by main.main in goroutine 1",
                                       "\t/src/main.go:7 +0x2",
                                       "exit status 2",
                                       "2026/11/21 11:26:04 again"};

const std::vector<std::string_view> node{"listening",
                                         "/srv/app/index.js:10",
                                         "    throw new TypeError('x');",
                                         "    ^",
                                         "",
                                         "TypeError: x is not a function",
                                         "    at run (/srv/app/index.js:10:5)",
                                         "    at node:internal/main:1:2 {",
                                         "  code: 'E'",
                                         "}",
                                         "",
                                         "Node.js v18.19.0",
                                         "listening"};

const std::vector<std::string_view> cpp{"started",
                                        "terminate called after throwing an instance of 'std::runtime_error'",
                                        "  what():  boom",
                                        " 0# main at a.cpp:3",
                                        "#1  0x00005581 in run ()",
                                        "    @     0x5581 main",
                                        "./a(main+0x10) [0x5581]",
                                        "started",
                                        "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1",
                                        "READ of size 1 at 0x1 thread T0",
                                        "    #0 0x1 in main a.cpp:3",
                                        "SUMMARY: AddressSanitizer: heap-use-after-free a.cpp:3 in main"};

}  // namespace

TEST(Traces, OfEachLanguageAreOneRecord) {
  EXPECT_EQ(groups(only(Language::java), java), (Counts{1, 8, 1}));
  EXPECT_EQ(groups(only(Language::python), python), (Counts{1, 10, 1}));
  EXPECT_EQ(groups(only(Language::go), go), (Counts{1, 9, 1}));
  EXPECT_EQ(groups(only(Language::node), node), (Counts{1, 11, 1}));
  EXPECT_EQ(groups(only(Language::cpp), cpp), (Counts{1, 6, 1, 4}));
}

TEST(Traces, AllLanguagesTogetherSeeThemAll) {
  EXPECT_EQ(groups(all_languages, java), (Counts{1, 8, 1}));
  EXPECT_EQ(groups(all_languages, python), (Counts{1, 10, 1}));
  EXPECT_EQ(groups(all_languages, go), (Counts{1, 9, 1}));
}

TEST(Traces, OrdinaryLinesStandAlone) {
  const std::vector<std::string_view> lines{"a",
                                            "",
                                            "  indented",
                                            "key: value",
                                            "at noon",
                                            "main.main()",
                                            "}",
                                            "#hashtag",
                                            "12 apples",
                                            "goroutine leak?",
                                            "SomethingError happened"};
  EXPECT_EQ(groups(all_languages, lines), Counts(lines.size(), 1));
}

TEST(Traces, AnEmptyLineAfterATraceIsItsOwn) {
  EXPECT_EQ(groups(only(Language::python),
                   {"Traceback (most recent call last):", "  File \"a.py\"", "ValueError: x", "", "next"}),
            (Counts{3, 1, 1}));
}

TEST(Multiline, AStartOrAContinuationMayBeOnesOwnExpression) {
  Flow start(plan([] { return make_start("^\\d{4}-"); }));
  EXPECT_EQ(start.lines({"2026-1 a", "b", "2026-2 c", "d"}).size(), 1u);
  EXPECT_EQ(value_in(start.rest()[0], "message"), R"("2026-2 c\nd")");
  Flow more(plan([] { return make_continue("^\\s"); }));
  const auto out = more.lines({"a", " b", "c", "d"});
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(value_in(out[0], "message"), R"("a\n b")");
  EXPECT_EQ(value_in(out[0], "log.flags"), R"(["joined"])");
  EXPECT_EQ(value_in(out[1], "log.flags"), "");
}

TEST(Multiline, TheNextLineIsWaitedForNotForEver) {
  Flow run(traces(only(Language::java)));
  EXPECT_EQ(run("boom"), "") << "its trace may follow";
  EXPECT_TRUE(run.after(900ms).empty());
  EXPECT_EQ(run.after(100ms).size(), 1u);
  EXPECT_EQ(run("last", telemetry::mark_unterminated).empty(), false)
      << "its stream has ended: nothing follows";
}

TEST(Multiline, ARecordIsBoundedInLinesAndBytes) {
  Flow lines(plan([] { return make_continue("."); }, 3));
  EXPECT_EQ(lines.lines({"1", "2", "3", "4", "5", "6", "7"}).size(), 2u);
  EXPECT_EQ(value_in(lines.rest()[0], "message"), "\"7\"");
  Flow bytes(plan([] { return make_continue("."); }, 500, 1024));
  const std::string half(600, 'x');
  EXPECT_EQ(bytes.lines({half, half, "y"}).size(), 1u);
  EXPECT_EQ(value_in(bytes.rest()[0], "message"), '"' + half + R"(\ny")");
}

TEST(Multiline, EveryLineIsAccountedForWhateverBecomesOfIt) {
  Flow run(traces(all_languages));
  std::uint64_t bytes = 0;
  for (const auto* lines : {&java, &python, &go, &node, &cpp}) {
    run.lines(*lines);
    for (const std::string_view line : *lines) bytes += line.size() + 1;
  }
  run.rest();
  EXPECT_EQ(run.bytes, bytes);
}
