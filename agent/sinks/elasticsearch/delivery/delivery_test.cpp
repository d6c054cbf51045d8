#include "agent/sinks/elasticsearch/delivery/delivery.hpp"

#include "agent/sinks/elasticsearch/testing/house.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sinks::elasticsearch;
using namespace outrider::sinks::elasticsearch::testing;
using core::Errc;
using ::testing::HasSubstr;

namespace {

const std::string parse_error =
    R"({"status":400,"error":{"type":"document_parsing_exception","reason":"failed to parse field [n]"}})";
const std::string busy =
    R"({"status":429,"error":{"type":"es_rejected_execution_exception","reason":"full"}})";
const std::string no_shard =
    R"({"status":503,"error":{"type":"unavailable_shards_exception","reason":"none"}})";
const std::string conflict =
    R"({"status":409,"error":{"type":"version_conflict_engine_exception","reason":"x"}})";
const std::string read_only =
    R"({"status":403,"error":{"type":"cluster_block_exception","reason":"index [x] blocked by: [FORBIDDEN/8]"}})";
const std::string denied = R"({"status":403,"error":{"type":"security_exception","reason":"unauthorized"}})";

// Five records are offered; what the cluster answers; and what must have come of it.
struct Row {
  const char* name;
  std::vector<FakeCluster::Script> script;
  const char* trouble;  // in the error's sentence; empty: all is settled
  std::size_t requests;
  std::size_t documents;
  std::size_t refused;
  std::size_t duplicates;
};

std::string many_items(std::size_t count) {
  std::string body = R"({"items":[)";
  for (std::size_t i = 0; i < count; ++i) body += R"({"create":{"status":201}},)";
  body.back() = ']';
  return body + "}";
}

std::vector<FakeCluster::Script> times(std::size_t count, const FakeCluster::Script& what) {
  return {count, what};
}

std::vector<Row> items_answered() {
  return {
      {"all created", {}, "", 1, 5, 0, 0},
      {"one refused for good", {items({{2, parse_error}})}, "", 1, 4, 1, 0},
      {"one was there", {items({{0, conflict}})}, "", 1, 4, 0, 1},
      {"one has to wait", {items({{1, busy}})}, "", 2, 5, 0, 0},
      {"one shard is away", {items({{1, no_shard}})}, "", 2, 5, 0, 0},
      {"some of each", {items({{0, conflict}, {1, parse_error}, {2, busy}, {3, no_shard}})}, "", 2, 3, 1, 1},
      {"one has to wait for long",
       {items({{1, busy}}), items({{0, busy}}), items({{0, busy}}), items({{0, busy}})},
       "es_rejected_execution_exception",
       4,
       4,
       0,
       0},
      {"the index is read-only", {items({{0, read_only}, {1, read_only}})}, "FORBIDDEN/8", 1, 3, 0, 0},
      {"the key may not write there", {items({{4, denied}})}, "unauthorized", 1, 4, 0, 0},
  };
}

std::vector<Row> requests_answered() {
  return {
      {"the key is not known",
       {answer(401, R"({"error":{"type":"security_exception","reason":"unable"}})")},
       "security_exception: unable",
       1,
       0,
       0,
       0},
      {"the whole index is blocked",
       {answer(403, R"({"error":{"type":"cluster_block_exception","reason":"b"}})")},
       "cluster_block_exception",
       1,
       0,
       0,
       0},
      {"no such index",
       {answer(404, R"({"error":{"type":"index_not_found_exception","reason":"no such"}})")},
       "no such",
       1,
       0,
       0,
       0},
      {"too large, with an empty body", {answer(413, "")}, "", 3, 5, 0, 0},
      {"each alone is too large", times(9, answer(413, "")), "", 9, 0, 5, 0},
      {"the whole request has to wait",
       {answer(429, R"({"error":{"type":"circuit_breaking_exception"}})")},
       "",
       2,
       5,
       0,
       0},
      {"it has to wait for long", times(4, answer(429, "")), "answers 429", 4, 0, 0, 0},
      {"a proxy answers", {answer(502, "<html>Bad Gateway</html>")}, "Bad Gateway", 1, 0, 0, 0},
      {"a proxy answers after it was done", {after_doing(answer(504, ""))}, "answers 504", 1, 5, 0, 0},
      {"not ready",
       {answer(503, R"({"error":{"type":"cluster_block_exception","reason":"no master"}})")},
       "no master",
       1,
       0,
       0,
       0},
  };
}

std::vector<Row> answers_that_are_none() {
  return {
      {"nobody listens",
       {trouble(Errc::refused, "cannot connect to a:9200: Connection refused")},
       "Connection refused",
       1,
       0,
       0,
       0},
      {"the connection is reset after it was done",
       {after_doing(trouble(Errc::unavailable, "the connection was closed without an answer"))},
       "without an answer",
       1,
       5,
       0,
       0},
      {"the answer does not come in time",
       {after_doing(trouble(Errc::timed_out, "no answer within 30s"))},
       "no answer within 30s",
       1,
       5,
       0,
       0},
      {"the answer is cut off",
       {after_doing(answer(200, R"({"errors":false,"items":[{"create":{"sta)"))},
       "",
       2,
       5,
       0,
       5},
      {"the answer is empty", {after_doing(answer(200, ""))}, "", 2, 5, 0, 5},
      {"the answer is a web page", {after_doing(answer(200, "<html>Welcome</html>"))}, "", 2, 5, 0, 5},
      {"the answer is always a web page", times(4, answer(200, "<html>Welcome</html>")), "not one to _bulk",
       4, 0, 0, 0},
      {"it answers for too few", {after_doing(answer(200, many_items(4)))}, "", 2, 5, 0, 5},
      {"it answers for too many", {after_doing(answer(200, many_items(6)))}, "", 2, 5, 0, 5},
      {"the answer is 64 MiB",
       {after_doing(trouble(Errc::exhausted, "the answer is too large"))},
       "answer is too large",
       1,
       5,
       0,
       0},
      {"bytes that are no HTTP",
       {after_doing(trouble(Errc::corrupt, "what came is not HTTP"))},
       "not HTTP",
       1,
       5,
       0,
       0},
      {"it never took a request and calls it malformed", times(5, answer(400, R"({"error":"no"})")),
       "answers 400, no", 3, 0, 0, 0},
      {"moved", {answer(301, "")}, "answers 301", 1, 0, 0, 0},
  };
}

std::vector<Row> bulk_answers() {
  std::vector<Row> all = items_answered();
  for (const auto& more : {requests_answered(), answers_that_are_none()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST(Delivery, EachAnswerOfTheClusterIsTakenAsItsRowSays) {
  for (const Row& row : bulk_answers()) {
    SCOPED_TRACE(row.name);
    House house;
    house.cluster.script = {row.script.begin(), row.script.end()};
    const auto delivered = house.deliver({batch_of(5)});
    EXPECT_EQ(house.cluster.asked_for("/_bulk?"), row.requests);
    EXPECT_EQ(house.cluster.documents(), row.documents);
    if (*row.trouble != '\0') {
      ASSERT_FALSE(delivered);
      EXPECT_THAT(delivered.error().what, HasSubstr(row.trouble));
      EXPECT_THAT(delivered.error().what, HasSubstr("cannot index into logs-tests-school at http://a:9200"));
      continue;
    }
    ASSERT_TRUE(delivered) << delivered.error().what;
    EXPECT_EQ(delivered->refused.size(), row.refused);
    EXPECT_EQ(duplicates_in(*delivered), row.duplicates);
  }
}

TEST(Delivery, WhateverWentWrongTheNextOfferEndsWithEachRecordOnce) {
  for (const Row& row : bulk_answers()) {
    SCOPED_TRACE(row.name);
    House house;
    house.cluster.script = {row.script.begin(), row.script.end()};
    const auto batch = batch_of(5);
    auto delivered = house.deliver({batch});
    house.cluster.script.clear();
    house.clock.advance(std::chrono::minutes(2));
    if (!delivered) delivered = house.deliver({batch});
    ASSERT_TRUE(delivered) << delivered.error().what;
    EXPECT_EQ(house.cluster.documents() + delivered->refused.size() + (row.duplicates % 5), 5u);
  }
}

TEST(Delivery, OnlyWhatHasNotArrivedIsSentAgain) {
  House house;
  house.cluster.script = {items({{3, busy}})};
  ASSERT_TRUE(house.deliver({batch_of(5)}));
  ASSERT_EQ(house.cluster.seen.size(), 2u);
  EXPECT_EQ(std::ranges::count(house.cluster.seen[0].body, '\n'), 10);
  EXPECT_EQ(std::ranges::count(house.cluster.seen[1].body, '\n'), 2);
}

TEST(Delivery, WhatArrivedOfAFailedDeliveryIsNotSentAgainWhenItIsOfferedAgain) {
  House house;
  house.cluster.script = {items({{4, read_only}})};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  EXPECT_EQ(house.sink->written_of(batch), 4u);
  const auto more = batch_of(2, 5);
  ASSERT_TRUE(house.deliver({batch, more}));
  EXPECT_EQ(std::ranges::count(house.cluster.seen[1].body, '\n'), 6) << "the fifth and the two new ones";
  EXPECT_EQ(house.cluster.documents(), 7u);
  EXPECT_EQ(house.sink->written_of(batch), 0u) << "all is told";
}

TEST(Delivery, ARefusedRecordIsToldWithItsPlaceAndTheServersReasonEvenAfterAnotherAttempt) {
  House house;
  house.cluster.script = {items({{1, parse_error}, {3, read_only}})};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  const auto delivered = house.deliver({batch});
  ASSERT_TRUE(delivered);
  ASSERT_EQ(delivered->refused.size(), 1u);
  EXPECT_EQ(delivered->refused[0].batch, batch);
  EXPECT_EQ(delivered->refused[0].record, 1u);
  EXPECT_EQ(delivered->refused[0].why, "document_parsing_exception: failed to parse field [n]");
}

TEST(Delivery, TheOneDocumentThatBreaksARequestIsFoundByHalvesAndRefused) {
  House house;
  ASSERT_TRUE(house.deliver({batch_of(1)})) << "the server is known to take requests";
  const auto breaks = [](FakeCluster& cluster, const net::Request& request) -> Reply {
    if (request.body.find("\"000037\"") == std::string::npos) return cluster.create(request, {});
    return net::Response{400, {}, R"({"error":{"type":"illegal_argument_exception","reason":"Malformed"}})"};
  };
  house.cluster.script = {40, breaks};
  const auto delivered = house.deliver({batch_of(64, 1)});
  ASSERT_TRUE(delivered);
  ASSERT_EQ(delivered->refused.size(), 1u);
  EXPECT_EQ(delivered->refused[0].record, 36u);
  EXPECT_EQ(house.cluster.documents(), 64u);
}

TEST(Delivery, RequestsBecomeSmallerForGoodWhenTheServerSaysThatTheyAreTooLarge) {
  House house;
  const auto limited = [](FakeCluster& cluster, const net::Request& request) -> Reply {
    if (request.body.size() > 40'000) return net::Response{413, {}, ""};
    return cluster.create(request, {});
  };
  house.cluster.script = {100, limited};
  ASSERT_TRUE(house.deliver({batch_of(1000, 0, 100)}));
  const std::size_t first = house.cluster.seen.size();
  ASSERT_TRUE(house.deliver({batch_of(1000, 1000, 100)}));
  EXPECT_EQ(house.cluster.documents(), 2000u);
  EXPECT_LT(house.cluster.seen.size() - first, first);
  for (std::size_t i = first; i < house.cluster.seen.size(); ++i) {
    EXPECT_LE(house.cluster.seen[i].body.size(), 40'000u) << "nothing is sent only to be refused";
  }
}

TEST(Delivery, AServerWithRoomForSmallRequestsOnlyGetsSmallOnesAndLargerOnesAgainLater) {
  House house;
  const auto narrow = [](FakeCluster& cluster, const net::Request& request) -> Reply {
    if (request.body.size() > 40'000) return net::Response{429, {}, ""};
    return cluster.create(request, {});
  };
  house.cluster.script = {100, narrow};
  const auto batch = batch_of(1000, 0, 100);
  for (int i = 0; i < 3 && !house.deliver({batch}); ++i) continue;
  EXPECT_EQ(house.cluster.documents(), 1000u);
  house.cluster.script.clear();
  for (std::uint64_t first = 1000; first < 30'000; first += 1000) {
    ASSERT_TRUE(house.deliver({batch_of(1000, first, 100)}));
  }
  EXPECT_GT(house.cluster.seen.back().body.size(), 100'000u);
}

TEST(Delivery, SeveralRequestsAreUnderWayAtOnceAndMoreWhenThatGoesWell) {
  House house;
  std::uint64_t first = 0;
  for (; first < 12 * 1600; first += 1600) ASSERT_TRUE(house.deliver({batch_of(1600, first, 10'000)}));
  EXPECT_GT(house.cluster.most_under_way, 4u);
  EXPECT_LE(house.cluster.most_under_way, house.settings.most_requests);
  EXPECT_EQ(house.cluster.documents(), 12 * 1600u);
}

TEST(Delivery, AnotherNodeTakesOverAndTheFailedOneIsAskedAgainLater) {
  House house;
  house.settings.urls = {"http://a:9200", "http://b:9200"};
  house.cluster.script = {trouble(Errc::refused, "cannot connect to a:9200: Connection refused")};
  ASSERT_TRUE(house.deliver({batch_of(1)}));
  EXPECT_THAT(
      house.metrics(),
      HasSubstr("node_up{node=\"http://a:9200\",sink=\"elasticsearch logs-tests-school at a:9200\"} 0"));
  EXPECT_EQ(house.log.count(core::Level::warn), 1u);
  ASSERT_TRUE(house.deliver({batch_of(1, 1)}));
  house.clock.advance(std::chrono::seconds(5));
  ASSERT_TRUE(house.deliver({batch_of(1, 2)}));
  ASSERT_TRUE(house.deliver({batch_of(1, 3)}));
  std::string asked;
  for (const auto& request : house.cluster.seen) asked += request.url[7];
  EXPECT_THAT(asked, ::testing::AnyOf("abbab", "abbba"));
  EXPECT_THAT(
      house.metrics(),
      HasSubstr("node_up{node=\"http://a:9200\",sink=\"elasticsearch logs-tests-school at a:9200\"} 1"));
}

TEST(Delivery, TheDayOfTheRecordIsTheIndexItGoesTo) {
  House house;
  house.settings.target = {"", "logs-tests-%Y.%m.%d"};
  ASSERT_TRUE(house.deliver({batch_of(3)}));
  EXPECT_EQ(house.cluster.indices["logs-tests-2023.11.14"].size(), 3u);
  EXPECT_THAT(house.cluster.seen[0].url, HasSubstr("http://a:9200/_bulk?"));
}

TEST(Delivery, APackedRequestSaysThatItIs) {
  House house;
  house.settings.gzip = true;
  ASSERT_TRUE(house.deliver({batch_of(3)}));
  EXPECT_EQ(house.cluster.documents(), 3u);
  EXPECT_EQ(net::header(house.cluster.seen[0].headers, "content-encoding"), "gzip");
}

TEST(Delivery, WhoWeAreIsToldToTheServerAndToNobodyElse) {
  House house;
  house.settings.authorization = config::Secret("ApiKey c2VjcmV0OmtleQ==");
  house.cluster.script = {answer(401, "")};
  const auto delivered = house.deliver({batch_of(3)});
  EXPECT_EQ(net::header(house.cluster.seen[0].headers, "authorization"), "ApiKey c2VjcmV0OmtleQ==");
  EXPECT_EQ(delivered.error().what.find("c2VjcmV0"), std::string::npos);
  EXPECT_EQ(house.metrics().find("c2VjcmV0"), std::string::npos);
}

TEST(Delivery, NothingOfferedIsNothingSent) {
  House house;
  EXPECT_TRUE(house.deliver({}));
  EXPECT_TRUE(house.deliver({batch_of(0)}));
  EXPECT_TRUE(house.cluster.seen.empty());
}
