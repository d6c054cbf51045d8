#include "agent/kube/api.hpp"

#include "agent/config/load.hpp"
#include "agent/kube/json.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/os/sim/sim_run.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

net::Response status_of(int code, const std::string& reason, const std::string& message) {
  return {code, {}, R"({"kind":"Status","reason":")" + reason + R"(","message":")" + message + "\"}"};
}

class KubeApi : public testing::Test {
 protected:
  void SetUp() override {
    net.add_host("10.0.0.1:443", [this](const net::Call& call) {
      asked.push_back(call);
      if (answers.empty()) return net::Response{200, {}, "{}"};
      net::Response answer = answers.front();
      if (answers.size() > 1) answers.erase(answers.begin());
      return answer;
    });
    put("token", "first\n");
    put("namespace", "school");
    access.told_server = "https://10.0.0.1:443";
  }
  void put(const std::string& name, const std::string& text) {
    ASSERT_TRUE(files.make_directories("/var/run/secrets/kubernetes.io/serviceaccount"));
    ASSERT_TRUE(files.replace(kube::pod_file(name), text));
  }
  kube::Api& api() {
    if (!made) made = std::make_unique<kube::Api>(access, kube::Tools{clock, *client, *pool, files});
    return *made;
  }
  template <class T>
  T wait_for(core::Task<T> work, core::Duration most = 20s) {
    auto result = os::run_for(clock, loop, most, std::move(work));
    EXPECT_TRUE(result) << "it is not done";
    return std::move(*result);
  }
  auto get(const std::string& what = "pods/tests-api-0") {
    kube::Question question;
    question.what = what;
    return wait_for(api().ask(std::move(question)));
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  os::SimFiles files;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  kube::Access access;
  std::unique_ptr<kube::Api> made;
  std::vector<net::Call> asked;
  std::vector<net::Response> answers;  // the last one again and again
};

}  // namespace

TEST_F(KubeApi, ATokenThatIsNotThereSaysNothingAboutThePod) {
  access.token_file = "/nowhere";
  const auto answer = get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::Errc::unavailable) << answer.error().what;
  EXPECT_THAT(asked, testing::IsEmpty());
}

TEST_F(KubeApi, APodIsToldWhereAndWhoItIs) {
  ASSERT_TRUE(get());
  EXPECT_EQ(asked.at(0).path, "/api/v1/namespaces/school/pods/tests-api-0");
  EXPECT_EQ(net::header(asked[0].headers, "authorization"), "Bearer first");
}

TEST_F(KubeApi, WhoIsNoPodAndSaysNothingIsToldWhatToSay) {
  access.told_server.clear();
  const auto lost = get();
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().what, HasSubstr("this is not a pod"));
  EXPECT_THAT(lost.error().hint, HasSubstr("server: https://"));
  EXPECT_TRUE(asked.empty());
}

TEST_F(KubeApi, ARotatedTokenIsReadAnew) {
  ASSERT_TRUE(get());
  put("token", "second");
  ASSERT_TRUE(get());
  EXPECT_EQ(net::header(asked.at(1).headers, "authorization"), "Bearer first")
      << "the file is not read each time";
  clock.advance(1min);
  ASSERT_TRUE(get());
  EXPECT_EQ(net::header(asked.at(2).headers, "authorization"), "Bearer second");
}

TEST_F(KubeApi, ATokenThatIsRefusedIsReadAnewAtOnceAndOnlyOnce) {
  answers = {status_of(401, "Unauthorized", "Unauthorized"), {200, {}, "{}"}};
  ASSERT_TRUE(get());
  EXPECT_EQ(asked.size(), 2u);
  answers = {status_of(401, "Unauthorized", "Unauthorized")};
  const auto refused = get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::denied);
  EXPECT_EQ(asked.size(), 4u);
}

TEST_F(KubeApi, TellsNoFromNobodyKnows) {
  struct Case {
    net::Response answer;
    core::Errc code;
  };
  const std::vector<Case> cases{
      {status_of(403, "Forbidden", "pods is forbidden"), core::Errc::denied},
      {status_of(404, "NotFound", "pods not found"), core::Errc::not_found},
      {{404, {}, "<html>no such page</html>"}, core::Errc::corrupt},
      {status_of(404, "", "the server could not find the requested resource"), core::Errc::corrupt},
      {status_of(409, "Conflict", "has been modified"), core::Errc::busy},
      {status_of(422, "Invalid", "is invalid"), core::Errc::refused},
      {status_of(500, "InternalError", "etcd"), core::Errc::unavailable},
      {{503, {}, "no endpoints"}, core::Errc::unavailable},
      {{504, {}, ""}, core::Errc::timed_out},
      {{200, {}, "[1]"}, core::Errc::corrupt},
      {{302, {}, ""}, core::Errc::refused},
  };
  for (const Case& each : cases) {
    answers = {each.answer};
    const auto refused = get();
    ASSERT_FALSE(refused) << each.answer.status;
    EXPECT_EQ(refused.error().code, each.code) << each.answer.status << each.answer.body;
  }
  answers = {{500, {}, std::string(100'000, '\x01')}};
  EXPECT_LT(get().error().what.size(), 600u);
}

TEST_F(KubeApi, A429IsAnAnswerWhereNobodyWaitsItsTurnAndSaysWhichBudgetForbidsIt) {
  answers = {
      {429,
       {},
       R"({"kind":"Status","reason":"TooManyRequests","message":"Cannot evict pod.","details":{"causes":)"
       R"([{"reason":"DisruptionBudget","message":"The disruption budget api needs 2"}]}})"}};
  kube::Question question;
  question.method = "POST";
  question.what = "pods/tests-api-0/eviction";
  question.waits_its_turn = false;
  const auto refused = wait_for(api().ask(std::move(question)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::exhausted);
  EXPECT_EQ(refused.error().what,
            "the API server answers 429: Cannot evict pod. The disruption budget api needs 2");
  EXPECT_EQ(asked.size(), 1u);
}

TEST_F(KubeApi, SilenceCostsTheLimit) {
  access.timeout = 3s;
  net.set_fault("10.0.0.1:443", {net::Trouble::hang, {}, 0});
  const auto silent = get();
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, core::Errc::timed_out);
}

TEST_F(KubeApi, IsLeftAloneForAsLongAsItAsks) {
  net::Response busy = status_of(429, "TooManyRequests", "too many requests");
  busy.headers = {{"Retry-After", "2"}};
  answers = {busy, {200, {}, R"({"kind":"Pod"})"}};
  const core::Instant begun = clock.now();
  kube::Question question;
  question.what = "pods/x";
  std::optional<core::Duration> took;
  auto ask = [&](kube::Question what) -> core::Task<bool> {
    auto asking = api().ask(std::move(what));
    const auto answer = co_await std::move(asking);
    took = clock.now() - begun;
    co_return answer.has_value();
  };
  EXPECT_TRUE(wait_for(ask(std::move(question))));
  EXPECT_GE(*took, 2s);
  answers = {busy};
  const auto refused = get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::exhausted);
  EXPECT_LE(asked.size(), 12u);
  busy.headers = {{"Retry-After", "3600"}};
  answers = {busy};
  EXPECT_FALSE(get()) << "longer than the limit is not waited";
}

TEST_F(KubeApi, AWatchGoesOnFromWhereItWasAndSaysWhenThatIsTooOld) {
  kube::Question question;
  question.what = "pods?labelSelector=app";
  std::string version = "5";
  answers = {{200,
              {},
              R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}})"
              "\n"}};
  const auto nothing = wait_for(api().watch(question, version, 30s));
  ASSERT_TRUE(nothing);
  EXPECT_EQ(*nothing, kube::Heard::nothing);
  EXPECT_EQ(version, "9");
  EXPECT_THAT(asked.at(0).query,
              HasSubstr("labelSelector=app&watch=1&allowWatchBookmarks=true&timeoutSeconds=30&"
                        "resourceVersion=5"));
  answers = {status_of(410, "Expired", "too old resource version")};
  EXPECT_EQ(*wait_for(api().watch(question, version, 30s)), kube::Heard::too_old);
  answers = {status_of(403, "Forbidden", "cannot watch")};
  EXPECT_EQ(wait_for(api().watch(question, version, 30s)).error().code, core::Errc::denied);
  answers = {{200, {}, "<html>\n"}};
  EXPECT_EQ(wait_for(api().watch(question, version, 30s)).error().code, core::Errc::corrupt);
}

TEST_F(KubeApi, WhatItIsCalledIsQuotedAndWhereItIsCanBeIPv6) {
  EXPECT_EQ(kube::quote("app=tests,tier in (a)"), "app%3Dtests%2Ctier%20in%20%28a%29");
  config::Environment environment = config::empty_environment();
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    return name == "KUBERNETES_SERVICE_HOST" ? "fd00::1" : "6443";
  };
  EXPECT_EQ(kube::told_server(environment), "https://[fd00::1]:6443");
  EXPECT_EQ(kube::told_server(config::empty_environment()), "");
  EXPECT_TRUE(kube::is_name("tests-api.0"));
  for (const char* wrong : {"", "Tests", "a/b", "-a", "a-", "..", "a?b"})
    EXPECT_FALSE(kube::is_name(wrong)) << wrong;
  EXPECT_FALSE(kube::is_name("a.b", false));
}
