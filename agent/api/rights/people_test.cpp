#include "agent/api/rights/people.hpp"

#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"

#include <gmock/gmock.h>

using namespace outrider;
using namespace outrider::api;
using ::testing::HasSubstr;

namespace {

const core::WallTime today = *core::read_time("2026-11-29T08:00:00Z");

net::Call on_the_socket() {
  net::Call call;
  call.local_socket = true;
  call.peer = "pid 4711 uid 1000";
  return call;
}

net::Call over_the_network() {
  net::Call call;
  call.peer = "10.0.0.9:51234";
  return call;
}

net::Call with(net::Call call, std::string name, std::string value) {
  call.headers.emplace_back(std::move(name), std::move(value));
  return call;
}

net::Call with_certificate(std::string subject) {
  net::Call call = over_the_network();
  call.client_name = std::move(subject);
  return call;
}

net::Call with_token(const std::string& token) {
  return with(over_the_network(), "Authorization", "Bearer " + token);
}

Person person(Role role) {
  Person one;
  one.role = role;
  return one;
}

Rights school() {
  Rights rights;
  Person alice = person(Role::operator_);
  alice.certificate = "alice";
  alice.user = 1001;
  Person pager = person(Role::responder);
  pager.token_sha256 = seal::sha256("the pager's token");
  pager.expires = *core::read_time("2027-01-31T00:00:00Z");
  Person robot = person(Role::commander);
  robot.token_sha256 = seal::sha256("the robot's token");
  robot.only = {"reload"};
  rights.people = {{"alice", alice}, {"pager", pager}, {"robot", robot}};
  rights.on_the_socket = Role::responder;
  return rights;
}

Caller let_in(const Rights& rights, const net::Call& call) {
  auto caller = who_calls(rights, call, today);
  EXPECT_TRUE(caller) << (caller ? "" : caller.error().error.what);
  return caller ? std::move(*caller) : Caller{};
}

}  // namespace

TEST(Rights, GrowFromRoleToRoleAndAnAuditorReadsNoLogs) {
  EXPECT_TRUE(may(Role::viewer, Right::look));
  EXPECT_FALSE(may(Role::viewer, Right::audit));
  EXPECT_TRUE(may(Role::auditor, Right::audit));
  EXPECT_FALSE(may(Role::auditor, Right::watch));
  EXPECT_FALSE(may(Role::auditor, Right::respond));
  EXPECT_TRUE(may(Role::responder, Right::respond));
  EXPECT_FALSE(may(Role::responder, Right::act));
  EXPECT_TRUE(may(Role::operator_, Right::act));
  EXPECT_FALSE(may(Role::operator_, Right::command));
  EXPECT_TRUE(may(Role::commander, Right::command));
}

TEST(Rights, WhereNobodyIsListedTheSocketAndTheAuthoritysPeopleMayDoEverything) {
  const Rights nobody;
  for (const net::Call& call : {on_the_socket(), with_certificate("alice")}) {
    EXPECT_EQ(forbidden(nobody, let_in(nobody, call), Right::command, "restart"), std::nullopt);
  }
  const Caller anybody = let_in(nobody, over_the_network());
  EXPECT_EQ(forbidden(nobody, anybody, Right::look, ""), std::nullopt);
  const auto no = forbidden(nobody, anybody, Right::act, "restart");
  ASSERT_TRUE(no);
  EXPECT_EQ(no->status, 403);
  EXPECT_THAT(no->error.hint, HasSubstr("client certificate"));
}

TEST(Rights, AreThoseOfThePersonWhosoeverDoorTheyComeThrough) {
  const Rights rights = school();
  EXPECT_EQ(let_in(rights, with_certificate("alice")).role, Role::operator_);
  net::Call local = on_the_socket();
  local.peer = "pid 12 uid 1001";
  EXPECT_EQ(let_in(rights, local).role, Role::operator_);
  EXPECT_EQ(let_in(rights, local).name, "alice (pid 12 uid 1001)");
  EXPECT_EQ(let_in(rights, with_token("the pager's token")).role, Role::responder);
  EXPECT_EQ(let_in(rights, with_token("the pager's token")).name, "pager (token)");
}

TEST(Rights, WhoIsNotListedIsAGuestOrWhatTheSocketGives) {
  const Rights rights = school();
  EXPECT_EQ(let_in(rights, with_certificate("mallory")).role, Role::viewer);
  EXPECT_EQ(let_in(rights, on_the_socket()).role, Role::responder);
}

TEST(Rights, AWrongTokenIsNobodysAndIsToldSoEvenWhenOnlyLooking) {
  const auto wrong = who_calls(school(), with_token("guess"), today);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().status, 401);
  EXPECT_TRUE(wrong.error().audited);
  EXPECT_EQ(wrong.error().who, "10.0.0.9:51234");
  EXPECT_FALSE(who_calls(school(), with_token(std::string(100'000, 'x')), today));
  EXPECT_EQ(let_in(school(), with_token("")).role, std::nullopt);
}

TEST(Rights, ATokenMayComeAsABrowsersPassword) {
  const auto basic = [](std::string_view text) {
    return with(over_the_network(), "Authorization", "Basic " + seal::encode(text, seal::Letters::base64));
  };
  EXPECT_EQ(let_in(school(), basic("whoever:the pager's token")).name, "pager (token)");
  EXPECT_FALSE(who_calls(school(), basic("the pager's token:x"), today));
}

TEST(Rights, EndWithTheDayThatIsWritten) {
  const auto late =
      who_calls(school(), with_token("the pager's token"), *core::read_time("2027-01-31T00:00:00Z"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().status, 401);
  EXPECT_THAT(late.error().error.what, HasSubstr("expired"));
}

TEST(Rights, OfATokenCanBeLimitedToSomeCommands) {
  const Rights rights = school();
  const Caller robot = let_in(rights, with_token("the robot's token"));
  EXPECT_EQ(forbidden(rights, robot, Right::act, "reload"), std::nullopt);
  EXPECT_EQ(forbidden(rights, robot, Right::look, ""), std::nullopt);
  const auto no = forbidden(rights, robot, Right::act, "restart");
  ASSERT_TRUE(no);
  EXPECT_EQ(no->status, 403);
  EXPECT_THAT(no->error.what, HasSubstr("for reload only"));
}

TEST(Rights, ToLookCanBeKeptForPeople) {
  Rights rights = school();
  rights.open_to_look = false;
  const Caller anybody = let_in(rights, over_the_network());
  const auto no = forbidden(rights, anybody, Right::look, "");
  ASSERT_TRUE(no);
  EXPECT_EQ(no->status, 401);
  EXPECT_FALSE(no->audited);  // a browser asks that way first
  EXPECT_EQ(forbidden(rights, anybody, Right::none, ""), std::nullopt);
}

TEST(Caller, KeepsTheKernelsWordBesideAClaimedName) {
  const Rights nobody;
  EXPECT_EQ(let_in(nobody, on_the_socket()).name, "pid 4711 uid 1000");
  EXPECT_EQ(let_in(nobody, with(on_the_socket(), "X-Outrider-Operator", " alice ")).name,
            "alice (pid 4711 uid 1000)");
}

TEST(Caller, WithANameThatCouldForgeALogLineIsRefused) {
  for (const std::string& name :
       {std::string("alice\nroot"), std::string("a\x1b[2J"), std::string("\xFF\xFE"), std::string(65, 'a')}) {
    const auto caller = who_calls(Rights{}, with(on_the_socket(), "X-Outrider-Operator", name), today);
    ASSERT_FALSE(caller) << name;
    EXPECT_EQ(caller.error().status, 400);
  }
}

TEST(Caller, IsWhatTheCertificateSaysAndNotTheHeader) {
  const Rights nobody;
  EXPECT_EQ(let_in(nobody, with(with_certificate("alice"), "X-Outrider-Operator", "root")).name, "alice");
}
