#include "agent/os/json_log.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/descriptor.hpp"
#include "agent/os/sim_clock.hpp"

#include <csignal>
#include <limits>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class JsonLogTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_end = Descriptor(ends[0]);
    write_end = Descriptor(ends[1]);
    ::fcntl(read_end.number(), F_SETFL, O_NONBLOCK);
    make();
  }

  void make(LogOptions options = {}) {
    options.descriptor = write_end.number();
    log = make_json_log(clock, options);
  }

  std::string read_all() const {
    std::string all;
    std::string buffer(65536, '\0');
    for (ssize_t count = 0; (count = ::read(read_end.number(), buffer.data(), buffer.size())) > 0;) {
      all.append(buffer, 0, static_cast<std::size_t>(count));
    }
    return all;
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    const std::string all = read_all();
    for (std::size_t begin = 0; begin < all.size();) {
      const std::size_t end = all.find('\n', begin);
      lines.push_back(all.substr(begin, end - begin));
      begin = end == std::string::npos ? all.size() : end + 1;
    }
    return lines;
  }

  boost::asio::io_context loop;
  SimClock clock{loop};
  Descriptor read_end;
  Descriptor write_end;
  std::unique_ptr<AgentLog> log;
};

constexpr const char* epoch = "2023-11-14T22:13:20.000Z";

}  // namespace

TEST_F(JsonLogTest, WritesFixedKeysFirstAndThenTheFields) {
  log->info("supervise", "Started child",
            {{"pid", 4711}, {"took_ms", 1.5}, {"first", true}, {"name", "tests-api"}});
  EXPECT_THAT(
      lines(),
      ElementsAre(std::string(R"({"time":")") + epoch +
                  R"(","level":"info","room":"supervise","what":"Started child","pid":4711,"took_ms":1.5,)" +
                  R"("first":true,"name":"tests-api"})"));
}

TEST_F(JsonLogTest, EscapesAndRepairsWhatItIsGiven) {
  log->info("r\"oom", "a\\b\n\t\x01\x7f", {{"bad", "\xff caf\xc3\xa9 \xed\xa0\x80"}, {"time", "mine"}});
  EXPECT_THAT(
      lines(),
      ElementsAre(
          std::string(R"({"time":")") + epoch +
          R"(","level":"info","room":"r\"oom","what":"a\\b\n\t\u0001\u007f",)" +
          "\"bad\":\"\xEF\xBF\xBD caf\xc3\xa9 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\",\"time_\":\"mine\"}"));
  log->info("a", "b", {{"n", std::numeric_limits<double>::quiet_NaN()}, {"long", std::string(10'000, 'x')}});
  const std::string line = lines().front();
  EXPECT_THAT(line, HasSubstr(R"("n":"nan")"));
  EXPECT_THAT(line, HasSubstr("x… and 1808 bytes more\""));
}

TEST_F(JsonLogTest, TheLevelDecidesAndCanBeChanged) {
  log->debug("a", "quiet");
  EXPECT_TRUE(lines().empty());
  log->set_level(core::Level::debug);
  EXPECT_EQ(log->level(), core::Level::debug);
  log->debug("a", "heard");
  EXPECT_EQ(lines().size(), 1u);
  log->set_level(core::Level::error);
  log->warn("a", "quiet");
  EXPECT_TRUE(lines().empty());
}

TEST_F(JsonLogTest, OfARepeatedFailureTheFirstAndTheLastAreWrittenWithACountBetween) {
  for (int attempt = 1; attempt <= 10; ++attempt) {
    log->warn("probes", "Cannot reach target", {{"target", "db"}, {"attempt", attempt}});
    clock.advance(1s);
  }
  EXPECT_EQ(lines().size(), 1u);
  log->info("probes", "Reached target again", {{"target", "db"}});
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_THAT(seen[0], HasSubstr(R"("attempt":10,"repeated":9,"last":"2023-11-14T22:13:29.000Z"})"));
  EXPECT_THAT(seen[1], HasSubstr("Reached target again"));
  log->warn("probes", "Cannot reach target", {{"target", "db"}, {"attempt", 1}});
  EXPECT_EQ(lines().size(), 1u) << "after good news a failure is a new one";
  EXPECT_EQ(log->counts().held_back, 9u);
  EXPECT_EQ(log->counts().written, 4u);
}

TEST_F(JsonLogTest, AFailureThatGoesOnIsToldOnceAPeriod) {
  for (int i = 0; i < 95; ++i) {
    log->error("sinks", "Cannot write");
    clock.advance(1s);
  }
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_THAT(seen[1], HasSubstr(R"("repeated":30,)"));
  EXPECT_THAT(seen[3], HasSubstr(R"("repeated":30,)"));
  log.reset();
  EXPECT_THAT(lines(), ElementsAre(HasSubstr(R"("repeated":4,)"))) << "nothing is lost at the end";
}

TEST_F(JsonLogTest, AFailureThatStopsIsSummarisedWithoutAnyFurtherLine) {
  async::Nursery nursery(loop.get_executor());
  nursery.start(log->tend());
  log->warn("a", "x");
  clock.advance(1s);
  log->warn("a", "x");
  EXPECT_EQ(lines().size(), 1u);
  clock.advance(31s);
  EXPECT_THAT(lines(), ElementsAre(HasSubstr(R"("repeated":1,)")));
  clock.advance(1h);
  EXPECT_TRUE(lines().empty());
  nursery.cancel();
  clock.settle();
}

TEST_F(JsonLogTest, OtherTargetsOtherRoomsAndDecisionsAreNotRepetitions) {
  log->warn("probes", "Cannot reach target", {{"target", "a"}});
  log->warn("probes", "Cannot reach target", {{"target", "b"}});
  log->warn("sinks", "Cannot reach target", {{"target", "a"}});
  log->error("probes", "Cannot reach target", {{"target", "a"}});
  for (int i = 0; i < 3; ++i) log->info("supervise", "Restarted child");
  EXPECT_EQ(lines().size(), 7u);
}

TEST_F(JsonLogTest, NeverWaitsForAReaderAndTellsWhatWasDropped) {
  ::fcntl(write_end.number(), F_SETPIPE_SZ, 4096);
  make();
  const std::string filler(1000, 'x');
  for (int i = 0; i < 500; ++i) log->info("a", "line", {{"i", i}, {"filler", filler}});
  const std::uint64_t dropped = log->counts().dropped;
  EXPECT_GT(dropped, 300u);
  EXPECT_EQ(::fcntl(write_end.number(), F_GETFL) & O_NONBLOCK, 0) << "others share this pipe";
  std::size_t whole = 0;
  std::size_t told = 0;
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += read_all();
    log->flush(false);
  }
  all += read_all();
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = all.find('\n', begin);
    ASSERT_NE(end, std::string::npos);
    const std::string line = all.substr(begin, end - begin);
    EXPECT_TRUE(line.starts_with("{\"time\"") && line.ends_with("}")) << line;
    const bool tells =
        line.find(R"("what":"Log lines were dropped, since nobody read them")") != std::string::npos;
    (tells ? told : whole) += 1;
    if (tells) {
      EXPECT_THAT(line, HasSubstr("\"dropped\":" + std::to_string(dropped)));
    }
    begin = end + 1;
  }
  EXPECT_EQ(whole + dropped, 500u);
  EXPECT_EQ(told, 1u);
}

TEST_F(JsonLogTest, AReaderThatWentAwayCostsLinesAndNothingElse) {
  std::signal(SIGPIPE, SIG_IGN);
  read_end = Descriptor();
  log->info("a", "into the void");
  log->info("a", "and again");
  EXPECT_EQ(log->counts().dropped, 2u);
  log.reset();
  std::signal(SIGPIPE, SIG_DFL);
}

TEST_F(JsonLogTest, ASocketAsTheJournalGivesIsFineToo) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  read_end = Descriptor(ends[0]);
  write_end = Descriptor(ends[1]);
  ::fcntl(read_end.number(), F_SETFL, O_NONBLOCK);
  make();
  log->info("a", "b");
  EXPECT_EQ(lines().size(), 1u);
  for (int i = 0; i < 2000; ++i) log->info("a", "b", {{"filler", std::string(1000, 'x')}});
  EXPECT_GT(log->counts().dropped, 0u);
}

TEST_F(JsonLogTest, ForAPersonItIsPlainText) {
  make({.style = LogStyle::text});
  log->warn("probes", "Cannot reach target", {{"target", "d\nb"}, {"attempt", 1}});
  log->warn("probes", "Cannot reach target", {{"target", "d\nb"}, {"attempt", 2}});
  log->flush(true);
  EXPECT_THAT(lines(),
              ElementsAre("22:13:20.000 warn  probes: Cannot reach target target=\"d\\nb\" attempt=1",
                          "22:13:20.000 warn  probes: Cannot reach target target=\"d\\nb\" attempt=2 "
                          "(repeated 1 times, last at 22:13:20.000)"));
}

TEST_F(JsonLogTest, ManyThreadsMayWrite) {
  ::fcntl(write_end.number(), F_SETPIPE_SZ, 1 << 20);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 100; ++i) log->info("thread", "said", {{"t", t}, {"i", i}});
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lines().size(), 400u);
}

TEST(CapturedLog, KeepsWhatWasWritten) {
  CapturedLog log;
  log.warn("probes", "Cannot reach target", {{"target", "db"}, {"attempt", 3}, {"late", true}});
  log.info("probes", "Fine");
  EXPECT_EQ(log.count(core::Level::warn), 1u);
  ASSERT_EQ(log.saying("reach").size(), 1u);
  EXPECT_EQ(log.saying("reach")[0].fields.at("attempt"), "3");
  EXPECT_EQ(log.text(),
            "warn probes: Cannot reach target attempt=3 late=true target=db\ninfo probes: Fine\n");
  log.clear();
  EXPECT_TRUE(log.entries().empty());
}
