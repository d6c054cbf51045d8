#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/config/load.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/sinks/file/file.hpp"
#include "agent/sinks/file/rotation.hpp"
#include "agent/sinks/prometheus/page.hpp"

#include <gtest/gtest.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

telemetry::BatchPointer batch_of(const std::vector<std::string>& texts) {
  auto batch = std::make_shared<telemetry::Batch>();
  telemetry::Shelter shelter;
  for (const auto& text : texts) {
    telemetry::Record record;
    record.text = shelter.keep(text, batch->chunks);
    record.bytes = text.size() + 1;
    batch->records.push_back(record);
  }
  return batch;
}

struct FileHouse {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::SimFiles files;
  sinks::Tools tools{clock, *pool, files};

  core::Outcome<> deliver(sinks::Sink& sink, const std::vector<std::string>& texts) {
    const std::vector<telemetry::BatchPointer> batches{batch_of(texts)};
    core::Outcome<> outcome;
    auto work = [](sinks::Sink& to, const std::vector<telemetry::BatchPointer>& what,
                   core::Outcome<>& result) -> core::Task<void> {
      const std::span<const telemetry::BatchPointer> view(what);
      result = co_await to.deliver(view);
    };
    async::run_on_loop(loop, work(sink, batches, outcome));
    return outcome;
  }
  std::string content(const std::string& path) {
    const auto text = files.read_all(path, 1 << 20);
    return text ? *text : "(" + text.error().what + ")";
  }
};

}  // namespace

TEST(FileSink, WritesALineARecordAndSyncsEachBatch) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/logs/deep/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"{\"a\":1}", "{\"a\":2}"}));
  EXPECT_EQ(house.content("/logs/deep/x.log"), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(house.files.syncs(), 1u);
  EXPECT_FALSE(sink->due());
}

TEST(FileSink, RotatesBeforeItGrowsBeyondItsBoundAndKeepsSoMany) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log", .rotate_at = 10, .keep = 2});
  for (const char* text : {"aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg"}) {
    ASSERT_TRUE(house.deliver(*sink, {text}));
  }
  EXPECT_EQ(house.content("/x.log"), "gggg\n");
  EXPECT_EQ(house.content("/x.log.1"), "eeee\nffff\n");
  EXPECT_EQ(house.content("/x.log.2"), "cccc\ndddd\n");
  EXPECT_FALSE(house.files.exists("/x.log.3"));
}

TEST(FileSink, ARotationThatWasCutOffIsCompletedAndLosesNothing) {
  os::SimFiles files;
  // x.log.1 was renamed to x.log.2 already, x.log not yet.
  ASSERT_TRUE(files.replace("/x.log", "new"));
  ASSERT_TRUE(files.replace("/x.log.2", "old"));
  ASSERT_TRUE(files.replace("/x.log.3", "older"));
  ASSERT_TRUE(sinks::file::rotate(files, "/x.log", 3));
  EXPECT_EQ(*files.read_all("/x.log.1", 100), "new");
  EXPECT_EQ(*files.read_all("/x.log.2", 100), "old");
  EXPECT_EQ(*files.read_all("/x.log.3", 100), "older");
}

TEST(FileSink, AFullDiskTearsNoLineAndItGoesOnWhenThereIsRoom) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  house.files.faults.capacity_bytes = 8;
  const auto full = house.deliver(*sink, {"second", "third"});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, core::Errc::exhausted);
  EXPECT_EQ(house.content("/x.log"), "first\n");
  house.files.faults.capacity_bytes = 1000;
  ASSERT_TRUE(house.deliver(*sink, {"second", "third"}));
  EXPECT_EQ(house.content("/x.log"), "first\nsecond\nthird\n");
}

TEST(FileSink, AFailedSyncLeavesNothingThatWouldBeWrittenTwice) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  house.files.faults.sync_fails = true;
  EXPECT_FALSE(house.deliver(*sink, {"second"}));
  EXPECT_EQ(house.content("/x.log"), "first\n");
  house.files.faults.sync_fails = false;
  ASSERT_TRUE(house.deliver(*sink, {"second"}));
  EXPECT_EQ(house.content("/x.log"), "first\nsecond\n");
}

TEST(FileSink, AFileThatWasMovedAwayIsBegunAnew) {
  FileHouse house;
  const auto sink = sinks::file::make(house.tools, {.path = "/x.log"});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  ASSERT_TRUE(house.files.rename("/x.log", "/moved.log"));
  ASSERT_TRUE(house.deliver(*sink, {"second"}));
  EXPECT_EQ(house.content("/x.log"), "second\n");
}

TEST(FileSink, SyncsEverySoOftenWhenToldTo) {
  FileHouse house;
  const auto sink = sinks::file::make(
      house.tools, {.path = "/x.log", .sync = sinks::file::Sync::at_times, .sync_every = 5s});
  ASSERT_TRUE(house.deliver(*sink, {"first"}));
  EXPECT_EQ(house.files.syncs(), 0u);
  ASSERT_TRUE(sink->due());
  EXPECT_EQ(*sink->due(), house.clock.now() + 5s);
  auto settle = [](sinks::Sink& of) -> core::Task<void> { (void)co_await of.settle(); };
  async::run_on_loop(house.loop, settle(*sink));
  EXPECT_EQ(house.files.syncs(), 1u);
  EXPECT_FALSE(sink->due());
}

TEST(SinkShelf, ReadsItsKeys) {
  sinks::Shelf shelf;
  sinks::fill(shelf);
  ASSERT_EQ(shelf.entries().size(), 1u);
  const auto& kind = shelf.entries()[0].kind;
  const auto plan =
      config::load_text("t", "{path: /x.log, sync: 5s, buffer: 1MiB, when_full: drop_newest}", kind);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan.value->buffer_bytes, 1u << 20);
  EXPECT_EQ(plan.value->when_full, sinks::WhenFull::drop_newest);
  for (const char* good : {"{path: /x, sync: never}", "{path: /x, sync: each_batch, keep: 0}"}) {
    EXPECT_TRUE(config::load_text("t", good, kind)) << good;
  }
  for (const char* bad : {"{}", "{path: x.log}", "{path: /x, sync: often}", "{path: /x, when_full: block}",
                          "{path: /x, buffer: 1}"}) {
    EXPECT_FALSE(config::load_text("t", bad, kind)) << bad;
  }
}

namespace {

class CountingPool final : public async::Pool {
 public:
  explicit CountingPool(async::Executor river) : inner_(async::make_inline_pool(std::move(river))) {}
  void submit(std::function<void()> job) override {
    ++jobs;
    inner_->submit(std::move(job));
  }
  int jobs = 0;

 private:
  std::unique_ptr<async::Pool> inner_;
};

struct PageHouse {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  CountingPool pool{loop.get_executor()};
  ::prometheus::Registry registry;
  telemetry::Board board;
  sinks::prometheus::MetricsPage page{
      loop.get_executor(), {clock, pool, registry, board}, {{"service", "tests-api"}}};

  core::Task<void> ask(net::Call call, std::vector<net::Response>& into) {
    into.push_back(co_await page.answer(call));
  }

  net::Response get(net::Headers headers, std::string method = "GET") {
    net::Call call;
    call.method = std::move(method);
    call.headers = std::move(headers);
    std::vector<net::Response> into;
    async::run_on_loop(loop, ask(std::move(call), into));
    return into.at(0);
  }
};

}  // namespace

TEST(MetricsPage, SpeaksTheFormatThatIsAskedFor) {
  PageHouse house;
  ::prometheus::BuildGauge().Name("g").Help("G").Register(house.registry).Add({}).Set(1);
  struct Case {
    std::string accept;
    bool open_metrics;
  };
  for (const Case& each : std::vector<Case>{
           {"", false},
           {"*/*", false},
           {"text/html,application/xhtml+xml,*/*;q=0.8", false},
           {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            true},
           {"application/openmetrics-text;version=0.0.1", true},
           {"application/openmetrics-text;q=0.1,text/plain;q=0.9", false},
           {"application/vnd.google.protobuf", false}}) {
    const net::Response response = house.get({{"Accept", each.accept}});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(net::header(response.headers, "Content-Type")
                  .starts_with("application/openmetrics-text; version=1.0.0"),
              each.open_metrics)
        << each.accept;
    EXPECT_EQ(response.body.ends_with("# EOF\n"), each.open_metrics);
    EXPECT_NE(response.body.find("g{service=\"tests-api\"} 1\n"), std::string::npos) << response.body;
  }
  EXPECT_EQ(house.get({}, "POST").status, 405);
  const net::Response zipped = house.get({{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(net::header(zipped.headers, "Content-Encoding"), "gzip");
  EXPECT_EQ(zipped.body.substr(0, 2), "\x1F\x8B");
}

TEST(MetricsPage, OneRenderServesAllWhoComeTogetherAndShortlyAfter) {
  PageHouse house;
  net::Call call;
  call.method = "GET";
  std::vector<net::Response> into;
  async::Nursery nursery(house.loop.get_executor());
  for (int i = 0; i < 100; ++i) nursery.start(house.ask(call, into));
  house.clock.settle();
  EXPECT_EQ(into.size(), 100u);
  EXPECT_EQ(house.pool.jobs, 1);
  house.clock.advance(90ms);
  house.get({});
  EXPECT_EQ(house.pool.jobs, 1);
  house.clock.advance(20ms);
  house.get({});
  EXPECT_EQ(house.pool.jobs, 2);
  EXPECT_EQ(nursery.size(), 0u);
}

TEST(MetricsPage, AScraperThatGoesAwayLeavesTheOthersTheirAnswer) {
  PageHouse house;
  net::Call call;
  call.method = "GET";
  std::vector<net::Response> into;
  async::Nursery leaving(house.loop.get_executor());
  async::Nursery staying(house.loop.get_executor());
  leaving.start(house.ask(call, into));
  house.loop.restart();
  house.loop.poll_one();
  staying.start(house.ask(call, into));
  leaving.cancel();
  house.clock.settle();
  EXPECT_EQ(leaving.size(), 0u);
  EXPECT_EQ(staying.size(), 0u);
  EXPECT_GE(into.size(), 1u);
}

TEST(MetricsPage, CountsConflictsOnceAScrape) {
  PageHouse house;
  ::prometheus::BuildGauge().Name("x").Help("X").Register(house.registry).Add({}).Set(1);
  const auto place = house.board.add("http://t");
  auto set = telemetry::parse_exposition("# TYPE x counter\nx 1\ny 1\n", telemetry::Format::text, {});
  ASSERT_TRUE(set);
  house.board.publish(place, std::make_shared<const telemetry::FamilySet>(std::move(*set)));
  for (int i = 0; i < 3; ++i) {
    const std::string body = house.get({}).body;
    EXPECT_NE(body.find("\ny 1\n"), std::string::npos);
    EXPECT_EQ(body.find("# TYPE x counter"), std::string::npos);
    house.clock.advance(1s);
  }
  const std::string last = house.get({}).body;
  EXPECT_NE(last.find("outrider_scrape_errors_total{reason=\"type_conflict\",target=\"http://"
                      "t\",service=\"tests-api\"} 1\n"),
            std::string::npos)
      << last;
  house.board.publish(place, nullptr);
  house.clock.advance(1s);
  EXPECT_EQ(house.get({}).body.find("\ny 1\n"), std::string::npos) << "a target that is down shows nothing";
}
