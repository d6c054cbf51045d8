#include "agent/alert/desk/desk.hpp"

#include "agent/alert/testing.hpp"

#include <algorithm>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::alert;
using namespace outrider::alert::testing;
using namespace std::chrono_literals;
using notifiers::Stage;

namespace {

class DeskTest : public ::testing::Test {
 protected:
  DeskTest() {
    settings.resolve_after = 10s;
    settings.repeat_every = 1h;
    settings.escalate = Escalation{15min, {"pager"}};
    Recipient pager;
    pager.name = "pager";
    pager.only_escalated = true;
    pager.forgets_after = 3min;
    Recipient chat;
    chat.name = "chat";
    recipients = {chat, pager};
    desk = make();
  }
  std::unique_ptr<Desk> make() {
    core::Resource resource;
    resource.service = "tests-api";
    return std::make_unique<Desk>(settings, Sender{resource, {}}, recipients);
  }
  // One look, written down.
  std::vector<std::string> look(core::Status status) {
    status.now = now;
    auto said = desk->look(alert::view_of(status), now);
    write();
    return said;
  }
  void write() {
    const auto changes = desk->take_changes();
    ASSERT_TRUE(book->write(changes));
    desk->written();
  }
  // Takes what waits, as "stage sentence".
  std::string take(std::size_t recipient) {
    const notifiers::Message* const next = desk->outbox().next(recipient);
    if (next == nullptr) return "";
    const notifiers::Message message = *next;
    desk->delivered(recipient, message, "trail", now);
    write();
    return std::string(name_of(message.stage)) + " " + message.sentence +
           (message.note.empty() ? "" : ": " + message.note);
  }
  void pass(core::Duration length) { now += length; }

  Settings settings;
  std::vector<Recipient> recipients;
  std::unique_ptr<durable::Book> book = durable::make_memory_book();
  std::unique_ptr<Desk> desk;
  core::WallTime now = noon;
};

}  // namespace

TEST_F(DeskTest, OneTroubleIsToldOnceAndItsEndOnce) {
  for (int i = 0; i < 20; ++i, pass(1s)) look(sick());
  EXPECT_EQ(take(0), "firing tests-api is sick");
  EXPECT_EQ(take(0), "");
  EXPECT_EQ(take(1), "") << "the pager is for when nobody answers";
  for (int i = 0; i < 20; ++i, pass(1s)) look(well());
  EXPECT_EQ(take(0), "resolved tests-api is sick");
  EXPECT_EQ(take(0), "");
  EXPECT_TRUE(desk->status().alerts.empty());
}

TEST_F(DeskTest, WhatWasNotToldYetIsToldAsItIsNow) {
  look(sick());
  pass(1s);
  look(well());
  pass(11s);
  look(well());
  EXPECT_EQ(take(0), "resolved tests-api is sick") << "one message, not two";
  EXPECT_EQ(desk->outbox().count(0, Fate::superseded), 1u);
}

TEST_F(DeskTest, NothingMayBeSentBeforeItIsWrittenDown) {
  desk->look(alert::view_of(sick()), now);
  EXPECT_EQ(desk->outbox().next(0), nullptr);
  const auto changes = desk->take_changes();
  EXPECT_EQ(desk->outbox().next(0), nullptr);
  ASSERT_TRUE(book->write(changes));
  desk->written();
  EXPECT_NE(desk->outbox().next(0), nullptr);
}

TEST_F(DeskTest, AfterAKillTheSameMessageComesUnderTheSameId) {
  look(sick());
  const std::string id = desk->outbox().next(0)->id;
  desk = make();
  desk->restore(*book);
  ASSERT_NE(desk->outbox().next(0), nullptr);
  EXPECT_EQ(desk->outbox().next(0)->id, id);
  EXPECT_EQ(take(0), "firing tests-api is sick");
  look(sick());
  EXPECT_EQ(take(0), "") << "it is known that they were told";
  desk = make();
  desk->restore(*book);
  core::Status nothing_known = well();
  nothing_known.service.state = core::State::unknown;
  nothing_known.probes = {};
  for (int i = 0; i < 100; ++i, pass(1s)) look(nothing_known);
  EXPECT_EQ(take(0), "") << "an agent that sees nothing yet ends nothing";
  for (int i = 0; i < 20; ++i, pass(1s)) look(well());
  EXPECT_EQ(take(0), "resolved tests-api is sick");
}

TEST_F(DeskTest, EscalatesAndAcknowledgementStopsIt) {
  look(sick());
  EXPECT_EQ(take(0), "firing tests-api is sick");
  pass(15min);
  look(sick());
  EXPECT_EQ(take(1), "firing tests-api is sick: nobody has acknowledged it for 15 min");
  EXPECT_EQ(take(0), "firing tests-api is sick: nobody has acknowledged it for 15 min");
  const auto done = desk->acknowledge("ServiceDown/*", "alice", "I look", now);
  ASSERT_TRUE(done) << done.error().what;
  write();
  EXPECT_EQ(take(0), "acknowledged tests-api is sick: acknowledged by alice: I look");
  EXPECT_EQ(take(1), "acknowledged tests-api is sick: acknowledged by alice: I look");
  pass(2h);
  look(sick());
  EXPECT_EQ(take(0), "") << "no reminders while somebody looks at it";
  EXPECT_FALSE(desk->acknowledge("Nothing/*", "alice", "x", now));
}

TEST_F(DeskTest, SilenceEndsByItself) {
  ASSERT_TRUE(desk->silence("*/tests-api", 10min, "bob", "deploying", now));
  look(sick());
  EXPECT_EQ(take(0), "");
  EXPECT_EQ(desk->status().alerts.at(0).note, "silenced by bob: deploying");
  desk = make();
  desk->restore(*book);
  pass(5min);
  look(sick());
  EXPECT_EQ(take(0), "") << "it outlives the agent";
  pass(6min);
  look(sick());
  EXPECT_EQ(take(0), "firing tests-api is sick");
}

TEST_F(DeskTest, TelemetryThatStopsForAMomentIsNoNews) {
  core::Status status = well();
  status.scrapes = {{"http://there/metrics", core::Standing::not_ok, "refused", 0, noon}};
  for (int i = 0; i < 59; ++i, pass(1s)) look(status);
  EXPECT_EQ(take(0), "");
  for (int i = 0; i < 3; ++i, pass(1s)) look(status);
  EXPECT_EQ(take(0), "firing cannot scrape http://there/metrics");
}

TEST_F(DeskTest, MaintenanceIsQuietAndWhatIsStillDownAfterItIsTold) {
  core::Status status = sick();
  status.season.maintenance = "until noon (new disks)";
  for (int i = 0; i < 20; ++i, pass(1min)) look(status);
  EXPECT_EQ(take(0), "");
  EXPECT_EQ(desk->status().alerts.at(0).note, "expected: maintenance until noon (new disks)");
  look(sick());
  EXPECT_EQ(take(0), "firing tests-api is sick");
}

TEST_F(DeskTest, AMessageLeadsToTheIncidentOnceThereIsOne) {
  settings.links.status = "https://outrider.school.example/";
  core::Resource resource;
  resource.service = "tests-api";
  recipients[0].renews = true;
  desk = std::make_unique<Desk>(settings, Sender{resource, settings.links}, recipients);
  look(sick());
  EXPECT_EQ(take(0), "firing tests-api is sick");
  core::Status status = sick();
  status.incidents = {{"tests-api-1", "hang", "tests-api hung", now, {}, "", 0}};
  look(status);
  const notifiers::Message* const next = desk->outbox().next(0);
  ASSERT_NE(next, nullptr) << "what stands there is changed";
  EXPECT_TRUE(next->quiet);
  const notifiers::Link link{"Incident", "https://outrider.school.example/incidents/tests-api-1"};
  EXPECT_NE(std::ranges::find(next->links, link), next->links.end());
}

TEST_F(DeskTest, ADependencyIsOneMessageThatNamesWhatItExplains) {
  core::Status status = sick();
  status.service.causes = {"database"};
  status.probes.push_back(probe("database", core::State::sick, true));
  look(status);
  const notifiers::Message* const next = desk->outbox().next(0);
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->sentence, "dependency database fails");
  EXPECT_EQ(next->explains,
            (std::vector<std::string>{"tests-api is sick because of database", "probe ready fails"}));
  EXPECT_EQ(desk->outbox().waiting(0), 1u);
}

TEST_F(DeskTest, WhoForgetsIsRemindedBeforeAndNotHeldOnTo) {
  settings.escalate.reset();
  recipients[1].only_escalated = false;
  desk = make();
  look(sick());
  EXPECT_EQ(take(1), "firing tests-api is sick");
  const std::string alert = desk->status().alerts.at(0).id;
  pass(59s);
  look(sick());
  EXPECT_EQ(desk->outbox().waiting(1), 0u);
  pass(1s);
  look(sick());
  ASSERT_NE(desk->outbox().next(1), nullptr);
  EXPECT_TRUE(desk->outbox().next(1)->quiet);
  EXPECT_EQ(desk->outbox().next(1)->alert, alert);
}

TEST_F(DeskTest, WhatCannotBeDeliveredForADayIsGivenUpAndCounted) {
  look(sick());
  pass(25h);
  look(well());
  EXPECT_EQ(desk->outbox().count(0, Fate::given_up), 1u);
}

TEST(Likeness, StarsStandForAnything) {
  EXPECT_TRUE(is_like("*", "x"));
  EXPECT_TRUE(is_like("a*c", "abbc"));
  EXPECT_TRUE(is_like("*/tests-api", "ServiceDown/tests-api"));
  EXPECT_FALSE(is_like("a*c", "abbcd"));
  EXPECT_FALSE(is_like("ServiceDown", "ServiceDown/x"));
  EXPECT_TRUE(is_like("a**", "a"));
}
