// What a chain does with lines that come in parts, and with those that are not what they should be.
#include "agent/transforms/chain.hpp"

#include "agent/transforms/reading.hpp"
#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;
using transforms::ChainPlan;

namespace {

// As a configuration says it: `format: …`.
ChainPlan plan_of(const std::string& format) {
  auto loaded = config::load_text("test", format, transforms::reading_kind());
  EXPECT_TRUE(loaded) << loaded.report.text();
  return {loaded ? *loaded.value : transforms::default_reading(), {}, {}};
}

std::string cri(std::string_view channel, std::string_view tag, std::string_view text) {
  return "2026-11-21T11:26:03.512345678Z " + std::string(channel) + " " + std::string(tag) + " " +
         std::string(text);
}

double failures(Flow& run) {
  double sum = 0;
  for (const auto& family : run.registry().Collect()) {
    if (family.name != "outrider_parse_failures_total") continue;
    for (const auto& metric : family.metric) sum += metric.counter.value;
  }
  return sum;
}

}  // namespace

TEST(Chain, PartsOfALineAreJoinedEachChannelApart) {
  Flow run(plan_of("cri"));
  const std::string a = cri("stdout", "P", R"({"msg":"he)"), b = cri("stderr", "P", "pan"),
                    c = cri("stderr", "F", "ic"), d = cri("stdout", "P", "ll"),
                    e = cri("stdout", "F", R"(o"})");
  EXPECT_TRUE(run.lines({a, b}).empty()) << "neither has its end";
  const auto first = run.lines({c, d});
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(value_in(first[0], "message"), "\"panic\"");
  EXPECT_EQ(value_in(first[0], "stream"), "\"stderr\"");
  const auto second = run.lines({e});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(value_in(second[0], "message"), "\"hello\"");
  EXPECT_EQ(value_in(second[0], "log.offset"), "42") << "the place of its first part";
  EXPECT_EQ(value_in(second[0], "log.flags"), R"(["joined"])");
  EXPECT_EQ(run.bytes, a.size() + b.size() + c.size() + d.size() + e.size() + 5)
      << "every byte is accounted for";
}

TEST(Chain, StreamsAreApartToo) {
  Flow run(plan_of("{cri: text}"));
  EXPECT_TRUE(run.lines({cri("stdout", "P", "a")}, 0, "/var/log/pods/x/0.log").empty());
  EXPECT_EQ(value_in(run.lines({cri("stdout", "F", "b")}, 0, "/var/log/pods/y/0.log")[0], "message"),
            "\"b\"");
  EXPECT_EQ(value_in(run.lines({cri("stdout", "F", "c")}, 0, "/var/log/pods/x/0.log")[0], "message"),
            "\"ac\"");
}

TEST(Chain, APartWhoseRestNeverComesGoesOnAfterFiveSeconds) {
  Flow run(plan_of("cri"));
  run(cri("stdout", "P", "last wor"));
  EXPECT_TRUE(run.after(4s).empty());
  const auto out = run.after(1s);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(value_in(out[0], "message"), "\"last wor\"");
  EXPECT_EQ(value_in(out[0], "stream"), "\"stdout\"");
  EXPECT_EQ(value_in(out[0], "log.flags"), R"(["unterminated"])");
  EXPECT_EQ(value_in(run(cri("stdout", "F", "new")), "message"), "\"new\"");
}

TEST(Chain, NothingIsLeftBehindAtTheEnd) {
  Flow run(plan_of("docker_json"));
  run(R"({"log":"half","stream":"stdout","time":"2026-11-21T11:26:03Z"})");
  const auto out = run.rest();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(value_in(out[0], "message"), "\"half\"");
  EXPECT_TRUE(run.rest().empty());
}

TEST(Chain, AJoinedLineIsCutWhereALineIsTooLong) {
  Flow run(plan_of("{cri: text}"));
  const std::string part = cri("stdout", "P", std::string(16'384, 'x'));
  std::vector<std::string> out;
  for (int i = 0; i < 65; ++i) {
    for (std::string& text : run.lines({part})) out.push_back(std::move(text));
  }
  for (std::string& text : run.lines({cri("stdout", "F", "end")})) out.push_back(std::move(text));
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(value_in(out[0], "message").size(), (1u << 20) + 2);
  EXPECT_EQ(value_in(out[0], "log.flags"), R"(["cut","joined"])");
  EXPECT_EQ(value_in(out[1], "message").size(), 16'384 + 3 + 2u);
  EXPECT_EQ(value_in(out[1], "log.flags"), R"(["continued","joined"])");
}

TEST(Chain, ALineOfAnotherKindPassesWholeWithTheReasonAndIsCounted) {
  Flow run(plan_of("{cri: json}"));
  EXPECT_EQ(failures(run), 0) << "there from the start";
  const std::string plain = run("no runtime wrote this");
  EXPECT_EQ(value_in(plain, "message"), "\"no runtime wrote this\"");
  EXPECT_EQ(value_in(plain, "error.message"), "\"it is not written as container runtimes write (CRI)\"");
  EXPECT_EQ(value_in(plain, "stream"), "\"stdout\"");
  const std::string inside = run(cri("stderr", "F", "no JSON"));
  EXPECT_EQ(value_in(inside, "message"), "\"no JSON\"");
  EXPECT_EQ(value_in(inside, "error.message"), "\"it is not one JSON object\"");
  EXPECT_EQ(failures(run), 2);
  EXPECT_EQ(value_in(run(cri("stdout", "F", "{}")), "error.message"), "");
  EXPECT_EQ(failures(run), 2);
}

TEST(Chain, InsideAContainersLineJsonIsSeenAndTextIsNoFault) {
  Flow run(plan_of("cri"));
  EXPECT_EQ(value_in(run(cri("stdout", "F", R"({"msg":"m","time":"2026-11-21T10:00:00Z"})")), "@timestamp"),
            "\"2026-11-21T10:00:00.000Z\"")
      << "the line's own time wins";
  const std::string text = run(cri("stdout", "F", "Listening on 8080"));
  EXPECT_EQ(value_in(text, "@timestamp"), "\"2026-11-21T11:26:03.512345678Z\"") << "else the runtime's";
  EXPECT_EQ(value_in(text, "error.message"), "");
}

TEST(Chain, FormatsAreWrittenAsWordsOrWithWhatTheyNeed) {
  for (const char* good : {"json", "logfmt", "text", "cri", "docker_json", "{cri: logfmt}",
                           "{docker_json: {regex: '(?P<a>.)'}}", "{regex: '(?P<a>.)'}"}) {
    EXPECT_TRUE(config::load_text("test", good, transforms::reading_kind())) << good;
  }
  for (const char* bad : {"xml", "regex", "{json: 1}", "{cri: cri}", "{regex: '('}", "{regex: '.*'}",
                          "{regex: '(?P<a>.)', cri: json}", "[json]", "{}"}) {
    EXPECT_FALSE(config::load_text("test", bad, transforms::reading_kind())) << bad;
  }
}

namespace {

class Watcher final : public transforms::Onlooker {
 public:
  Look look() const override {
    ++asked;
    return says;
  }
  void went_on(const transforms::Event&, const telemetry::Record& record,
               std::span<const transforms::Note> notes) override {
    told.push_back("on " + value_in(record.text, "message") + std::to_string(notes.size()));
  }
  void left_out(const transforms::Event& event, transforms::Onward,
                std::span<const transforms::Note> notes) override {
    told.push_back("out " + std::string(event.message) + std::to_string(notes.size()));
  }

  Look says = Look::no;
  mutable int asked = 0;
  std::vector<std::string> told;
};

// Leaves out each line that says "no", with a note when somebody asks.
ChainPlan choosy() {
  class Choosy final : public transforms::Step {
   public:
    transforms::Onward edit(transforms::Event& event) override {
      if (event.message != "no") return transforms::Onward::yes;
      if (event.notes != nullptr) event.note("choosy", "no");
      return transforms::Onward::filtered;
    }
  };
  ChainPlan plan = plan_of("text");
  plan.steps.push_back([](const transforms::Tools&) { return std::make_unique<Choosy>(); });
  return plan;
}

}  // namespace

TEST(Chain, OneWhoDoesNotLookIsAskedOnceABatchAndNoWordIsMadeForHim) {
  Flow run(choosy());
  Watcher watcher;
  run.chain().watched_by(&watcher);
  EXPECT_EQ(run.lines({"a", "no", "b", "c"}).size(), 3u);
  EXPECT_EQ(watcher.asked, 1);
  EXPECT_TRUE(watcher.told.empty());
}

TEST(Chain, OneWhoLooksSeesWhatGoesOnAndWhatDoesNotAndWhatWasDoneToIt) {
  Flow run(choosy());
  Watcher watcher;
  run.chain().watched_by(&watcher);
  watcher.says = transforms::Onlooker::Look::closely;
  EXPECT_EQ(run.lines({"a", "no"}).size(), 1u);
  EXPECT_EQ(watcher.told, (std::vector<std::string>{"on \"a\"1", "out no2"}));
  watcher.told.clear();
  watcher.says = transforms::Onlooker::Look::count;
  run.lines({"a", "no"});
  EXPECT_EQ(watcher.told, (std::vector<std::string>{"on \"a\"0", "out no0"}))
      << "nothing is made that has no room";
}
