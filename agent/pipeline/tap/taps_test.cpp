#include "agent/pipeline/tap/taps.hpp"

#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/pipeline/tap/chain_sight.hpp"
#include "agent/pipeline/tap/tapped_sink.hpp"
#include "agent/pipeline/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::pipeline;
using namespace std::chrono_literals;

namespace {

struct TapHouse {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  os::CapturedLog log;
  Taps taps{clock, *random, log};

  TapHouse() {
    taps.has(Stage::source, "child output");
    taps.has(Stage::parked, "elasticsearch es:9200");
    taps.has(Stage::parked, "file /a.log");
  }

  core::Outcome<core::OpenTap> open(std::vector<std::string> points, std::string match = "",
                                    std::string field = "", std::string value = "") {
    return taps.open("alice", {std::move(points), std::move(match), std::move(field), std::move(value)});
  }

  void say(const std::string& document, std::uint64_t offset = 0) {
    telemetry::Record record;
    record.text = document;
    record.origin = {1, 1'700'000'000, 99, offset};
    taps.saw({Stage::source, "child output", "child output", record});
  }

  core::TapNews next(const core::Outcome<core::OpenTap>& tap, std::uint64_t after = 0) {
    const auto news = taps.next(tap->id, after);
    EXPECT_TRUE(news);
    return news.value_or(core::TapNews{});
  }
};

}  // namespace

TEST(Taps, APointIsFoundByItsKindAndAPartOfItsName) {
  TapHouse house;
  EXPECT_EQ(house.open({"parked"})->points,
            (std::vector<std::string>{"parked:elasticsearch es:9200", "parked:file /a.log"}));
  EXPECT_EQ(house.open({"parked:es", "source"})->points,
            (std::vector<std::string>{"source:child output", "parked:elasticsearch es:9200"}));
  const auto unknown = house.open({"praked"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().hint, "did you mean parked?");
  EXPECT_FALSE(house.open({"source:nowhere"}));
  EXPECT_FALSE(house.open({}));
  EXPECT_EQ(house.taps.points().size(), 3u);
}

TEST(Taps, WhatWasFetchedIsLetGoAndWhatWasNotIsShownAgain) {
  TapHouse house;
  const auto tap = house.open({"source"});
  house.say(R"({"n":1})");
  house.say(R"({"n":2})");
  const core::TapNews first = house.next(tap);
  ASSERT_EQ(first.records.size(), 2u);
  EXPECT_EQ(first.last, 2u);
  EXPECT_EQ(house.next(tap).records, first.records) << "an answer that was lost is had again";
  house.say(R"({"n":3})");
  const core::TapNews second = house.next(tap, first.last);
  ASSERT_EQ(second.records.size(), 1u);
  EXPECT_TRUE(second.records[0].ends_with(R"(,"document":{"n":3}})")) << second.records[0];
  EXPECT_EQ(house.next(tap, second.last).last, 3u);
}

TEST(Taps, OneWhoDoesNotFetchCostsABoundedMemoryAndLearnsHowMuchWentBy) {
  TapHouse house;
  const auto tap = house.open({"source"});
  const std::string document = "{\"message\":\"" + std::string(900, 'x') + "\"}";
  for (int i = 0; i < 10'000; ++i) house.say(document);
  const core::TapNews news = house.next(tap);
  std::uint64_t bytes = 0;
  for (const std::string& record : news.records) bytes += record.size();
  EXPECT_LE(bytes, Tap::most_bytes);
  EXPECT_GT(bytes, Tap::most_bytes / 2);
  EXPECT_EQ(news.records.size() + news.unseen, 10'000u);
  house.say(document);
  EXPECT_EQ(house.next(tap, news.last).unseen, news.unseen + 1) << "there was no room before it was fetched";
  house.say(document);
  EXPECT_EQ(house.next(tap, news.last).records.size(), 1u);
}

TEST(Taps, AFilterReadsNoMoreThanItMay) {
  TapHouse house;
  const auto tap = house.open({"source"}, "needle");
  const std::string hay = "{\"message\":\"" + std::string(1u << 20, 'x') + "\"}";
  for (int i = 0; i < 40; ++i) house.say(hay);
  const std::uint64_t unseen = house.next(tap).unseen;
  EXPECT_GE(unseen, 24u) << "of 40 MiB in one moment it reads 16";
  EXPECT_LE(unseen, 25u);
  house.clock.advance(1s);
  house.say(R"({"message":"a needle"})");
  EXPECT_EQ(house.next(tap).records.size(), 1u);
}

TEST(Taps, AFieldIsFoundByItsWholeNameOrByItsWay) {
  const auto finds = [](const std::string& field, const std::string& value) {
    TapHouse house;
    const auto tap = house.open({"source"}, "", field, value);
    house.say(R"({"log.level":"error","n":5,"http":{"status":500,"why":"b\"ad"},"ok":true})");
    return house.next(tap).records.size() == 1;
  };
  EXPECT_TRUE(finds("log.level", "error"));
  EXPECT_FALSE(finds("log.level", "err"));
  EXPECT_TRUE(finds("n", "5"));
  EXPECT_TRUE(finds("http.status", "500"));
  EXPECT_TRUE(finds("http.why", "b\"ad"));
  EXPECT_TRUE(finds("ok", "true"));
  EXPECT_FALSE(finds("absent", ""));
  EXPECT_FALSE(finds("http.absent", "500"));
}

TEST(Taps, WhatNobodyAsksForEndsAndMakesRoom) {
  TapHouse house;
  const auto first = house.open({"source"});
  for (std::size_t i = 1; i < Taps::most_taps; ++i) EXPECT_TRUE(house.open({"source"}));
  const auto refused = house.open({"source"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::exhausted);
  house.clock.advance(Taps::patience);
  (void)house.next(first);
  house.clock.advance(1s);
  house.taps.expire();
  EXPECT_TRUE(house.open({"source"}));
  EXPECT_TRUE(house.taps.next(first->id, 0)) << "this one is asked for";
  EXPECT_TRUE(house.taps.end(first->id));
  EXPECT_FALSE(house.taps.next(first->id, 0));
  EXPECT_FALSE(house.taps.end(first->id));
}

TEST(Foremost, ARecordThatSeveralReadersReadIsNewOnce) {
  Foremost foremost;
  const int quick = 0, slow = 0;
  const auto is_new = [&](const int& reader, std::uint64_t offset, std::uint64_t audience = 1) {
    return foremost.is_new(&reader, "/a.log", {1, 0, 0, offset}, audience);
  };
  EXPECT_TRUE(is_new(quick, 10));
  EXPECT_TRUE(is_new(quick, 30));
  EXPECT_TRUE(is_new(quick, 20)) << "what waited for its rest comes later";
  EXPECT_FALSE(is_new(slow, 10));
  EXPECT_FALSE(is_new(slow, 30));
  EXPECT_TRUE(is_new(slow, 40)) << "it overtakes";
  EXPECT_FALSE(is_new(quick, 40));
  EXPECT_TRUE(is_new(slow, 10, 2)) << "somebody new looks, at one who is behind";
}

// A whole pipeline with taps.
namespace {

struct TappedHouse {
  TapHouse taps_house;
  os::SimFiles files;
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(taps_house.loop.get_executor());
  net::NoClient client;
  std::unique_ptr<durable::Book> book = durable::make_memory_book();
  ::prometheus::Registry registry;
  Taps taps{taps_house.clock, *taps_house.random, taps_house.log};
  std::unique_ptr<Pipeline> pipeline;
  async::Nursery nursery{taps_house.loop.get_executor()};

  explicit TappedHouse(const std::string& yaml) {
    auto logs = config::load_text("test", yaml, logs_kind());
    EXPECT_TRUE(logs) << yaml;
    Settings settings;
    settings.logs = *logs.value;
    Pipeline::Tools tools{
        taps_house.clock, *taps_house.random, *pool, taps_house.log, client, files, registry, *book, "here"};
    tools.taps = &taps;
    pipeline = std::make_unique<Pipeline>(taps_house.loop.get_executor(), tools, core::Resource{}, settings,
                                          [](Snapshot) {});
    nursery.start(pipeline->run());
    taps_house.clock.settle();
  }
  ~TappedHouse() {
    nursery.cancel();
    for (int i = 0; i < 20 && nursery.size() > 0; ++i) taps_house.clock.advance(1s);
    EXPECT_EQ(nursery.size(), 0u);
  }

  std::string told(std::uint64_t id) {
    std::string all;
    const auto news = taps.next(id, 0);
    for (const std::string& record : news ? news->records : std::vector<std::string>()) all += record + "\n";
    return all;
  }
  void write(const std::string& text) {
    pipeline::testing::TestPipe child(taps_house.loop.get_executor());
    sources::ChildOutput output;
    output.generation = 1;
    output.output.bytes = child.reader();
    EXPECT_TRUE(pipeline->adopt(std::move(output)));
    child.write(text);
    taps_house.clock.advance(2s);
  }
  std::uint64_t open(const std::string& point) {
    const auto tap = taps.open("alice", {{point}, "", "", ""});
    EXPECT_TRUE(tap) << point;
    return tap ? tap->id : 0;
  }
};

}  // namespace

TEST(Taps, WhatIsShownOfARecordThatWasLeftOutHasLostItsSecretsToo) {
  TappedHouse house(
      "{read: [{child: all, format: json}], steps: [{drop: {level: debug}}, {rename: {pw: password}}, "
      "{remove: [ssn]}], redact: [email, {field: password}], send_to: [{file: {path: /a.log}}]}");
  const std::uint64_t tap = house.open("left_out");
  house.write(R"({"level":"debug","msg":"to bob@example.com","pw":"hunter2","ssn":"917-55"})"
              "\n");
  const std::string told = house.told(tap);
  EXPECT_NE(told.find(R"("fate":"left out","why":"filtered")"), std::string::npos) << told;
  EXPECT_NE(told.find("to [redacted:email]"), std::string::npos) << told;
  for (const char* secret : {"bob@", "hunter2", "917-55"})
    EXPECT_EQ(told.find(secret), std::string::npos) << told;
}

TEST(Taps, ALimitThatSomebodyWatchesLetsAsManyGoAsOneThatNobodyDoes) {
  const auto delivered = [](bool watched) {
    TappedHouse house(
        "{read: [{child: all, format: text}], steps: [{drop: {message: noise}}, {rate_limit: {records: 3 "
        "per 1h}}], send_to: [{file: {path: /a.log}}]}");
    if (watched) (void)house.open("left_out");
    house.write("noise\nnoise\nnoise\na\nb\nc\nd\n");
    return house.files.read_all("/a.log", 1u << 20).value_or("");
  };
  const std::string alone = delivered(false);
  EXPECT_NE(alone.find("\"c\""), std::string::npos) << alone;
  EXPECT_EQ(delivered(true), alone);
}

TEST(Taps, ASinkThatFailsIsSeenToFail) {
  TappedHouse house("{read: [{child: all, format: text}], send_to: [{file: {path: /a.log}}]}");
  house.files.faults.capacity_bytes = 0;
  const std::uint64_t offered = house.open("offered"), answered = house.open("answered");
  house.write("hello\n");
  EXPECT_NE(house.told(offered).find(R"("point":"offered:file /a.log")"), std::string::npos);
  EXPECT_NE(house.told(answered).find(R"("fate":"failed","why":"cannot )"), std::string::npos)
      << house.told(answered);
  house.files.faults.capacity_bytes = 1u << 20;
  house.taps_house.clock.advance(11s);
}
