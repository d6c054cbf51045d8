#include "agent/sources/scrape/scrape.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"

#include <deque>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

class QuietLog final : public core::Log {
 public:
  void write(core::Level, std::string_view, std::string_view, std::span<const core::Field>) override {
    ++lines;
  }
  int lines = 0;
};

class ScriptedClient final : public net::Client {
 public:
  core::Task<core::Outcome<net::Response>> ask(net::Request, core::Duration) override {
    co_await async::yield_turn();
    ++asked;
    if (answers.empty()) co_return core::fail(core::Errc::unavailable, "connection refused");
    core::Outcome<net::Response> answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  std::deque<core::Outcome<net::Response>> answers;
  int asked = 0;
};

net::Response page(std::string body, int status = 200) {
  return {status, {{"Content-Type", "text/plain"}}, std::move(body)};
}

std::string shown(const ::prometheus::Registry& registry) {
  return ::prometheus::TextSerializer().Serialize(registry.Collect());
}

struct ScrapeHouse {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  QuietLog log;
  ScriptedClient client;
  ::prometheus::Registry registry;
  core::Resource resource{
      .service = "tests-api", .namespace_ = {}, .version = {}, .environment = {}, .instance = {}, .host = {}};
  telemetry::Board board;
  Tools tools{clock, *random, *pool, log, client, registry, resource, {}};
};

}  // namespace

TEST(Scrape, ShowsWhatTheTargetBringsAndNothingOnceItIsDown) {
  ScrapeHouse house;
  scrape::Target target;
  target.url = "http://t/metrics";
  target.sample_limit = 2;
  target.labels = {{"team", "core"}};
  const auto source = scrape::make(house.tools, target);
  house.client.answers.emplace_back(page("x 1\nx 2\n"));
  house.client.answers.emplace_back(core::fail(core::Errc::timed_out, "took too long"));
  house.client.answers.emplace_back(page("a 1\nb 1\nc 1\n"));
  house.client.answers.emplace_back(page("nonsense\n"));
  house.client.answers.emplace_back(page("", 503));
  house.client.answers.emplace_back(page("x 3\n"));
  async::Nursery nursery(house.loop.get_executor());
  nursery.start(source->run(house.board));
  EXPECT_EQ(source->status().up, core::Standing::unknown);

  house.clock.advance(1s);
  ASSERT_EQ(house.client.asked, 1);
  ASSERT_EQ(house.board.entries().size(), 1u);
  const auto families = house.board.entries()[0].families;
  ASSERT_NE(families, nullptr);
  EXPECT_EQ(families->text(families->families[0].samples[0].labels), "team=\"core\",service=\"tests-api\"");
  EXPECT_EQ(source->status().up, core::Standing::ok);
  EXPECT_NE(shown(house.registry).find("outrider_scrape_up{target=\"http://t/metrics\"} 1"),
            std::string::npos);

  for (const char* reason : {"timeout", "sample_limit", "parse", "status"}) {
    house.clock.advance(15s);
    EXPECT_EQ(house.board.entries()[0].families, nullptr) << reason;
    EXPECT_EQ(source->status().up, core::Standing::not_ok);
    const std::string line =
        "outrider_scrape_errors_total{reason=\"" + std::string(reason) + "\",target=\"http://t/metrics\"} 1";
    EXPECT_NE(shown(house.registry).find(line), std::string::npos) << line << shown(house.registry);
    EXPECT_NE(shown(house.registry).find("outrider_scrape_up{target=\"http://t/metrics\"} 0"),
              std::string::npos);
  }
  EXPECT_EQ(house.log.lines, 1) << "the first failure of a run is said, the rest counted";
  house.clock.advance(15s);
  EXPECT_NE(house.board.entries()[0].families, nullptr);
  house.clock.advance(15s);
  EXPECT_NE(shown(house.registry).find("reason=\"unreachable\",target=\"http://t/metrics\"} 1"),
            std::string::npos);

  nursery.cancel();
  house.clock.settle();
  EXPECT_EQ(nursery.size(), 0u);
}
