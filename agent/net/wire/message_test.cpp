#include "agent/net/wire/message.hpp"

#include "agent/async/river.hpp"

#include <algorithm>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;

namespace http = boost::beast::http;

namespace {

// Gives `first`, then `rest` again and again, one of them a read: a sender without an end.
class EndlessWire final : public Wire {
 public:
  EndlessWire(const async::Executor& executor, std::string first, std::string rest)
      : socket_(executor), next_(std::move(first)), rest_(std::move(rest)) {}

  core::Task<error_code> shake_hands() override { co_return error_code(); }
  core::Task<Moved> read_some(std::span<char> into) override {
    Moved moved;
    moved.bytes = std::min(into.size(), next_.size());
    std::copy_n(next_.begin(), moved.bytes, into.begin());
    next_ = rest_;
    given_bytes += moved.bytes;
    co_return moved;
  }
  core::Task<error_code> write_all(std::string_view, std::string_view) override { co_return error_code(); }
  core::Task<void> finish_sending() override { co_return; }
  Socket& socket() override { return socket_; }

  std::size_t given_bytes = 0;

 private:
  Socket socket_;
  std::string next_;
  std::string rest_;
};

struct Ended {
  error_code error;
  std::size_t given_bytes = 0;
};

Ended read_endless(const std::string& first, const std::string& rest) {
  Ended ended;
  async::run_here([&](async::Executor executor) -> core::Task<void> {
    EndlessWire wire(executor, first, rest);
    Inbox inbox;
    http::request_parser<http::string_body> parser;
    ended.error = co_await read_header<true>(wire, inbox, parser, 2048);
    ended.given_bytes = wire.given_bytes;
  });
  return ended;
}

}  // namespace

TEST(Message, AHeaderOfEndlesslyManyWholeLinesIsCutOff) {
  const Ended ended = read_endless("GET / HTTP/1.1\r\n", "X: y\r\n");
  EXPECT_EQ(ended.error, http::error::header_limit);
  EXPECT_LT(ended.given_bytes, 2200u);
}

TEST(Message, AHeaderOfOneEndlessLineIsCutOff) {
  const Ended ended = read_endless("GET / HTTP/1.1\r\nX: ", "y");
  EXPECT_EQ(ended.error, http::error::header_limit);
  EXPECT_LT(ended.given_bytes, 2200u);
}
