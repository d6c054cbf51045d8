// What a probed or scraped server answers, and what it says it has packed.
#include "agent/async/river.hpp"
#include "agent/net/gzip.hpp"
#include "agent/net/wire/accept.hpp"
#include "agent/net/wire/message.hpp"
#include "tests/fuzz/http_wire.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace outrider::fuzz {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;

constexpr std::uint64_t most_bytes = 64 * 1024;

core::Task<void> receive(net::Wire& wire, Parser& parser, net::error_code& error) {
  net::Inbox inbox;
  error = co_await net::read_more(wire, inbox);
  if (!error) error = co_await net::read_header<false>(wire, inbox, parser, most_bytes);
  if (!error) error = co_await net::read_body<false>(wire, inbox, parser);
}

}  // namespace

void http_response(std::string_view bytes) {
  const std::size_t piece = take_choice(bytes, 61) + 1;
  boost::asio::io_context loop{1};
  std::string sent;
  FedWire wire(net::Socket(loop), bytes, piece, sent);
  Parser parser;
  parser.body_limit(most_bytes);
  net::error_code error;
  must(async::run_on_loop(loop, receive(wire, parser, error)), "an answer comes to an end");
  if (error) return;
  const auto& message = parser.get();
  must(message.body().size() <= most_bytes, "a body keeps to its limit");
  const net::Headers headers = net::headers_of(message);
  std::string again;
  net::put_headers(again, headers);
  const std::string_view coding = net::header(headers, "content-encoding");
  (void)net::accepts_encoding(net::header(headers, "accept-encoding"), coding);
  const auto plain = net::gunzip(message.body(), most_bytes);
  must(!plain || plain->size() <= most_bytes, "what is unpacked keeps to its limit");
}

}  // namespace outrider::fuzz
