#include "agent/sources/redis/redis_source.hpp"
#include "agent/sources/test_house.hpp"

#include <array>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

constexpr const char* address = "cache:6379";
constexpr const char* info = "redis_version:7.0.15\r\nrole:master\r\nconnected_clients:3\r\n";

using Says = std::function<std::string(std::string_view asked)>;

std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

core::Task<void> serve(net::SimStreams& net, const Says& says) {
  for (;;) {
    const auto stream = co_await net.accept(address);
    for (;;) {
      std::array<char, 1024> buffer;
      const std::span<char> into(buffer);
      const auto size = co_await stream->read_some(into, 1h);
      if (!size || *size == 0) break;
      const std::string answer = says(std::string_view(buffer.data(), *size));
      if (!answer.empty()) (void)co_await stream->write_all(answer, 1h);
    }
  }
}

class RedisSource : public sources::testing::SourceTest {
 protected:
  RedisSource() {
    settings_.address = address;
    settings_.timeout = 2s;
    streams_.listen(address);
    nursery_.start(serve(streams_, says_));
  }
  ~RedisSource() override { stop(); }

  Says says_ = [](std::string_view) { return bulk(info); };
  redis::Settings settings_;
};

}  // namespace

TEST_F(RedisSource, ShowsWhatInfoSays) {
  std::string asked;
  says_ = [&](std::string_view said) {
    asked += said;
    return bulk(info);
  };
  start(redis::make(tools_, settings_));
  EXPECT_TRUE(shows("redis_up{target=\"cache:6379\"} 1")) << page();
  EXPECT_TRUE(shows("redis_connected_clients{target=\"cache:6379\"} 3"));
  EXPECT_EQ(asked, "*2\r\n$4\r\nINFO\r\n$3\r\nall\r\n");
  EXPECT_EQ(source_->status().url, "redis cache:6379");
}

TEST_F(RedisSource, ThePasswordGoesFirstAndIsNeverShown) {
  settings_.user = "outrider";
  settings_.password = config::Secret("s3cret");
  std::string asked;
  says_ = [&](std::string_view said) -> std::string {
    asked += said;
    return said.find("AUTH") != std::string_view::npos ? "-WRONGPASS invalid username-password pair\r\n"
                                                       : bulk(info);
  };
  start(redis::make(tools_, settings_));
  EXPECT_EQ(asked, "*3\r\n$4\r\nAUTH\r\n$8\r\noutrider\r\n$6\r\ns3cret\r\n") << "and nothing after a no";
  EXPECT_TRUE(shows("redis_up{target=\"cache:6379\"} 0"));
  EXPECT_EQ(source_->status().detail, "it says: WRONGPASS invalid username-password pair");
  EXPECT_EQ((page() + log_.text() + meters()).find("s3cret"), std::string::npos);
}

TEST_F(RedisSource, OfOneInAClusterTheClustersStateIsShown) {
  says_ = [](std::string_view said) {
    return bulk(said.find("CLUSTER") != std::string_view::npos ? "cluster_state:ok\r\ncluster_size:3\r\n"
                                                               : std::string(info) + "cluster_enabled:1\r\n");
  };
  start(redis::make(tools_, settings_));
  EXPECT_TRUE(shows("redis_cluster_state{target=\"cache:6379\"} 1")) << page();
  EXPECT_TRUE(shows("redis_cluster_enabled{target=\"cache:6379\"} 1"));
}

TEST_F(RedisSource, GarbageSilenceAndNoEndCostTheTimeoutAndNoMore) {
  struct Case {
    std::string answer;
    const char* detail;
    core::Duration most;
  };
  const std::vector<Case> cases{
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "what cache:6379 says is not Redis' protocol", 1s},
      {bulk("hello"), "cache:6379 answers INFO with something else", 1s},
      {"-NOPERM this user has no permissions to run the 'info' command\r\n",
       "it says: NOPERM this user has no permissions to run the 'info' command", 1s},
      {std::string(2 << 20, 'x'), "cache:6379 says too much", 1s},
      {"$1000\r\nonly this", "the answer of cache:6379 took longer than 2s", 3s},
      {"", "the answer of cache:6379 took longer than 2s", 3s},
  };
  start(redis::make(tools_, settings_));
  for (const Case& bad : cases) {
    says_ = [&bad](std::string_view) { return bad.answer; };
    clock_.advance(15s + bad.most);
    EXPECT_EQ(source_->status().detail, bad.detail);
    EXPECT_TRUE(shows("redis_up{target=\"cache:6379\"} 0")) << page();
    EXPECT_EQ(page().find("connected_clients"), std::string::npos);
  }
  says_ = [](std::string_view) { return bulk(info); };
  clock_.advance(20s);
  EXPECT_TRUE(shows("redis_up{target=\"cache:6379\"} 1"));
}

TEST_F(RedisSource, AnInfoOfManyCommandsIsReadWhole) {
  std::string much = info;
  for (int i = 0; i < 3000; ++i) much += "cmdstat_c" + std::to_string(i) + ":calls=1,usec=1\r\n";
  ASSERT_GT(much.size(), 64u * 1024) << "more than the probe would take";
  says_ = [much](std::string_view) { return bulk(much); };
  start(redis::make(tools_, settings_));
  EXPECT_TRUE(shows("redis_commands_total{cmd=\"c2999\",target=\"cache:6379\"} 1"));
}
