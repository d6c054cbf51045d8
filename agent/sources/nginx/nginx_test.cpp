#include "agent/sources/nginx/nginx_source.hpp"
#include "agent/sources/nginx/stub_status.hpp"
#include "agent/sources/test_house.hpp"

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

constexpr const char* fine =
    "Active connections: 291 \nserver accepts handled requests\n 16630948 16630947 31070465 \n"
    "Reading: 6 Writing: 179 Waiting: 106 \n";

class NginxSource : public sources::testing::SourceTest {
 protected:
  void start_it(std::string url = "http://edge:8080/stub_status") {
    nginx::Settings settings;
    settings.url = std::move(url);
    settings.timeout = 2s;
    start(nginx::make(tools_, settings));
  }
};

}  // namespace

TEST(StubStatus, GivesTheSevenNumbersOfThePage) {
  const auto status = nginx::read_stub_status(fine);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->active, 291u);
  EXPECT_EQ(status->accepted, 16630948u);
  EXPECT_EQ(status->handled, 16630947u);
  EXPECT_EQ(status->requests, 31070465u);
  EXPECT_EQ(status->reading, 6u);
  EXPECT_EQ(status->writing, 179u);
  EXPECT_EQ(status->waiting, 106u);
}

TEST(StubStatus, IsNothingElse) {
  const std::string page = fine;
  for (const std::string& other :
       {std::string(), std::string("<html>404</html>"), page.substr(0, page.size() - 6), page + "more",
        std::string("Active connections: -1\n") + page.substr(page.find("server")),
        std::string("Active connections: 99999999999999999999\n") + page.substr(page.find("server"))}) {
    const auto read = nginx::read_stub_status(other);
    ASSERT_FALSE(read) << other;
    EXPECT_EQ(read.error().code, core::Errc::corrupt) << other;
  }
}

TEST_F(NginxSource, ShowsWhatThePageSaysWithWhereItIs) {
  client_.say = [] { return sources::testing::body(fine); };
  start_it();
  EXPECT_TRUE(shows("nginx_up{target=\"http://edge:8080/stub_status\"} 1")) << page();
  EXPECT_TRUE(shows("nginx_connections_accepted{target=\"http://edge:8080/stub_status\"} 16630948"));
  EXPECT_TRUE(shows("# TYPE nginx_connections_accepted counter"));
  EXPECT_TRUE(shows("nginx_connections_active{target=\"http://edge:8080/stub_status\"} 291"));
  EXPECT_EQ(client_.limited_to, 2s);
  EXPECT_EQ(source_->status().url, "nginx http://edge:8080/stub_status");
  EXPECT_EQ(source_->status().up, core::Standing::ok);
}

TEST_F(NginxSource, OfOneThatFailsOnlyThatItDoesIsShown) {
  client_.say = [] { return sources::testing::body(fine); };
  start_it("http://edge/s");
  struct Case {
    core::Outcome<net::Response> answer;
    const char* reason;
    const char* detail;
  };
  net::Response long_page = sources::testing::body("");
  long_page.body_left_out = true;
  const std::vector<Case> cases{
      {core::fail(core::Errc::timed_out, "it took longer than 2s"), "timeout", "it took longer than 2s"},
      {sources::testing::body("", 403), "status", "it answers with HTTP 403"},
      {sources::testing::body("<html>"), "parse", "its answer is no page of stub_status"},
      {long_page, "parse", "its answer is too long for a page of stub_status"},
      {core::fail(core::Errc::refused, "connection refused"), "unreachable", "connection refused"},
  };
  for (const Case& bad : cases) {
    client_.say = [&bad] { return bad.answer; };
    clock_.advance(15s);
    EXPECT_TRUE(shows("nginx_up{target=\"http://edge/s\"} 0")) << page();
    EXPECT_EQ(page().find("nginx_connections"), std::string::npos) << "nothing old is shown";
    EXPECT_EQ(source_->status().detail, bad.detail);
    const std::string count = "reason=\"" + std::string(bad.reason) + "\",target=\"nginx http://edge/s\"} ";
    EXPECT_NE(meters().find(count), std::string::npos) << meters();
    EXPECT_EQ(meters().find(count + "0"), std::string::npos) << meters();
  }
  EXPECT_EQ(log_.saying("Cannot look at it").size(), 1u) << "the first failure of a run is said";
  client_.say = [] { return sources::testing::body(fine); };
  clock_.advance(15s);
  EXPECT_TRUE(shows("nginx_up{target=\"http://edge/s\"} 1"));
}

TEST_F(NginxSource, ItsOwnLabelsComeFirst) {
  client_.say = [] { return sources::testing::body(fine); };
  resource_.service = "tests-api";
  nginx::Settings settings;
  settings.url = "http://edge/s";
  settings.labels = {{"target", "edge"}};
  start(nginx::make(tools_, settings));
  EXPECT_TRUE(shows("nginx_up{target=\"edge\",service=\"tests-api\"} 1")) << page();
}
