// How one request of the restored server is answered: with a cut, and for a server that follows.
#include "agent/catalogs/tool_world.hpp"
#include "agent/os/scratch.hpp"
#include "agent/recovery/ground/fetching.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

constexpr const char* five = "000000010000000000000005";

struct Site {
  catalogs::ToolWorld world;
  os::Scratch scratch;
  FetchOrder order;
  std::vector<int> codes;  // one after the other; then 0
  std::size_t asked = 0;
  std::size_t bytes = 5000;
  core::Duration took{};

  Site() {
    order.plan.argv = {"/bin/get", "%f", "%p"};
    order.plan.absent_codes = {1};
    order.last = {{"00000001", five}};
    order.log = scratch / "fetch.log";
    world.program("/bin/get", [this](const std::vector<std::string>& argv) {
      const int code = asked < codes.size() ? codes[asked] : 0;
      ++asked;
      if (code == 0) std::ofstream(argv.back()) << std::string(bytes, 'x');
      return catalogs::ToolAnswer{code, "", "the network is down"};
    });
  }
  static core::Task<core::Outcome<Fetched>> ask(Site& site, std::string name) {
    const core::Instant began = site.world.clock.now();
    std::string path = site.scratch / "got";
    Fetched fetched = co_await answer_fetch(site.world.processes, site.world.clock, *site.world.pool,
                                            site.order, std::move(name), std::move(path));
    site.took = site.world.clock.now() - began;
    co_return fetched;
  }
  int answer(const std::string& name = five) {
    const auto fetched = world.wait(ask(*this, name));
    EXPECT_TRUE(fetched);
    return fetched ? fetched->code : -1;
  }
  std::vector<int> noted() {
    std::ifstream log(order.log);
    std::vector<int> list;
    for (std::string line; std::getline(log, line);) list.push_back(std::stoi(line.substr(line.find(' '))));
    return list;
  }
};

}  // namespace

TEST(AnswerFetch, WithACutTroubleIsAnsweredAtOnce) {
  Site site;
  site.codes = {49};
  EXPECT_EQ(site.answer(), fetch_trouble);
  EXPECT_EQ(site.noted(), std::vector<int>{fetch_trouble});
  EXPECT_EQ(site.answer("000000010000000000000006"), fetch_absent) << "it came after the cut";
  EXPECT_EQ(site.asked, 1u);
}

TEST(AnswerFetch, WhoFollowsHearsOfTroubleOnlyWhenItLasts) {
  Site site;
  site.order.follows = true;
  site.codes = {49, 49};
  EXPECT_EQ(site.answer(), fetch_found);
  const std::vector<int> all = {fetch_trouble, fetch_trouble, fetch_found};
  EXPECT_EQ(site.noted(), all) << "but it is noted at once";
  EXPECT_GE(site.took, 15s);
  site.codes.assign(100, 49);
  site.asked = 0;
  site.order.patience = 30s;
  EXPECT_EQ(site.answer(), fetch_trouble);
  EXPECT_LT(site.asked, 6u);
  site.codes = {1};
  site.asked = 0;
  EXPECT_EQ(site.answer("000000010000000000000FFF"), fetch_absent) << "the archive itself says so";
  EXPECT_EQ(site.asked, 1u) << "absent is an answer";
}

TEST(AnswerFetch, ACeilingHoldsSegmentsBackAndNothingElse) {
  Site site;
  site.order.follows = true;
  site.order.most_bytes_per_second = 500;
  EXPECT_EQ(site.answer(), fetch_found);
  EXPECT_GE(site.took, 10s);
  EXPECT_EQ(site.answer("00000002.history"), fetch_found);
  EXPECT_LT(site.took, 1s);
}

}  // namespace outrider::recovery
