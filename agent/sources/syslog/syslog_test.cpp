#include "agent/sources/syslog/syslog.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/sources/syslog/framer.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

// What a stream is cut into; a piece is shown as "text~", the rest of one as "~text", an unended one as
// "text?".
Texts framed(std::string_view bytes, std::size_t step, std::size_t most = 100) {
  syslog::Framer framer(most);
  Texts texts;
  std::size_t counted = 0;
  const auto note = [&](const syslog::Frame& frame) {
    counted += frame.bytes;
    texts.push_back(((frame.marks & telemetry::mark_continued) ? "~" : "") + std::string(frame.text) +
                    ((frame.marks & telemetry::mark_cut) ? "~" : "") +
                    ((frame.marks & telemetry::mark_unterminated) ? "?" : ""));
  };
  const std::size_t all = bytes.size();
  while (!bytes.empty()) {
    framer.add(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (syslog::Frame frame; framer.next(frame);) note(frame);
  }
  if (syslog::Frame frame; framer.last(frame)) note(frame);
  EXPECT_LE(counted, all);
  return texts;
}

struct Row {
  std::string bytes;
  Texts texts;
};

}  // namespace

TEST(SyslogFramer, TellsCountsFromLinesForEachMessage) {
  const std::vector<Row> rows{{"5 <1>ab4 <1>c", {"<1>ab", "<1>c"}},
                              {"<1>a\n<2>b\r\n<3>c\n", {"<1>a", "<2>b", "<3>c"}},
                              {"<1>a\n5 <1>bc\n<2>d\n", {"<1>a", "<1>bc", "<2>d"}},
                              {std::string("<1>a\0<2>b\0", 10), {"<1>a", "<2>b"}},
                              {"7 <1>a\nbc", {"<1>a\nbc"}},
                              {"12:30 a line of digits\n", {"12:30 a line of digits"}},
                              {"1234567890 x\n", {"1234567890 x"}},
                              {"0 x\n", {"0 x"}},
                              {"\n\n\r\n<1>a\n\n", {"<1>a"}},
                              {"9 <1>ab", {"<1>ab?"}},
                              {"<1>cut", {"<1>cut?"}},
                              {"12", {"12?"}},
                              {"", {}}};
  for (const Row& row : rows) {
    for (const std::size_t step : {1ul, 2ul, 3ul, 1000ul})
      EXPECT_EQ(framed(row.bytes, step), row.texts) << row.bytes;
  }
}

TEST(SyslogFramer, WhatIsLongerThanMayBeGoesOnInPieces) {
  const std::string ten = "0123456789";
  for (const std::size_t step : {1ul, 7ul, 1000ul}) {
    EXPECT_EQ(framed("25 a" + ten + ten + "bcde" + "3 end", step, 10),
              (Texts{"a012345678~", "~9012345678~", "~9bcde", "end"}));
    EXPECT_EQ(framed("x" + ten + ten + "\nend\n", step, 10),
              (Texts{"x012345678~", "~9012345678~", "~9", "end"}));
    EXPECT_EQ(framed("\xC3\xA9\xC3\xA9\xC3\xA9\n", step, 3), (Texts{"\xC3\xA9~", "~\xC3\xA9~", "~\xC3\xA9"}))
        << "no character is cut in two";
  }
}

namespace {

struct Kept final : Intake {
  void take(telemetry::Batch batch) override {
    for (const auto& record : batch.records) {
      texts.push_back(std::string(record.text));
      std::string id;
      telemetry::append_document_id(id, record.origin);
      ids.insert(id);
      stream = batch.stream;
    }
  }
  void read_up_to(const std::string&, std::uint64_t, std::uint64_t) override {}
  Texts texts;
  std::set<std::string> ids;
  std::string stream;
};

struct SyslogSource : ::testing::Test {
  static constexpr const char* place = "0.0.0.0:5514";
  ~SyslogSource() override {
    if (source) source->finish();
    nursery.cancel();
    clock.settle();
    EXPECT_EQ(nursery.size(), 0u);
  }

  void start(syslog::Settings settings) {
    source = syslog::make(tools, std::move(settings));
    nursery.start(source->run(intake));
    clock.settle();
  }
  std::unique_ptr<net::Stream> call() {
    std::unique_ptr<net::Stream> made;
    nursery.start(connect(made));
    clock.advance(2ms);
    return made;
  }
  void say(net::Stream& stream, std::string text) {
    nursery.start(write(stream, std::move(text)));
    clock.settle();
  }
  bool shows(const std::string& series) {
    return ::prometheus::TextSerializer().Serialize(registry.Collect()).find(series + "\n") !=
           std::string::npos;
  }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::CapturedLog log;
  net::NoClient http;
  net::SimStreams net{clock, loop.get_executor()};
  ::prometheus::Registry registry;
  core::Resource resource;
  Tools tools{clock, *random, *pool, log, http, registry, resource, "here", os::no_watched_files(), net};
  Kept intake;
  std::unique_ptr<LogSource> source;
  async::Nursery nursery{loop.get_executor()};

 private:
  core::Task<void> connect(std::unique_ptr<net::Stream>& made) {
    auto outcome = co_await net.connect(place, std::nullopt, 1s);
    if (outcome) made = std::move(*outcome);
  }
  core::Task<void> write(net::Stream& stream, std::string text) { (void)co_await stream.write_all(text, 5s); }
};

syslog::Settings over_tcp() {
  syslog::Settings settings;
  settings.tcp = SyslogSource::place;
  return settings;
}

}  // namespace

TEST_F(SyslogSource, TakesMessagesOfManySendersAndGivesEachAnIdOfItsOwn) {
  syslog::Settings settings = over_tcp();
  settings.udp = "0.0.0.0:5515";
  start(settings);
  const auto first = call(), second = call();
  ASSERT_TRUE(first && second);
  say(*first, "<13>a\n<13>b");
  say(*second, "6 <13>cd");
  say(*first, "c\n");
  EXPECT_TRUE(net.send("0.0.0.0:5515", "<13>u\n"));
  EXPECT_TRUE(net.send("0.0.0.0:5515", "\n"));
  EXPECT_TRUE(net.send("0.0.0.0:5515", "<13>\xFF"));
  clock.settle();
  EXPECT_EQ(intake.texts, (Texts{"<13>a", "<13>cd", "<13>bc", "<13>u", "<13>\uFFFD"}));
  EXPECT_EQ(intake.ids.size(), 5u);
  EXPECT_EQ(intake.stream, "syslog udp 0.0.0.0:5515");
  EXPECT_TRUE(shows(R"(outrider_syslog_connections{listener="syslog tcp 0.0.0.0:5514"} 2)"));
}

TEST_F(SyslogSource, AnotherLifeWithinTheSameSecondGivesOtherIds) {
  start(over_tcp());
  const auto first = call();
  say(*first, "<13>a\n");
  source->finish();
  clock.settle();
  start(over_tcp());
  const auto again = call();
  ASSERT_TRUE(again);
  say(*again, "<13>a\n");
  EXPECT_EQ(intake.texts.size(), 2u);
  EXPECT_EQ(intake.ids.size(), 2u);
}

TEST_F(SyslogSource, CutsOffWhoIsSlowOrSilentForLongAndKeepsWhatHeSaid) {
  syslog::Settings settings = over_tcp();
  settings.message_time = 30s;
  settings.idle = 10min;
  start(settings);
  const auto slow = call();
  for (int i = 0; i < 10; ++i) {  // a byte every five seconds ends no message
    say(*slow, "x");
    clock.advance(5s);
  }
  EXPECT_EQ(intake.texts, (Texts{"xxxxxx"}));
  EXPECT_TRUE(
      shows(R"(outrider_syslog_cut_off_senders_total{listener="syslog tcp 0.0.0.0:5514",reason="slow"} 1)"));
  const auto silent = call();
  say(*silent, "5 <13>a\n");
  clock.advance(9min);
  say(*silent, "5 <13>b");
  EXPECT_EQ(intake.texts.size(), 3u) << "a line's end after a counted message is no message that was begun";
  clock.advance(11min);
  EXPECT_TRUE(
      shows(R"(outrider_syslog_cut_off_senders_total{listener="syslog tcp 0.0.0.0:5514",reason="idle"} 1)"));
  EXPECT_TRUE(shows(R"(outrider_syslog_connections{listener="syslog tcp 0.0.0.0:5514"} 0)"));
}

TEST_F(SyslogSource, LetsInNoMoreThanSoManyAndEndsWhenItIsToldTo) {
  syslog::Settings settings = over_tcp();
  settings.connections = 1;
  start(settings);
  const auto first = call(), second = call();
  say(*second, "<13>b\n");
  say(*first, "<13>a\n<13>begun");
  EXPECT_EQ(intake.texts, (Texts{"<13>a"}));
  EXPECT_TRUE(shows(
      R"(outrider_syslog_cut_off_senders_total{listener="syslog tcp 0.0.0.0:5514",reason="too_many"} 1)"));
  source->finish();
  clock.settle();
  EXPECT_EQ(intake.texts, (Texts{"<13>a", "<13>begun"})) << "what was begun is not lost";
  EXPECT_FALSE(call()) << "nobody listens any more";
}

TEST_F(SyslogSource, APortThatIsInUseIsSaidAndTriedAgain) {
  net.listen(place);
  start(over_tcp());
  EXPECT_TRUE(shows(R"(outrider_syslog_listening{listener="syslog tcp 0.0.0.0:5514"} 0)"));
  EXPECT_EQ(log.count(core::Level::error), 1u) << log.text();
  net.close(place);
  clock.advance(11s);
  EXPECT_TRUE(shows(R"(outrider_syslog_listening{listener="syslog tcp 0.0.0.0:5514"} 1)"));
  EXPECT_TRUE(call());
}
