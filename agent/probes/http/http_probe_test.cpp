#include "agent/probes/http/http_probe.hpp"

#include "agent/probes/test_kit.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;

namespace {

class HttpProbe : public probes::testing::ProbeTest {
 protected:
  core::Answer ask(probes::http::Settings settings, core::Duration limit = 1s) {
    const auto probe = probes::http::make_probe(std::move(settings), tools_);
    return ProbeTest::ask(*probe, limit);
  }

  void serve(int status, std::string body) {
    net_.add_host("127.0.0.1:8080", [=, this](const net::Call& call) {
      last_ = call;
      return net::Response{status, {}, body};
    });
  }

  void redirect(const std::string& from, const std::string& to) {
    net_.add_host(from, [=](const net::Call&) { return net::Response{302, {{"Location", to}}, ""}; });
  }

  net::Call last_;
  probes::http::Settings plain_ = [] {
    probes::http::Settings settings;
    settings.url = "http://127.0.0.1:8080/healthz";
    return settings;
  }();
};

}  // namespace

TEST_F(HttpProbe, AnyStatusOfTheTwoHundredsIsOkByDefault) {
  for (const int status : {200, 204, 299}) {
    serve(status, "");
    const core::Answer answer = ask(plain_);
    EXPECT_EQ(answer.standing, Standing::ok) << status;
    EXPECT_EQ(answer.detail, "HTTP " + std::to_string(status));
  }
}

TEST_F(HttpProbe, AnotherStatusIsNotOkAndSaysWhatItSaw) {
  serve(503, "the store does not answer\n");
  const core::Answer answer = ask(plain_);
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_EQ(answer.detail, "HTTP 503, wanted 200-299: the store does not answer");
}

TEST_F(HttpProbe, ARedirectIsAnAnswerLikeAnyOther) {
  redirect("127.0.0.1:8080", "/elsewhere");
  EXPECT_EQ(ask(plain_).detail, "HTTP 302, wanted 200-299");
}

TEST_F(HttpProbe, ARedirectIsFollowedAsFarAsIsAllowed) {
  redirect("127.0.0.1:8080", "http://127.0.0.1:9090/ready");
  net_.add_host("127.0.0.1:9090", [this](const net::Call& call) {
    last_ = call;
    return net::Response{200, {}, ""};
  });
  plain_.headers = {{"Authorization", "Bearer s3cret"}};
  plain_.redirects = probes::http::Redirects::same_host;
  EXPECT_EQ(ask(plain_).detail, "it redirects to another host: http://127.0.0.1:9090/ready");
  plain_.redirects = probes::http::Redirects::follow;
  EXPECT_EQ(ask(plain_).standing, Standing::ok);
  EXPECT_EQ(last_.path, "/ready");
  EXPECT_EQ(net::header(last_.headers, "authorization"), "") << "our headers are for whom they were meant";
}

TEST_F(HttpProbe, ACircleOfRedirectsIsLeft) {
  redirect("127.0.0.1:8080", "/again");
  plain_.redirects = probes::http::Redirects::same_host;
  EXPECT_EQ(ask(plain_).detail, "it redirects more than 5 times");
}

TEST_F(HttpProbe, ABodyThatIsTooLongIsNotReadAndMeetsNoWish) {
  serve(200, std::string(1 << 20, 'x') + "ready");
  plain_.most_body_bytes = 1024;
  EXPECT_EQ(ask(plain_).standing, Standing::ok) << "nothing was wanted of it";
  plain_.wish.body_contains = "ready";
  EXPECT_EQ(ask(plain_).detail, "HTTP 200, but the body is longer than `most_body`");
}

TEST_F(HttpProbe, TheWantedStatusMayBeSeveral) {
  plain_.wish.status = {{200, 200}, {401, 403}};
  serve(402, "");
  EXPECT_EQ(ask(plain_).standing, Standing::ok);
  serve(404, "<html>");
  EXPECT_EQ(ask(plain_).detail, "HTTP 404, wanted 200, 401-403");
}

TEST_F(HttpProbe, TheBodyMustHoldWhatItShould) {
  plain_.wish.body_contains = "\"ready\":true";
  serve(200, "{\"ready\":false}");
  EXPECT_EQ(ask(plain_).standing, Standing::not_ok);
  EXPECT_NE(ask(plain_).detail.find("does not contain"), std::string::npos);
  serve(200, "{\"ready\":true}");
  EXPECT_EQ(ask(plain_).standing, Standing::ok);
}

TEST_F(HttpProbe, MethodAndHeadersAreSentAsConfigured) {
  plain_.method = "HEAD";
  plain_.headers = {{"X-Probe", "outrider"}};
  serve(200, "");
  EXPECT_EQ(ask(plain_).standing, Standing::ok);
  EXPECT_EQ(last_.method, "HEAD");
  EXPECT_EQ(net::header(last_.headers, "x-probe"), "outrider");
}

TEST_F(HttpProbe, SilenceIsNotOkAtTheLimitAndNotLater) {
  serve(200, "");
  net_.set_fault("127.0.0.1:8080", {net::Trouble::hang, {}, 0});
  const core::Instant before = clock_.now();
  const core::Answer answer = ask(plain_, 3s);
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_LE(answer.took, 3s);
  EXPECT_LE(clock_.now() - before, 3s + 1ms);
}

TEST_F(HttpProbe, RefusedCutOffAndGarbageAreFactsAboutTheTarget) {
  serve(200, "ok");
  for (const net::Trouble trouble : {net::Trouble::refuse, net::Trouble::cut, net::Trouble::garbage}) {
    net_.set_fault("127.0.0.1:8080", {trouble, {}, 0});
    const core::Answer answer = ask(plain_);
    EXPECT_EQ(answer.standing, Standing::not_ok) << static_cast<int>(trouble) << ": " << answer.detail;
    EXPECT_FALSE(answer.detail.empty());
  }
}

TEST_F(HttpProbe, ItsTargetIsShownWithoutPasswordAndQuery) {
  plain_.url = "https://alice:secret@api.school.example/healthz?token=secret";
  EXPECT_EQ(probes::http::make_probe(plain_, tools_)->target(), "https://api.school.example/healthz");
}

TEST(HttpRedirect, LeadsToWhereABrowserWouldGo) {
  const std::string url = "https://a.example:8443/one/two?three";
  using probes::http::next_url;
  EXPECT_EQ(next_url(url, "http://b.example/x"), "http://b.example/x");
  EXPECT_EQ(next_url(url, "/x?y#z"), "https://a.example:8443/x?y");
  EXPECT_EQ(next_url(url, "x"), "https://a.example:8443/one/x");
  EXPECT_EQ(next_url(url, "//b.example/x"), "https://b.example/x");
  EXPECT_EQ(next_url("http://a.example", "x"), "http://a.example/x");
  for (const char* wrong : {"", "#top", "ftp://a/b", "http://", "unix:/run/x.sock:/y"}) {
    const auto next = next_url(url, wrong);
    EXPECT_TRUE(!next || next->starts_with("https://a.example:8443/one/")) << wrong << " " << *next;
  }
}

TEST(HttpRedirect, TheSameHostMadeSafeIsTheSame) {
  using probes::http::same_host;
  EXPECT_TRUE(same_host("http://a/x", "http://a/y"));
  EXPECT_TRUE(same_host("http://a/x", "https://a/x"));
  EXPECT_FALSE(same_host("https://a/x", "http://a/x"));
  EXPECT_FALSE(same_host("http://a/x", "http://a:8080/x"));
}
