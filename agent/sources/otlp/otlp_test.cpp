#include "agent/sources/otlp/otlp.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/net/gzip.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/telemetry/otlp/answer.hpp"
#include "agent/telemetry/otlp/testing.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::sources;
using namespace outrider::telemetry::otlp::testing;
using namespace std::chrono_literals;
namespace wire = outrider::telemetry::otlp;

namespace {

struct Reloads {
  int count = 0;
  bool work = true;
};

// A server that nobody calls: the test asks its handler.
class SilentServer final : public net::Server {
 public:
  SilentServer(const async::Executor& river, Reloads& reloads) : never_(river), reloads_(reloads) {}
  core::Task<void> run() override { co_await never_.wait(); }
  const std::vector<std::string>& addresses() const override { return addresses_; }
  core::Outcome<> reload_certificates() override {
    ++reloads_.count;
    if (!reloads_.work) return core::fail(core::Errc::invalid, "half of it");
    return {};
  }
  std::size_t connections() const override { return 0; }

 private:
  async::Bell never_;
  Reloads& reloads_;
  std::vector<std::string> addresses_;
};

// Keeps what it is given, when it is told to.
class Keeper final : public KeepingIntake {
 public:
  explicit Keeper(const async::Executor& river) : news(river) {}
  core::Task<core::Outcome<Kept>> keep(telemetry::Batch batch) override {
    while (is_slow) co_await news.wait();
    if (trouble) co_return core::fail(*trouble);
    kept.push_back(std::move(batch));
    co_return Kept();
  }
  std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> all;
    for (const auto& batch : kept) {
      for (const auto& record : batch.records) {
        const auto some = numbers_of(record.text);
        EXPECT_EQ(some.size(), record.count);
        all.insert(all.end(), some.begin(), some.end());
      }
    }
    return all;
  }

  async::Bell news;
  bool is_slow = false;
  std::optional<core::Error> trouble;
  std::vector<telemetry::Batch> kept;
};

struct OtlpSource : ::testing::Test {
  OtlpSource() {
    tools.listen = [this](const async::Executor& river, net::ServerOptions asked,
                          net::Handler with) -> core::Outcome<std::unique_ptr<net::Server>> {
      ++listens;
      options = std::move(asked);
      if (port_is_taken) return core::fail(core::Errc::busy, "cannot listen: in use");
      handler = std::move(with);
      return std::make_unique<SilentServer>(river, reloads);
    };
    source = otlp::make(tools);
    source->expect(plan_of(Signal::traces), shelf);
  }
  static ListenPlan plan_of(Signal signal) {
    ListenPlan plan;
    plan.signal = signal;
    plan.http = "127.0.0.1:4318";
    plan.most_request = 1u << 20;
    return plan;
  }
  ~OtlpSource() override {
    asking.cancel();
    nursery.cancel();
    clock.settle();
  }
  void start() {
    nursery.start(source->run());
    clock.settle();
  }

  static net::Call call_with(std::string body, const char* path = "/v1/traces") {
    net::Call call;
    call.method = "POST";
    call.path = path;
    call.headers = {{"content-type", "application/x-protobuf"}};
    call.body = std::move(body);
    return call;
  }
  // What is answered soon; nothing: it waits.
  std::shared_ptr<std::optional<net::Response>> begin(net::Call call) {
    auto answer = std::make_shared<std::optional<net::Response>>();
    asking.start(ask_handler(handler, std::move(call), answer));
    clock.settle();
    return answer;
  }
  net::Response ask(net::Call call) {
    const auto answer = begin(std::move(call));
    EXPECT_TRUE(*answer);
    return answer->value_or(net::Response());
  }
  net::Response ask(std::string body) { return ask(call_with(std::move(body))); }
  static core::Task<void> ask_handler(net::Handler& handler, net::Call call,
                                      std::shared_ptr<std::optional<net::Response>> answer) {
    *answer = co_await handler(call);
  }
  std::string metrics() { return ::prometheus::TextSerializer().Serialize(registry.Collect()); }
  bool shows(const std::string& line) { return metrics().find(line + "\n") != std::string::npos; }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(3);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::CapturedLog log;
  net::NoClient client;
  ::prometheus::Registry registry;
  core::Resource resource;
  Tools tools{clock, *random, *pool, log, client, registry, resource, "here"};
  net::ServerOptions options;
  net::Handler handler;
  bool port_is_taken = false;
  int listens = 0;
  Reloads reloads;
  Keeper shelf{loop.get_executor()};
  std::unique_ptr<Reception> source;  // with the tools as they are then
  async::Nursery nursery{loop.get_executor()}, asking{loop.get_executor()};
};

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_F(OtlpSource, AnswersOnlyWhenTheSpansAreKept) {
  start();
  shelf.is_slow = true;
  const std::string request = numbered_request(1, 3);
  const auto answer = begin(call_with(request));
  EXPECT_FALSE(*answer);
  shelf.is_slow = false;
  shelf.news.ring();
  clock.settle();
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ((*answer)->body, "");
  EXPECT_EQ(net::header((*answer)->headers, "content-type"), "application/x-protobuf");
  ASSERT_EQ(shelf.kept.size(), 1u);
  EXPECT_EQ(shelf.kept[0].stream, "traces");
  EXPECT_EQ(shelf.kept[0].records[0].text, request) << "as it came";
  EXPECT_EQ(shelf.numbers(), (Numbers{1, 2, 3}));
}

TEST_F(OtlpSource, TwoSignalsAreHeardByOneListener) {
  Keeper lines{loop.get_executor()};
  source->expect(plan_of(Signal::logs), lines);
  start();
  EXPECT_EQ(listens, 1);
  EXPECT_EQ(ask(numbered_request(1, 2)).status, 200);
  const std::string log = field(5, field(1, "paid")) + field(9, "short");
  const net::Response taken = ask(call_with(request_of({log}), "/v1/logs"));
  EXPECT_EQ(taken.status, 200);
  EXPECT_EQ(taken.body, "") << "it is taken, without the id";
  ASSERT_EQ(shelf.kept.size(), 1u);
  ASSERT_EQ(lines.kept.size(), 1u);
  EXPECT_EQ(lines.kept[0].stream, "otlp");
  EXPECT_EQ(lines.kept[0].records[0].bytes, log.size());
  EXPECT_EQ(lines.kept[0].records[0].time, clock.wall()) << "it has no time of its own";
  EXPECT_NE(lines.kept[0].records[0].text.find("\npaid"), std::string::npos);
  EXPECT_TRUE(shows(R"(outrider_otlp_broken_ids_total{listener="http"} 1)"));
  const net::Response other = ask(call_with("", "/v1/metrics"));
  EXPECT_EQ(other.status, 404) << "they were not asked for";
  EXPECT_EQ(wire::read_status(other.body), "only traces and logs are taken here, at /v1/traces and /v1/logs");
}

TEST_F(OtlpSource, SignalsWithAddressesOfTheirOwnHaveListenersOfTheirOwn) {
  Keeper lines{loop.get_executor()};
  ListenPlan plan = plan_of(Signal::logs);
  plan.http = "127.0.0.1:5318";
  source->expect(plan, lines);
  start();
  EXPECT_EQ(listens, 2);
  EXPECT_EQ(options.listeners.front().address, "127.0.0.1:5318");
  EXPECT_EQ(ask(call_with("", "/v1/traces")).status, 404) << "the second takes logs";
  EXPECT_EQ(ask(call_with("", "/v1/logs")).status, 200) << "nothing is in it";
  EXPECT_TRUE(shows(R"(outrider_otlp_listening{listener="http"} 1)"));
  EXPECT_TRUE(shows(R"(outrider_otlp_listening{listener="http 127.0.0.1:5318"} 1)"));
}

TEST_F(OtlpSource, RecordsHavePlacesOfTheirOwn) {
  start();
  (void)ask(numbered_request(1, 3));
  (void)ask(numbered_request(4, 3));
  EXPECT_NE(shelf.kept[0].records[0].origin.offset, shelf.kept[1].records[0].origin.offset);
  EXPECT_EQ(shelf.kept[0].records[0].origin.stream, shelf.kept[1].records[0].origin.stream);
}

TEST_F(OtlpSource, UnpacksWhatIsPacked) {
  start();
  net::Call call = call_with(net::gzip(numbered_request(1, 100)));
  call.headers.emplace_back("Content-Encoding", "gzip");
  EXPECT_EQ(ask(call).status, 200);
  EXPECT_EQ(shelf.numbers().size(), 100u);
}

TEST_F(OtlpSource, ASmallBodyThatBecomesAHugeOneIsRefused) {
  start();
  net::Call call = call_with(net::gzip(std::string(64u << 20, '\0')));
  ASSERT_LT(call.body.size(), 1u << 20);
  call.headers.emplace_back("Content-Encoding", "gzip");
  const net::Response answer = ask(call);
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(wire::read_status(answer.body).find("more than 1 MiB"), std::string::npos)
      << wire::read_status(answer.body);
  call.body = "no gzip";
  EXPECT_EQ(ask(call).status, 400);
  EXPECT_EQ(shelf.kept.size(), 0u);
}

TEST_F(OtlpSource, BrokenSpansAreSaidAndTheOthersAreTaken) {
  start();
  const net::Response answer = ask(request_of({span(1), span_with("short", id_of(2)), span(3)}));
  EXPECT_EQ(answer.status, 200);
  const auto partial = wire::read_answer(answer.body);
  ASSERT_TRUE(partial);
  EXPECT_EQ(partial->rejected, 1u);
  EXPECT_EQ(partial->why,
            "1 of 3 spans were not taken: a span's trace_id must be 16 bytes, not all of them zero");
  EXPECT_EQ(shelf.numbers(), (Numbers{1, 3}));
  EXPECT_TRUE(shows(R"(outrider_otlp_refused_spans_total{listener="http"} 1)"));
}

TEST_F(OtlpSource, WhatCannotBeTakenNowComesAgain) {
  start();
  shelf.trouble = core::Error(core::Errc::exhausted, "cannot take it: the spool is full");
  const net::Response full = ask(numbered_request(1, 1));
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(net::header(full.headers, "retry-after"), "10");
  EXPECT_EQ(wire::read_status(full.body), "cannot take it: the spool is full");
  shelf.trouble = core::Error(core::Errc::busy, "cannot take it now");
  EXPECT_EQ(net::header(ask(numbered_request(1, 1)).headers, "retry-after"), "1");
}

TEST_F(OtlpSource, WhatIsAtHandIsBounded) {
  start();
  shelf.is_slow = true;
  const std::string request = field(1, field(1, std::string(900'000, 'x')) + field(2, scope_of({span(1)})));
  std::vector<std::shared_ptr<std::optional<net::Response>>> answers;
  for (int i = 0; i < 5; ++i) answers.push_back(begin(call_with(request)));
  int sent_away = 0;
  for (const auto& answer : answers) sent_away += *answer && (*answer)->status == 503 ? 1 : 0;
  EXPECT_EQ(sent_away, 3) << "two are twice the largest request, about";
  shelf.is_slow = false;
  shelf.news.ring();
  clock.settle();
  EXPECT_EQ(ask(request).status, 200) << "what was at hand is free again";
}

TEST_F(OtlpSource, WhatIsNoTraceRequestHearsWhatIsWrong) {
  start();
  struct Row {
    std::string path, method, type, encoding;
    int status;
    std::string says;
  };
  const std::vector<Row> rows{
      {"/v1/metrics", "POST", "application/x-protobuf", "", 404, "only traces"},
      {"/v1/traces", "GET", "", "", 405, "POST"},
      {"/v1/traces", "POST", "text/plain", "", 415, "not text/plain"},
      {"/v1/traces", "POST", "", "", 415, "without a type"},
      {"/v1/traces", "POST", "application/x-protobuf", "zstd", 415, "not with zstd"},
      {"/v1/traces", "POST", "Application/X-Protobuf; charset=x", "identity", 400, "Protobuf"},
  };
  for (const Row& row : rows) {
    net::Call call = call_with("hello");
    call.path = row.path;
    call.method = row.method;
    call.headers = {{"content-type", row.type}, {"content-encoding", row.encoding}};
    const net::Response answer = ask(call);
    EXPECT_EQ(answer.status, row.status) << row.says;
    EXPECT_NE(wire::read_status(answer.body).find(row.says), std::string::npos)
        << wire::read_status(answer.body);
  }
  EXPECT_EQ(shelf.kept.size(), 0u);
}

TEST_F(OtlpSource, APortThatIsTakenIsSaidAndTriedAgain) {
  port_is_taken = true;
  start();
  EXPECT_TRUE(shows(R"(outrider_otlp_listening{listener="http"} 0)"));
  port_is_taken = false;
  clock.advance(11s);
  EXPECT_EQ(listens, 2);
  EXPECT_TRUE(shows(R"(outrider_otlp_listening{listener="http"} 1)"));
  source->finish();
  clock.settle();
  EXPECT_EQ(nursery.size(), 0u) << "it ends when it is told to";
  EXPECT_TRUE(shows(R"(outrider_otlp_listening{listener="http"} 0)"));
}

TEST_F(OtlpSource, ManyRecordsOfALargeResourceAreNotWrittenOutWithoutBound) {
  Keeper lines{loop.get_executor()};
  source->expect(plan_of(Signal::logs), lines);
  start();
  std::string logs = field(1, field(1, field(1, "k") + field(2, field(1, std::string(20'000, 'x')))));
  std::string scope;
  for (int i = 0; i < 400; ++i) scope += field(2, field(5, field(1, "y")));
  const std::string request = field(1, logs + field(2, scope));
  ASSERT_LT(request.size(), 30'000u);
  const net::Response answer = ask(call_with(request, "/v1/logs"));
  EXPECT_EQ(answer.status, 413) << "400 times 20 kB";
  EXPECT_NE(wire::read_status(answer.body).find("more than 4 MiB"), std::string::npos);
  EXPECT_EQ(lines.kept.size(), 0u);
}

TEST_F(OtlpSource, CountsRequestsByTheirStatus) {
  start();
  options.on_served({"otlp", 200, 1ms});
  options.on_served({"otlp", 431, 1ms});
  EXPECT_TRUE(shows(R"(outrider_otlp_requests_total{listener="http",status="200"} 1)"));
  EXPECT_TRUE(shows(R"(outrider_otlp_requests_total{listener="http",status="431"} 1)"));
  EXPECT_EQ(options.limits.body_bytes, 1u << 20);
  EXPECT_EQ(options.limits.all_bodies_bytes, 2u << 20);
}

TEST_F(OtlpSource, ACertificateThatWasRenewedIsTakenAndHalfOfItWaitedOut) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "renewed.pem";
  const auto renew = [&](std::chrono::hours later) {
    std::ofstream(file) << "x";
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() + later);
  };
  renew(1h);
  ListenPlan plan = plan_of(Signal::traces);
  plan.tls = net::TlsFiles{file, file, ""};
  source = otlp::make(tools);
  source->expect(plan, shelf);
  start();
  ASSERT_TRUE(options.listeners.front().tls);
  clock.advance(1min);
  EXPECT_EQ(reloads.count, 0) << "nothing has changed";
  reloads.work = false;
  renew(2h);
  clock.advance(35s);
  EXPECT_EQ(reloads.count, 3) << "it may become whole";
  EXPECT_EQ(log.saying("the one before goes on").size(), 1u) << "and is told once";
  reloads.work = true;
  clock.advance(1min);
  EXPECT_EQ(reloads.count, 4);
  EXPECT_EQ(log.saying("that was renewed").size(), 2u);
  std::filesystem::remove(file);
}
