#include "agent/api/tap/tap.hpp"

#include "agent/api/handler.hpp"
#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"

#include <optional>

#include <gmock/gmock.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

// Looks at whatever the test says.
class FakeTaps final : public core::Taps {
 public:
  explicit FakeTaps(core::Clock& clock) : clock_(clock) {}

  core::Task<core::Outcome<std::vector<core::TapPoint>>> points() override {
    co_return std::vector<core::TapPoint>{{"parked:file /a.log", "what it refuses"}};
  }
  core::Task<core::Outcome<core::OpenTap>> open(std::string who, core::TapQuestion question) override {
    asked.push_back(who + " at " + question.points.at(0) + " for " + question.match + ", " + question.field +
                    " is " + question.value);
    if (full) co_return core::fail(core::Errc::exhausted, "cannot open another tap");
    co_return core::OpenTap{4711, {"parked:file /a.log"}};
  }
  core::Task<core::Outcome<core::TapNews>> next(std::uint64_t id, std::uint64_t after,
                                                core::Duration wait) override {
    if (id != 4711) co_return core::fail(core::Errc::not_found, "cannot find that tap");
    co_await clock_.sleep(wait);
    co_return core::TapNews{{R"({"n":1.50})", R"({"n":2})"}, after + 2, 7};
  }
  core::Task<core::Outcome<>> end(std::uint64_t id) override {
    asked.push_back("end of " + std::to_string(id));
    co_return core::Outcome<>();
  }

  std::vector<std::string> asked;
  bool full = false;

 private:
  core::Clock& clock_;
};

class FakeAgent final : public core::Commands {
 public:
  explicit FakeAgent(core::Clock& clock) : shown_taps(clock) {}

  core::Status status() override { return {}; }
  core::Task<std::vector<core::Event>> events_after(std::uint64_t, core::Duration) override {
    co_return std::vector<core::Event>();
  }
  core::Task<core::Outcome<std::string>> restart(core::Operator, bool) override { co_return ""; }
  core::Task<core::Outcome<std::string>> reload(core::Operator) override { co_return ""; }
  core::Taps* taps() override { return carries_logs ? &shown_taps : nullptr; }

  bool carries_logs = true;
  FakeTaps shown_taps;
};

core::Task<void> ask_and_keep(net::Handler handler, net::Call call, std::optional<net::Response>& kept) {
  kept = co_await handler(call);
}

class TapApiTest : public ::testing::Test {
 protected:
  TapApiTest() : handler_(api::make_handler(agent_, registry_, clock_, {})) {}

  static net::Call local_write(std::string path, std::string body) {
    net::Call made;
    made.method = "POST";
    made.path = std::move(path);
    made.headers = {{"Host", "127.0.0.1:9465"}, {"Content-Type", "application/json"}};
    made.local_socket = true;
    made.peer = "pid 1 uid 0";
    made.body = std::move(body);
    return made;
  }

  net::Response ask(const net::Call& asked, core::Duration within = 0ns) {
    std::optional<net::Response> response;
    nursery_.start(ask_and_keep(handler_, asked, response));
    clock_.settle();
    if (within > 0ns) clock_.advance(within);
    if (!response) ADD_FAILURE() << "no answer";
    return response.value_or(net::Response{});
  }

  net::Response get(std::string path) {
    net::Call made;
    made.method = "GET";
    made.path = std::move(path);
    made.peer = "127.0.0.1:40000";
    return ask(made);
  }

  boost::asio::io_context loop_{1};
  os::SimClock clock_{loop_};
  FakeAgent agent_{clock_};
  prometheus::Registry registry_;
  net::Handler handler_;
  async::Nursery nursery_{loop_.get_executor()};
};

}  // namespace

TEST_F(TapApiTest, ATapIsOpenedByWhoMayWriteFetchedALineARecordAndEnded) {
  const auto listed = get("/api/v1/tap");
  EXPECT_EQ(listed.status, 200);
  EXPECT_NE(listed.body.find("parked:file /a.log"), std::string::npos) << listed.body;
  const auto opened =
      ask(local_write("/api/v1/tap/open", R"({"points":["parked"],"match":"x","where":"a=b=c"})"));
  EXPECT_EQ(opened.status, 200);
  EXPECT_NE(opened.body.find(R"("tap":4711)"), std::string::npos) << opened.body;
  const auto news = ask(local_write("/api/v1/tap/next", R"({"tap":4711,"after":5,"wait":"2s"})"), 2s);
  EXPECT_EQ(net::header(news.headers, "Content-Type"), "application/x-ndjson");
  EXPECT_EQ(news.body, "{\"n\":1.50}\n{\"n\":2}\n{\"last\":7,\"unseen\":7}\n")
      << "as it was written, digit for digit";
  EXPECT_EQ(ask(local_write("/api/v1/tap/end", R"({"tap":4711})")).status, 200);
  EXPECT_EQ(agent_.shown_taps.asked,
            (std::vector<std::string>{"pid 1 uid 0 at parked for x, a is b=c", "end of 4711"}));
}

TEST_F(TapApiTest, OverAConnectionThatMayNotWriteNobodyLooksAtTheLogs) {
  net::Call asked = local_write("/api/v1/tap/open", R"({"points":["parked"]})");
  asked.local_socket = false;
  EXPECT_EQ(ask(asked).status, 403);
  asked.path = "/api/v1/tap/next";
  EXPECT_EQ(ask(asked).status, 403);
  asked = local_write("/api/v1/tap/open", R"({"points":["parked"]})");
  asked.headers.emplace_back("Origin", "https://evil.example");
  EXPECT_EQ(ask(asked).status, 403) << "nor a page of another origin";
  EXPECT_TRUE(agent_.shown_taps.asked.empty());
}

TEST_F(TapApiTest, ATapThatIsAskedForWronglyIsToldWhatIsWrong) {
  const auto why = [this](const char* path, const std::string& body) {
    const auto answer = ask(local_write(path, body));
    EXPECT_EQ(answer.status, 400) << body;
    return answer.body;
  };
  EXPECT_NE(why("/api/v1/tap/open", R"({"pionts":["parked"]})").find(R"(did you mean \"points\")"),
            std::string::npos);
  EXPECT_NE(why("/api/v1/tap/open", R"({"points":"parked"})").find("no list"), std::string::npos);
  EXPECT_NE(why("/api/v1/tap/open", R"({"points":[1]})").find("not text"), std::string::npos);
  EXPECT_NE(why("/api/v1/tap/open", R"({"points":["parked"],"where":"level"})").find("FIELD=VALUE"),
            std::string::npos);
  EXPECT_NE(why("/api/v1/tap/open", R"({"points":["parked"],"match":5})").find("match"), std::string::npos);
  EXPECT_NE(why("/api/v1/tap/open", "[]").find("JSON object"), std::string::npos);
  EXPECT_NE(why("/api/v1/tap/open", std::string(20'000, ' ')).find("too large"), std::string::npos);
  EXPECT_NE(why("/api/v1/tap/next", R"({"tap":"x"})").find("whole number"), std::string::npos);
  EXPECT_NE(why("/api/v1/tap/next", R"({"tap":4711,"after":-1})").find("after"), std::string::npos);
  EXPECT_NE(why("/api/v1/tap/next", R"({"tap":4711,"wait":"1h"})").find("wait"), std::string::npos);
  EXPECT_EQ(ask(local_write("/api/v1/tap/next", R"({"tap":1})")).status, 404);
  agent_.shown_taps.full = true;
  EXPECT_EQ(ask(local_write("/api/v1/tap/open", R"({"points":["parked"]})")).status, 503);
  agent_.carries_logs = false;
  EXPECT_EQ(ask(local_write("/api/v1/tap/open", R"({"points":["parked"]})")).status, 501);
  EXPECT_EQ(get("/api/v1/tap").status, 501);
}
