#include "agent/sinks/elasticsearch/setup/setup.hpp"

#include "agent/lines/json.hpp"
#include "agent/sinks/elasticsearch/testing/house.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sinks::elasticsearch;
using namespace outrider::sinks::elasticsearch::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

core::Outcome<std::vector<std::string>> apply(House& house, sinks::PreparationChoice choice = {}) {
  const sinks::Preparation preparation = prepare(house.settings, choice);
  core::Outcome<std::vector<std::string>> told;
  const auto work = [](const sinks::Preparation& what, net::Client& client,
                       core::Outcome<std::vector<std::string>>& result) -> core::Task<void> {
    result = co_await what.apply(client);
  };
  house.nursery.start(work(preparation, house.cluster, told));
  while (house.nursery.size() > 0) house.clock.advance(std::chrono::milliseconds(5));
  return told;
}

bool is_json(const std::string& text) {
  std::vector<lines::Member> members;
  return lines::scan_object(text, members);
}

}  // namespace

TEST(Setup, SetsThePolicyAndTheTemplateThatNamesIt) {
  House house;
  house.cluster.looks = {answer(404, "{}"), answer(200, "{}"), answer(200, "{}")};
  const auto told = apply(house);
  ASSERT_TRUE(told);
  ASSERT_EQ(house.cluster.seen.size(), 3u);
  EXPECT_EQ(house.cluster.seen[0].method, "GET");
  EXPECT_EQ(house.cluster.seen[1].method, "PUT");
  EXPECT_EQ(house.cluster.seen[1].url, "http://a:9200/_ilm/policy/outrider-logs");
  EXPECT_EQ(house.cluster.seen[2].url, "http://a:9200/_index_template/outrider-logs-tests-school");
  EXPECT_THAT(house.cluster.seen[2].body, HasSubstr(R"("index.lifecycle.name":"outrider-logs")"));
  for (const std::size_t i : {1u, 2u}) EXPECT_TRUE(is_json(house.cluster.seen[i].body)) << i;
}

TEST(Setup, AServerWithoutLifeCyclesIsToldPlainlyAndGetsTheTemplateAllTheSame) {
  House house;
  house.cluster.looks = {answer(400, ""),
                         answer(400, R"({"error":"no handler found for uri [/_ilm/policy/outrider-logs]"})"),
                         answer(405, ""), answer(200, "{}")};
  const auto told = apply(house);
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, ElementsAre(HasSubstr("neither ILM nor ISM"), HasSubstr("outrider-logs-tests-school")));
  ASSERT_EQ(house.cluster.seen.size(), 4u);
  EXPECT_TRUE(is_json(house.cluster.seen[3].body));
  EXPECT_EQ(house.cluster.seen[3].body.find("lifecycle"), std::string::npos);
}

TEST(Setup, APolicyOfOpenSearchThatIsThereIsLeftAsItIs) {
  House house;
  house.cluster.looks = {answer(405, ""), answer(405, ""), answer(409, ""), answer(200, "{}")};
  const auto told = apply(house);
  ASSERT_TRUE(told);
  EXPECT_THAT((*told)[0], HasSubstr("left as it is"));
}

TEST(Setup, APolicyThatSomebodyFittedToTheHouseStaysWhenItIsDoneAgain) {
  House house;
  house.cluster.looks = {answer(200, R"({"outrider-logs":{"policy":{}}})"), answer(200, "{}")};
  const auto told = apply(house);
  ASSERT_TRUE(told);
  EXPECT_THAT((*told)[0], HasSubstr("left as it is"));
  ASSERT_EQ(house.cluster.seen.size(), 2u) << "no PUT of a policy";
  EXPECT_THAT(house.cluster.seen[1].body, HasSubstr(R"("index.lifecycle.name":"outrider-logs")"));
}

TEST(Setup, WhatTheServerRefusesIsToldInItsWords) {
  House house;
  house.cluster.looks = {answer(404, "{}"), answer(200, "{}"),
                         answer(403, R"({"error":{"type":"security_exception","reason":"no"}})")};
  const auto told = apply(house);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().what, "cannot install the index template: it answers 403, security_exception: no");
}

TEST(Setup, ADatedIndexIsNoStreamAndRollsNotOver) {
  House house;
  house.settings.target = {"", "logs-tests-%Y.%m.%d"};
  const std::string text = prepare(house.settings, {}).text;
  EXPECT_THAT(text, HasSubstr("/_index_template/outrider-logs-tests\n"));
  EXPECT_THAT(text, HasSubstr(R"("index_patterns":["logs-tests-*"])"));
  EXPECT_EQ(text.find("data_stream"), std::string::npos);
  EXPECT_EQ(text.find("rollover"), std::string::npos);
}

TEST(Setup, TheFailureStoreIsAskedForOnlyWhereWanted) {
  const Target target{"logs-tests-school", ""};
  EXPECT_EQ(template_body(target, {}, "").find("failure_store"), std::string::npos);
  EXPECT_THAT(template_body(target, {true}, ""), HasSubstr(R"("failure_store":{"enabled":true})"));
  EXPECT_TRUE(is_json(template_body(target, {true}, "x")));
}
