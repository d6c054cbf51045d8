#include "agent/sinks/http/http_sink.hpp"

#include "agent/net/gzip.hpp"
#include "agent/sinks/http/answer.hpp"
#include "agent/sinks/testing.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sinks::testing;
using namespace std::chrono_literals;
using sinks::Meaning;

namespace {

// A receiver that keeps what it takes, and answers as the test says.
struct HttpSink : ::testing::Test {
  HttpSink() {
    house.net.add_host("logs:80", [this](const net::Call& call) { return answer(call); });
  }
  ~HttpSink() override {
    house.deliveries.cancel();
    house.clock.settle();
  }

  net::Response answer(const net::Call& call) {
    ++asked;
    last = call;
    std::vector<std::string> lines;
    std::istringstream body(call.body);
    for (std::string line; std::getline(body, line);) lines.push_back(line);
    net::Response response = judge(lines);
    if (response.status < 300) taken.insert(taken.end(), lines.begin(), lines.end());
    return response;
  }

  std::unique_ptr<sinks::Sink> make(sinks::http::Settings settings = {}) {
    if (settings.urls.empty()) settings.urls = {"http://logs/in?token=hidden"};
    return sinks::http::make(house.tools, std::move(settings));
  }
  // "" when all arrived; what was refused is in `refused`.
  std::string deliver(sinks::Sink& sink, std::vector<telemetry::BatchPointer> batches) {
    const auto outcome = house.deliver(sink, std::move(batches));
    if (!outcome) return "still going on";
    if (!*outcome) return outcome->error().what + " | " + outcome->error().hint;
    for (const auto& it : (*outcome)->refused)
      refused.push_back(std::string(it.batch->records[it.record].text) + " " + it.why);
    return "";
  }
  // The numbers of the records that were taken, in order.
  std::vector<int> numbers() const {
    std::vector<int> found;
    for (const std::string& line : taken) found.push_back(std::stoi(line.substr(line.find(':') + 1)));
    return found;
  }
  static std::vector<int> count(int first, int last) {
    std::vector<int> all;
    for (int n = first; n <= last; ++n) all.push_back(n);
    return all;
  }
  static net::Response with(int status, std::string body = "") {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

  House house;
  std::function<net::Response(const std::vector<std::string>&)> judge = [](const auto&) { return with(204); };
  int asked = 0;
  net::Call last;
  std::vector<std::string> taken, refused;
};

bool holds(const std::vector<std::string>& lines, std::string_view what) {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(what) != line.npos; });
}

}  // namespace

TEST_F(HttpSink, SendsLinesThatCarryTheirIdAndAKeyThatIsTheSameForTheSameRecords) {
  sinks::http::Settings settings;
  settings.headers = {{"X-Team", config::Secret("school")}};
  settings.authorization = config::Secret("Bearer letmein");
  const auto sink = make(settings);
  EXPECT_EQ(sink->name(), "http http://logs/in") << "no token";
  EXPECT_EQ(deliver(*sink, {numbered(0, 1), batch_of({"{}"}, 1)}), "");
  std::string id;
  telemetry::append_document_id(id, numbered(0, 1)->records[0].origin);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0], "{\"n\":0,\"log.record.uid\":\"" + id + "\"}");
  EXPECT_TRUE(taken[1].starts_with("{\"log.record.uid\":\"")) << taken[1];
  EXPECT_EQ(last.method, "POST");
  EXPECT_EQ(last.query, "token=hidden");
  EXPECT_EQ(net::header(last.headers, "content-type"), "application/x-ndjson");
  EXPECT_EQ(net::header(last.headers, "x-team"), "school");
  EXPECT_EQ(net::header(last.headers, "authorization"), "Bearer letmein");
  const std::string key(net::header(last.headers, "idempotency-key"));
  EXPECT_TRUE(key.starts_with("\"" + id) && key.ends_with(".2\"")) << key;
  EXPECT_EQ(deliver(*sink, {numbered(0, 1), batch_of({"{}"}, 1)}), "");
  EXPECT_EQ(net::header(last.headers, "idempotency-key"), key);
}

TEST_F(HttpSink, PacksTheBodyWhenToldTo) {
  sinks::http::Settings settings;
  settings.gzip = true;
  const auto sink = make(settings);
  EXPECT_EQ(deliver(*sink, {numbered(0, 100)}), "");
  EXPECT_EQ(net::header(last.headers, "content-encoding"), "gzip");
  const auto plain = net::gunzip(last.body, 1 << 20);
  ASSERT_TRUE(plain);
  EXPECT_EQ(std::ranges::count(*plain, '\n'), 100);
}

TEST(HttpAnswers, MeanWhatTheyMeanToTheRecords) {
  const std::vector<std::pair<int, Meaning>> rows{
      {200, Meaning::taken}, {202, Meaning::taken}, {204, Meaning::taken},     {301, Meaning::held},
      {307, Meaning::held},  {400, Meaning::bad},   {401, Meaning::held},      {403, Meaning::held},
      {404, Meaning::held},  {405, Meaning::held},  {407, Meaning::held},      {408, Meaning::again},
      {409, Meaning::held},  {410, Meaning::held},  {413, Meaning::too_large}, {415, Meaning::held},
      {422, Meaning::bad},   {425, Meaning::again}, {429, Meaning::again},     {431, Meaning::held},
      {500, Meaning::again}, {502, Meaning::again}, {503, Meaning::again},     {504, Meaning::again},
      {507, Meaning::again}};
  for (const auto& [status, meaning] : rows) EXPECT_EQ(sinks::http::meaning_of(status), meaning) << status;
}

TEST_F(HttpSink, WhatIsTooLargeIsHalvedAndTheSizeIsRemembered) {
  judge = [](const auto& lines) { return with(lines.size() > 10 ? 413 : 200); };
  const auto sink = make();
  EXPECT_EQ(deliver(*sink, {numbered(0, 64)}), "");
  EXPECT_EQ(numbers(), count(0, 63));
  asked = 0;
  EXPECT_EQ(deliver(*sink, {numbered(100, 6)}), "");
  EXPECT_EQ(asked, 1);
  judge = [](const auto& lines) { return holds(lines, "\"n\":203") ? with(413) : with(200); };
  EXPECT_EQ(deliver(*sink, {numbered(200, 8)}), "");
  EXPECT_EQ(refused, std::vector<std::string>{"{\"n\":203} it answered 413"});
}

TEST_F(HttpSink, TheRecordThatARefusalMeansIsFoundAndTheRestArrivesOnce) {
  judge = [](const auto& lines) {
    return holds(lines, "\"n\":37,") || holds(lines, "\"n\":38,") ? with(400, "no\nfield `level`\n")
                                                                  : with(200);
  };
  const auto sink = make();
  EXPECT_EQ(deliver(*sink, {numbered(0, 30), numbered(30, 30)}), "");
  EXPECT_EQ(refused, (std::vector<std::string>{"{\"n\":37} it answered 400: no field `level`",
                                               "{\"n\":38} it answered 400: no field `level`"}));
  std::vector<int> rest = count(0, 59);
  std::erase_if(rest, [](int n) { return n == 37 || n == 38; });
  EXPECT_EQ(numbers(), rest) << "in order, and none twice";
}

TEST_F(HttpSink, WhoRefusesEverythingIsNotBelievedThatTheRecordsAreBad) {
  judge = [](const auto&) { return with(400, "unexpected character"); };
  const auto sink = make();
  EXPECT_NE(deliver(*sink, {numbered(0, 500)}).find("it refuses each record alone, and takes none"),
            std::string::npos);
  EXPECT_EQ(refused.size(), 0u);
  EXPECT_LT(asked, 30);
  EXPECT_NE(deliver(*sink, {numbered(0, 1)}).find("it answered 400"), std::string::npos)
      << "a lone one waits";
  // Nor is one that took them and then begins to refuse: only so many are given up.
  judge = [](const auto&) { return with(200); };
  EXPECT_EQ(deliver(*sink, {numbered(0, 500)}), "");
  judge = [](const auto&) { return with(422); };
  const auto outcome = house.deliver(*sink, {numbered(500, 100)});
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(*outcome);
  judge = [](const auto&) { return with(200); };
}

TEST_F(HttpSink, ABadRecordAtTheVeryBeginningIsToldFromABadReceiver) {
  judge = [](const auto& lines) { return holds(lines, "\"n\":0,") ? with(400) : with(200); };
  const auto sink = make();
  EXPECT_EQ(deliver(*sink, {numbered(0, 20)}), "");
  EXPECT_EQ(refused, std::vector<std::string>{"{\"n\":0} it answered 400"});
  EXPECT_EQ(numbers(), count(1, 19));
}

TEST_F(HttpSink, WhatWasTakenIsNotSentAgainWhenTheRestWasNot) {
  sinks::http::Settings settings;
  settings.batch_bytes = 30;  // three or four records
  const auto sink = make(settings);
  judge = [this](const auto&) { return with(asked == 3 ? 503 : 200); };
  const auto batch = numbered(0, 20);
  EXPECT_NE(deliver(*sink, {batch}).find("it answered 503"), std::string::npos);
  EXPECT_GT(sink->written_of(batch), 4u);
  EXPECT_EQ(deliver(*sink, {batch, numbered(20, 2)}), "");
  EXPECT_EQ(numbers(), count(0, 21));
}

TEST_F(HttpSink, ItIsLeftAloneForAsLongAsItAsks) {
  judge = [](const auto&) {
    net::Response response = with(429);
    response.headers = {{"Retry-After", "60"}};
    return response;
  };
  const auto sink = make();
  EXPECT_EQ(deliver(*sink, {numbered(0, 1)}),
            "cannot deliver to http://logs/in: it answered 429 | it asks to be left alone for 1m");
  house.clock.advance(30s);
  EXPECT_NE(deliver(*sink, {numbered(0, 1)}).find("it asked to be left alone for "), std::string::npos);
  EXPECT_EQ(asked, 1);
  house.clock.advance(31s);
  judge = [](const auto&) { return with(200); };
  EXPECT_EQ(deliver(*sink, {numbered(0, 1)}), "");
}

TEST_F(HttpSink, WhatIsOursToMendIsHeldAndSaid) {
  const auto sink = make();
  for (const auto& [status, word] :
       {std::pair{401, "bearer"}, {404, "path"}, {405, "method"}, {415, "application/x-ndjson"}}) {
    judge = [status = status](const auto&) { return with(status); };
    const std::string said = deliver(*sink, {numbered(0, 5)});
    EXPECT_NE(said.find(word), std::string::npos) << said;
  }
  judge = [](const auto&) {
    net::Response response = with(308);
    response.headers = {{"Location", "https://logs/in"}};
    return response;
  };
  EXPECT_NE(deliver(*sink, {numbered(0, 5)}).find("it is elsewhere: https://logs/in"), std::string::npos);
  house.net.remove_host("logs:80");
  EXPECT_NE(deliver(*sink, {numbered(0, 5)}).find("Connection refused"), std::string::npos);
  EXPECT_EQ(refused.size(), 0u);
  EXPECT_TRUE(
      house.shows(R"(outrider_http_sink_requests_total{answer="held",sink="http http://logs/in"} 5)"));
  EXPECT_TRUE(
      house.shows(R"(outrider_http_sink_requests_total{answer="unreachable",sink="http http://logs/in"} 1)"));
}
