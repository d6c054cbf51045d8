#include "agent/net/test_kit.hpp"

#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

core::Task<Response> lengths(const Call& call) {
  Response response;
  response.body = fmt::format("got {}!", call.body.size());
  co_return response;
}

ServerOptions with_room_for(std::uint64_t one, std::uint64_t all) {
  ServerOptions options;
  options.limits.body_bytes = one;
  options.limits.all_bodies_bytes = all;
  return options;
}

std::string head(std::size_t length) {
  return fmt::format("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n\r\n", length);
}

}  // namespace

TEST(ServerBodies, OneThatWouldBeTooMuchWithTheOthersIsToldToComeAgain) {
  const RunningServer server(with_room_for(1000, 1500), lengths);
  RawPeer first(server.address());
  first.send(head(1000) + std::string(10, 'x'));
  RawPeer second(server.address());
  // The server reads them in the order in which it hears of them.
  second.send(head(400) + std::string(400, 'x'));
  EXPECT_THAT(second.read_until("!"), HasSubstr("got 400!"));
  RawPeer third(server.address());
  third.send(head(600) + std::string(600, 'x'));
  const std::string refused = third.read_to_end();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, HasSubstr("too many others are being read"));
  first.send(std::string(990, 'x'));
  EXPECT_THAT(first.read_until("!"), HasSubstr("got 1000!"));
  RawPeer fourth(server.address());
  fourth.send(head(600) + std::string(600, 'x'));
  EXPECT_THAT(fourth.read_until("!"), HasSubstr("got 600!")) << "there is room again";
}

TEST(ServerBodies, OneThatDoesNotSayHowLongItIsCountsAsTheLongest) {
  const RunningServer server(with_room_for(1000, 1500), lengths);
  RawPeer chunked(server.address());
  chunked.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
  RawPeer small(server.address());
  small.send(head(5) + "hello");
  EXPECT_THAT(small.read_until("!"), HasSubstr("got 5!"));
  RawPeer other(server.address());
  other.send(head(600) + std::string(600, 'x'));
  EXPECT_THAT(other.read_to_end(), StartsWith("HTTP/1.1 503 "));
  chunked.send("0\r\n\r\n");
  EXPECT_THAT(chunked.read_until("!"), HasSubstr("got 1!"));
}

TEST(ServerBodies, WhoHangsUpGivesItsRoomBack) {
  const RunningServer server(with_room_for(1000, 1000), lengths);
  // Whether one that needs all the room gets it within some attempts.
  const auto comes = [&server](std::string_view answer) {
    for (int attempt = 0; attempt < 200; ++attempt) {
      RawPeer peer(server.address());
      peer.send(head(1000) + std::string(1000, 'x'));
      if (peer.read_until("!").find(answer) != std::string::npos) return true;
    }
    return false;
  };
  {
    RawPeer gone(server.address());
    gone.send(head(1000) + "x");
    EXPECT_TRUE(comes("503 Service Unavailable"));
  }
  EXPECT_TRUE(comes("got 1000!")) << "its room is still taken";
}

TEST(ServerBodies, WhoSendsALittleTooMuchHearsSoThoughHeSendsItAll) {
  const RunningServer server(with_room_for(4u << 20, 8u << 20), lengths);
  RawPeer peer(server.address());
  EXPECT_TRUE(peer.send(head(6u << 20) + std::string(6u << 20, 'x')));
  EXPECT_THAT(peer.read_to_end(), StartsWith("HTTP/1.1 413 "));
  EXPECT_FALSE(peer.was_reset());
}

TEST(ServerBodies, OneThatIsLongerThanAnyMayBeIsTooLargeAndNotForLater) {
  const RunningServer server(with_room_for(1000, 1500), lengths);
  RawPeer peer(server.address());
  peer.send(head(5000) + "x");
  EXPECT_THAT(peer.read_to_end(), StartsWith("HTTP/1.1 413 "));
}
