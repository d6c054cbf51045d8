#include "agent/sources/haproxy/haproxy_source.hpp"
#include "agent/sources/haproxy/statistics.hpp"
#include "agent/sources/test_house.hpp"

#include <array>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

const std::string head =
    "# "
    "pxname,svname,qcur,scur,smax,slim,stot,status,type,check_status,check_duration,hrsp_2xx,hrsp_5xx,req_"
    "tot,"
    "qtime,last_chk,weight,\n";
const std::string csv = head +
                        "www,FRONTEND,,2,9,100,40,OPEN,0,,,30,1,33,,,,\n"
                        "app,one,0,1,3,,20,UP 1/3,2,L7OK,12,15,1,,250,\"all \"\"well\"\", it says\",80,\n"
                        "app,two,0,0,3,,20,MAINT (via app/one),2,* L4CON,1,,,,,,1,\n"
                        "app,BACKEND,1,1,3,200,40,DOWN,1,,,30,1,33,250,,80,\n"
                        "www,sock-1,,1,2,50,40,OPEN,3,,,,,,,,,\n\n";

class HaproxySource : public sources::testing::SourceTest {
 protected:
  ~HaproxySource() override { stop(); }
  haproxy::Settings settings_;
};

core::Task<void> serve(net::SimStreams& net, const std::string& address, const std::string& answer,
                       std::string& asked) {
  for (;;) {
    const auto stream = co_await net.accept(address);
    std::array<char, 1024> buffer;
    const std::span<char> into(buffer);
    const auto size = co_await stream->read_some(into, 1h);
    if (size) asked.assign(buffer.data(), *size);
    (void)co_await stream->write_all(answer, 1h);
  }
}

}  // namespace

TEST_F(HaproxySource, ShowsFrontendsBackendsServersAndListeners) {
  client_.say = [] { return sources::testing::body(csv); };
  settings_.url = "http://edge:8404/stats;csv";
  settings_.labels = {{"target", "edge"}};
  start(haproxy::make(tools_, settings_));
  EXPECT_TRUE(shows("haproxy_up{target=\"edge\"} 1")) << page();
  EXPECT_TRUE(shows("haproxy_frontend_current_sessions{proxy=\"www\",target=\"edge\"} 2"));
  EXPECT_TRUE(shows("haproxy_frontend_limit_sessions{proxy=\"www\",target=\"edge\"} 100"));
  EXPECT_TRUE(shows("haproxy_frontend_http_responses_total{proxy=\"www\",code=\"2xx\",target=\"edge\"} 30"));
  EXPECT_TRUE(shows("haproxy_frontend_status{proxy=\"www\",state=\"UP\",target=\"edge\"} 1"));
  EXPECT_TRUE(shows("haproxy_frontend_status{proxy=\"www\",state=\"DOWN\",target=\"edge\"} 0"));
  EXPECT_TRUE(shows("haproxy_backend_status{proxy=\"app\",state=\"UP\",target=\"edge\"} 0"));
  EXPECT_TRUE(shows("haproxy_backend_queue_time_average_seconds{proxy=\"app\",target=\"edge\"} 0.25"));
  EXPECT_TRUE(shows("haproxy_server_status{proxy=\"app\",server=\"one\",state=\"UP\",target=\"edge\"} 1"));
  EXPECT_TRUE(
      shows("haproxy_server_check_status{proxy=\"app\",server=\"one\",state=\"L7OK\",target=\"edge\"} 1"));
  EXPECT_TRUE(
      shows("haproxy_server_check_duration_seconds{proxy=\"app\",server=\"one\",target=\"edge\"} 0.012"));
  EXPECT_TRUE(shows("haproxy_server_weight{proxy=\"app\",server=\"one\",target=\"edge\"} 80"))
      << "behind a quoted field";
  EXPECT_TRUE(shows("haproxy_server_status{proxy=\"app\",server=\"two\",state=\"MAINT\",target=\"edge\"} 1"));
  EXPECT_TRUE(
      shows("haproxy_server_check_status{proxy=\"app\",server=\"two\",state=\"L4CON\",target=\"edge\"} 1"));
  EXPECT_TRUE(
      shows("haproxy_listener_status{proxy=\"www\",listener=\"sock-1\",state=\"OPEN\",target=\"edge\"} 1"));
  EXPECT_EQ(page().find("haproxy_frontend_current_queue"), std::string::npos) << "a frontend has none";
  EXPECT_EQ(page().find("haproxy_server_limit_sessions"), std::string::npos) << "nothing is said of it";
}

TEST_F(HaproxySource, APageMayWantALogin) {
  client_.say = [] { return sources::testing::body(csv); };
  settings_.url = "http://edge:8404/stats;csv";
  settings_.user = "me";
  settings_.password = config::Secret("word");
  start(haproxy::make(tools_, settings_));
  EXPECT_EQ(net::header(client_.asked.headers, "Authorization"), "Basic bWU6d29yZA==");
  client_.say = [] { return sources::testing::body("", 401); };
  clock_.advance(15s);
  EXPECT_EQ(source_->status().detail, "it answers with HTTP 401");
  EXPECT_TRUE(shows("haproxy_up{target=\"http://edge:8404/stats;csv\"} 0"));
}

TEST_F(HaproxySource, WhatIsNoCsvOfStatisticsIsDown) {
  settings_.url = "http://edge:8404/stats";
  for (const std::string& other :
       {std::string("<html>"), std::string(), std::string("# pxname,svname\nwww,a\n")}) {
    client_.say = [&other] { return sources::testing::body(other); };
    if (!source_) {
      start(haproxy::make(tools_, settings_));
    } else {
      clock_.advance(15s);
    }
    EXPECT_EQ(source_->status().detail, "its answer is no CSV of statistics") << other;
    EXPECT_TRUE(shows("haproxy_up{target=\"http://edge:8404/stats\"} 0"));
  }
}

TEST_F(HaproxySource, TheSocketIsAskedAndReadToItsEnd) {
  const std::string address = "unix:/run/haproxy.sock";
  std::string answer = csv, asked;
  for (int i = 0; i < 1000; ++i) answer += "app,s" + std::to_string(i) + ",0,0,3,,20,UP,2,L4OK,1,,,,,,1,\n";
  streams_.listen(address);
  nursery_.start(serve(streams_, address, answer, asked));
  settings_.socket = address;
  start(haproxy::make(tools_, settings_));
  EXPECT_EQ(asked, "show stat\n");
  EXPECT_TRUE(shows("haproxy_up{target=\"unix:/run/haproxy.sock\"} 1"));
  EXPECT_TRUE(
      shows("haproxy_server_weight{proxy=\"app\",server=\"s999\",target=\"unix:/run/haproxy.sock\"} 1"));
  answer.append(5 << 20, 'x');
  clock_.advance(15s);
  EXPECT_EQ(source_->status().detail, "its answer is too long for statistics");
  streams_.set_silent(address, true);
  clock_.advance(20s);
  EXPECT_EQ(source_->status().detail, "the answer of unix:/run/haproxy.sock took longer than 5s");
  stop();
}
