#include "agent/probes/grpc/grpc_probe.hpp"

#include "agent/net/h2/test_server.hpp"
#include "agent/probes/test_kit.hpp"

#include <array>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using net::testing::H2Reply;
using net::testing::H2Server;
using probes::grpc::Serving;

namespace {

constexpr const char* address = "api:50051";

core::Task<void> serve(net::SimStreams& net, H2Server::Answerer answer) {
  for (;;) {
    const auto stream = co_await net.accept(address);
    H2Server server(answer);
    for (;;) {
      std::array<char, 4096> buffer;
      const std::span<char> into(buffer);
      const auto size = co_await stream->read_some(into, 1h);
      if (!size || *size == 0) break;
      const std::string said = server.hear(std::string_view(buffer.data(), *size));
      if (!said.empty()) (void)co_await stream->write_all(said, 1h);
    }
  }
}

std::string status_message(char status) { return std::string("\0\0\0\0\2\x08", 6) + status; }

class GrpcProbe : public probes::testing::ProbeTest {
 protected:
  GrpcProbe() {
    settings_.address = address;
    streams_.listen(address);
  }

  core::Answer ask(H2Server::Answerer answer) {
    async::Nursery server(loop_.get_executor());
    server.start(serve(streams_, std::move(answer)));
    const auto probe = probes::grpc::make_probe(settings_, tools_);
    const core::Answer given = ProbeTest::ask(*probe, 1s);
    server.cancel();
    clock_.settle();
    return given;
  }
  core::Answer ask_after(H2Reply reply) {
    return ask([reply](const std::string&, const std::string&) { return reply; });
  }

  probes::grpc::Settings settings_;
};

}  // namespace

TEST_F(GrpcProbe, AServerThatServesIsOk) {
  settings_.service = "school.Grading";
  std::string path, question;
  const core::Answer answer = ask([&](const std::string& asked, const std::string& body) {
    path = asked;
    question = body;
    return H2Reply{200, status_message(1), {{"grpc-status", "0"}}};
  });
  EXPECT_EQ(answer.standing, Standing::ok) << answer.detail;
  EXPECT_EQ(answer.detail, "SERVING");
  EXPECT_EQ(path, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(question, std::string("\0\0\0\0\x10\x0A\x0Eschool.Grading", 21));
}

TEST_F(GrpcProbe, OneThatDoesNotServeIsNotOk) {
  EXPECT_EQ(ask_after({200, status_message(2), {{"grpc-status", "0"}}}).detail, "the server is NOT_SERVING");
  EXPECT_EQ(ask_after({200, status_message(3), {{"grpc-status", "0"}}}).standing, Standing::not_ok);
  EXPECT_EQ(ask_after({200, {}, {{"grpc-status", "14"}, {"grpc-message", "starting"}}}).detail,
            "UNAVAILABLE: starting");
  EXPECT_EQ(ask_after({502, {}, {}}).detail, "HTTP 502 instead of gRPC");
}

TEST_F(GrpcProbe, OneThatCannotBeAskedIsUnknown) {
  for (const char* status : {"12", "7", "16"}) {
    EXPECT_EQ(ask_after({200, {}, {{"grpc-status", status}}}).standing, Standing::unknown) << status;
  }
}

TEST_F(GrpcProbe, SilenceAndTooMuchAreNotOk) {
  EXPECT_EQ(ask_after({200, {}, {}, true}).standing, Standing::not_ok);
  const core::Answer endless = ask_after({200, std::string(1 << 18, 'x'), {{"grpc-status", "0"}}});
  EXPECT_EQ(endless.standing, Standing::not_ok);
  EXPECT_EQ(endless.detail, "api:50051 says too much");
}

TEST(GrpcHealth, AnswersAreReadAndNothingElse) {
  using probes::grpc::read_serving;
  EXPECT_EQ(read_serving(status_message(1)), Serving::serving);
  EXPECT_EQ(read_serving(std::string(5, '\0')), Serving::unknown) << "what is zero is left out";
  EXPECT_FALSE(read_serving(""));
  EXPECT_FALSE(read_serving(status_message(9)));
  EXPECT_FALSE(read_serving(std::string("\1\0\0\0\2\x08\1", 7))) << "packed";
  EXPECT_FALSE(read_serving(std::string("\0\0\0\0\x09\x08\1", 7))) << "cut short";
  EXPECT_FALSE(read_serving(std::string("\0\0\0\0\2\xFF\xFF", 7)));
}
