#include "agent/sinks/prometheus/page.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace std::chrono_literals;

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
      loop.get_executor(), {clock, pool, registry, {&board}}, {{"service", "tests-api"}}};

  core::Task<void> ask(net::Call call, std::vector<net::Response>& into) {
    into.push_back(co_await page.answer(call));
    into.back().body = into.back().to_send();
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
  ::prometheus::Registry target;
  ::prometheus::BuildCounter().Name("x").Help("X").Register(target).Add({}).Increment();
  ::prometheus::BuildGauge().Name("y").Help("Y").Register(target).Add({}).Set(1);
  auto set = telemetry::from_registry(target.Collect(), {});
  house.board.publish(place, std::make_shared<const telemetry::FamilySet>(std::move(set)));
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

namespace {

struct Looker {
  telemetry::Board& board;
  std::size_t place = 0;
  int looks = 0;

  core::Task<void> look() {
    telemetry::FamilyWriter writer;
    writer.put(writer.family("looks", telemetry::MetricType::gauge, ""), ++looks);
    board.publish(place, std::make_shared<const telemetry::FamilySet>(writer.take()));
    co_return;
  }
};

}  // namespace

TEST(MetricsPage, AsksWhoCanLookAgainAndWaitsForNobodyWhoHangs) {
  PageHouse house;
  async::Bell never(house.loop.get_executor());
  Looker looker{house.board};
  looker.place = house.board.add("host", [&looker] { return looker.look(); });
  EXPECT_NE(house.get({}).body.find("looks 1\n"), std::string::npos);

  house.board.add("hangs", [&never] { return never.wait(); });
  house.clock.advance(1s);
  std::vector<net::Response> into;
  net::Call call;
  call.method = "GET";
  async::Nursery nursery(house.loop.get_executor());
  nursery.start(house.ask(call, into));
  house.clock.advance(199ms);
  EXPECT_TRUE(into.empty());
  house.clock.advance(2ms);
  ASSERT_EQ(into.size(), 1u);
  EXPECT_NE(into[0].body.find("looks 2\n"), std::string::npos) << into[0].body;
  EXPECT_EQ(nursery.size(), 0u);
}
