#include "agent/recovery/alarms/notify/notifier.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/os/sim_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string prometheus_says(std::string_view state, std::string_view drill = "d1") {
  return fmt::format(
      R"({{"status":"success","data":{{"alerts":[{{"labels":{{"alertname":"Watchdog"}},"state":"firing"}},)"
      R"({{"labels":{{"alertname":"OutriderAlarmDrill","drill":"{}"}},"annotations":{{}},"state":"{}","value":"1e+00"}}]}}}})",
      drill, state);
}

std::string alertmanager_says(std::string_view state, std::string_view receiver = "on-call") {
  return fmt::format(
      R"([{{"labels":{{"alertname":"OutriderAlarmDrill","drill":"d1"}},"receivers":[{{"name":"{}"}}],)"
      R"("status":{{"state":"{}","silencedBy":[],"inhibitedBy":[]}}}}])",
      receiver, state);
}

std::string metrics(int all, int failed) {
  return fmt::format(
      "# TYPE alertmanager_notification_requests_total counter\n"
      "alertmanager_notification_requests_total{{integration=\"email\"}} 4\n"
      "alertmanager_notification_requests_total{{integration=\"webhook\"}} {}\n"
      "alertmanager_notification_requests_failed_total{{integration=\"webhook\"}} {}\n"
      "alertmanager_notifications_total{{integration=\"webhook\"}} 99\n",
      all, failed);
}

TEST(Prometheus, FiresOnlyWhatIsOursAndNotPending) {
  EXPECT_TRUE(read_fires(prometheus_says("firing"), "d1").value());
  EXPECT_FALSE(read_fires(prometheus_says("pending"), "d1").value());
  EXPECT_FALSE(read_fires(prometheus_says("firing", "of last week"), "d1").value());
  EXPECT_FALSE(read_fires("<html>", "d1"));
  EXPECT_FALSE(read_fires("[]", "d1"));
}

TEST(Alertmanager, SaysWhereItGoesAndWhetherItIsHeldBack) {
  NotifierView view;
  view.drill = "d1";
  ASSERT_TRUE(read_arrived(alertmanager_says("active"), view));
  EXPECT_TRUE(view.arrived);
  EXPECT_FALSE(view.suppressed);
  EXPECT_THAT(view.receivers, ElementsAre("on-call"));
  ASSERT_TRUE(read_arrived(alertmanager_says("suppressed"), view));
  EXPECT_TRUE(view.suppressed);
  EXPECT_FALSE(read_arrived("{}", view));
  NotifierView other;
  other.drill = "d2";
  ASSERT_TRUE(read_arrived(alertmanager_says("active"), other));
  EXPECT_FALSE(other.arrived);
}

TEST(Alertmanager, CountsItsTriesByKind) {
  const auto tries = read_tries(metrics(7, 2));
  ASSERT_TRUE(tries);
  EXPECT_EQ(tries->at("webhook").all, 7);
  EXPECT_EQ(tries->at("webhook").failed, 2);
  EXPECT_EQ(tries->at("email").all, 4);
  EXPECT_EQ(read_tries("alertmanager_notifications_total{integration=\"email\"} 4\n").error().code,
            core::Errc::unsupported);
}

// A Prometheus and an Alertmanager in virtual time.
struct Pair {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  net::SimNet net{clock};
  AlarmSettings settings;
  std::string alerts = prometheus_says("firing"), arrived = alertmanager_says("active");
  int tries = 0, failed = 0;
  int tries_each_look = 0, failed_each_look = 0;
  std::vector<std::string> told;

  Pair() {
    settings.prometheus = "http://prometheus:9090/";
    settings.alertmanager = "http://alertmanager:9093";
    settings.wait = 60s;
    net.add_host("prometheus:9090", [this](const net::Call&) { return net::Response{200, {}, alerts}; });
    net.add_host("alertmanager:9093", [this](const net::Call& call) {
      if (call.path != "/metrics") return net::Response{200, {}, arrived};
      net::Response answer{200, {}, metrics(tries, failed)};
      tries += tries_each_look;
      failed += failed_each_look;
      return answer;
    });
  }

  core::Duration meanwhile{};

  static core::Task<void> go(Pair& pair, NotifierQuestion& question, std::optional<AlarmFinding>& finding) {
    co_await question.begin();
    co_await pair.clock.sleep(pair.meanwhile);
    finding = co_await question.ask();
  }

  AlarmFinding ask() {
    const auto client = net.make_client();
    NotifierTools tools{clock, client.get(), [this](const std::string& what) { told.push_back(what); }};
    NotifierQuestion question(std::move(tools), settings, "d1");
    std::optional<AlarmFinding> finding;
    async::Nursery nursery(loop.get_executor());
    nursery.start(go(*this, question, finding));
    for (int i = 0; i < 4000 && nursery.size() > 0; ++i) clock.advance(1s);
    EXPECT_TRUE(finding);
    return finding.value_or(AlarmFinding{});
  }
};

TEST(Notifier, IsProvenWhenItFiresArrivesAndGoesOut) {
  Pair pair;
  pair.tries_each_look = 1;
  const AlarmFinding finding = pair.ask();
  EXPECT_EQ(finding.finding, Finding::proven) << finding.sentence;
  EXPECT_THAT(finding.sentence, HasSubstr("on-call"));
  EXPECT_THAT(finding.sentence, HasSubstr("webhook"));
}

TEST(Notifier, IsProvenAlsoWhereTheOtherAlarmsTookLongerThanItMay) {
  Pair pair;
  pair.tries_each_look = 1;
  pair.meanwhile = 1h;
  EXPECT_EQ(pair.ask().finding, Finding::proven);
}

TEST(Notifier, IsDisprovedByTheFirstThingOnItsWayThatDidNotHappen) {
  const auto says = [](void (*ruin)(Pair&), const std::string& words) {
    Pair pair;
    pair.tries_each_look = 1;
    ruin(pair);
    const AlarmFinding finding = pair.ask();
    EXPECT_EQ(finding.finding, Finding::disproved) << finding.sentence;
    EXPECT_THAT(finding.sentence, HasSubstr(words));
  };
  says([](Pair& pair) { pair.alerts = prometheus_says("pending"); }, "did not fire in Prometheus");
  says([](Pair& pair) { pair.arrived = "[]"; }, "did not arrive at Alertmanager");
  says([](Pair& pair) { pair.settings.receiver = "boss"; }, "goes to on-call, not to boss");
  says([](Pair& pair) { pair.failed_each_look = 1; }, "tries to notify on-call by webhook failed");
  says([](Pair& pair) { pair.tries_each_look = 0; }, "no notification went out");
  says([](Pair& pair) { pair.tries_each_look = 0, pair.arrived = alertmanager_says("suppressed"); },
       "holds it back");
}

TEST(Notifier, IsUnknownWhereNobodyCanBeAsked) {
  Pair silent;
  silent.net.set_fault("prometheus:9090", {net::Trouble::refuse, {}, 503});
  EXPECT_EQ(silent.ask().finding, Finding::could_not_verify);
  Pair gone;
  gone.net.set_fault("alertmanager:9093", {net::Trouble::status, {}, 500});
  EXPECT_THAT(gone.ask().sentence, HasSubstr("HTTP 500"));
  Pair unset;
  unset.settings = {};
  const AlarmFinding finding = unset.ask();
  EXPECT_EQ(finding.finding, Finding::could_not_verify);
  EXPECT_THAT(finding.sentence, HasSubstr("recovery.alarms.prometheus"));
  EXPECT_THAT(finding.sentence, HasSubstr("--without-notifier"));
}

TEST(Notifier, OneTryThatWasCountedBeforeItsFailureIsNotTakenForSent) {
  NotifierView view;
  view.fires = view.arrived = true;
  view.seen_sent = 1;
  EXPECT_FALSE(judge_notifier(view, false, 3s));
  view.seen_sent = 2;
  EXPECT_EQ(judge_notifier(view, false, 3s)->finding, Finding::proven);
}

}  // namespace
}  // namespace outrider::recovery
