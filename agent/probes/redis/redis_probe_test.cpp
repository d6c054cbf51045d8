#include "agent/probes/redis/redis_probe.hpp"

#include "agent/probes/test_kit.hpp"

#include <array>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;

namespace {

constexpr const char* address = "redis:6379";

using Says = std::function<std::string(std::string_view asked)>;

std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

core::Task<void> serve(net::SimStreams& net, Says says) {
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

class RedisProbe : public probes::testing::ProbeTest {
 protected:
  RedisProbe() {
    settings_.address = address;
    streams_.listen(address);
  }

  core::Answer ask(Says says) {
    async::Nursery server(loop_.get_executor());
    server.start(serve(streams_, std::move(says)));
    const auto probe = probes::redis::make_probe(settings_, tools_);
    const core::Answer answer = ProbeTest::ask(*probe, 1s);
    server.cancel();
    clock_.settle();
    return answer;
  }
  // PONG, and this for INFO.
  core::Answer ask_about(const std::string& info) {
    return ask([=](std::string_view asked) {
      return asked.find("PING") != std::string_view::npos ? "+PONG\r\n" : bulk(info);
    });
  }

  probes::redis::Settings settings_;
};

}  // namespace

TEST_F(RedisProbe, PongIsOkAndNothingElseIsAsked) {
  std::string asked;
  const core::Answer answer = ask([&](std::string_view said) {
    asked += said;
    return "+PONG\r\n";
  });
  EXPECT_EQ(answer.standing, Standing::ok);
  EXPECT_EQ(asked, "*1\r\n$4\r\nPING\r\n");
}

TEST_F(RedisProbe, LoadingIsNotOkAndSaysHowFarItIs) {
  const core::Answer answer = ask([](std::string_view asked) {
    if (asked.find("PING") != std::string_view::npos) return std::string("-LOADING Redis is loading\r\n");
    return bulk("# Persistence\r\nloading:1\r\nloading_loaded_perc:42.10\r\nloading_eta_seconds:7\r\n");
  });
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_EQ(answer.detail, "it is still loading its data: 42.10% so far, about 7 s to go");
}

TEST_F(RedisProbe, BusyIsNotOkAWrongPasswordIsOurTrouble) {
  EXPECT_EQ(ask([](std::string_view) { return "-BUSY Redis is busy running a script\r\n"; }).standing,
            Standing::not_ok);
  EXPECT_EQ(ask([](std::string_view) { return "-NOAUTH Authentication required.\r\n"; }).standing,
            Standing::unknown);
  settings_.password = config::Secret("s3cret");
  const core::Answer answer = ask([](std::string_view) { return "-WRONGPASS invalid pair\r\n"; });
  EXPECT_EQ(answer.standing, Standing::unknown);
  EXPECT_EQ(answer.detail.find("s3cret"), std::string::npos);
}

TEST_F(RedisProbe, ThePasswordGoesFirst) {
  settings_.user = "outrider";
  settings_.password = config::Secret("a b");
  std::string asked;
  ask([&](std::string_view said) {
    asked += said;
    return asked.find("PING") == std::string::npos ? "+OK\r\n" : "+PONG\r\n";
  });
  EXPECT_TRUE(asked.starts_with("*3\r\n$4\r\nAUTH\r\n$8\r\noutrider\r\n$3\r\na b\r\n")) << asked;
}

TEST_F(RedisProbe, TheRoleMustBeTheOneWanted) {
  settings_.role = probes::redis::Role::primary;
  EXPECT_EQ(ask_about("role:master\r\n").standing, Standing::ok);
  EXPECT_EQ(ask_about("role:slave\r\nmaster_link_status:up\r\n").detail, "it is a replica");
}

TEST_F(RedisProbe, AReplicaWithoutItsPrimaryIsNotOk) {
  settings_.role = probes::redis::Role::replica;
  settings_.most_lag = 10s;
  const std::string start = "role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n";
  EXPECT_EQ(ask_about(start + "master_link_status:down\r\nmaster_sync_in_progress:0\r\n").detail,
            "a replica whose link to its primary 10.0.0.1:6379 is down");
  const std::string up = start + "master_link_status:up\r\nmaster_last_io_seconds_ago:";
  EXPECT_EQ(ask_about(up + "11\r\n").standing, Standing::not_ok);
  EXPECT_EQ(ask_about(up + "3\r\n").standing, Standing::ok);
}

TEST_F(RedisProbe, APrimaryMustHaveReplicasInStep) {
  settings_.least_replicas = 2;
  settings_.most_lag = 5s;
  const std::string one = "role:master\r\nslave0:ip=a,port=1,state=online,offset=5,lag=1\r\n";
  EXPECT_EQ(ask_about(one + "slave1:ip=b,port=1,state=online,offset=5,lag=0\r\n").standing, Standing::ok);
  EXPECT_EQ(ask_about(one + "slave1:ip=b,port=1,state=online,offset=5,lag=60\r\n").standing,
            Standing::not_ok);
  EXPECT_EQ(ask_about(one + "slave1:ip=b,port=1,state=wait_bgsave,offset=0,lag=0\r\n").standing,
            Standing::not_ok);
}

TEST_F(RedisProbe, RubbishAndTooMuchOfItAreFactsAboutTheTarget) {
  EXPECT_EQ(ask([](std::string_view) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; }).standing,
            Standing::not_ok);
  EXPECT_EQ(ask([](std::string_view) { return "$99999999999\r\n"; }).standing, Standing::not_ok);
  const core::Answer endless = ask([](std::string_view) { return std::string(1 << 20, 'x'); });
  EXPECT_EQ(endless.standing, Standing::not_ok);
  EXPECT_EQ(endless.detail, "redis:6379 says too much");
}

TEST_F(RedisProbe, SilenceIsNotOkAtTheLimit) {
  const core::Answer answer = ask([](std::string_view) { return ""; });
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_LE(answer.took, 1s);
}
