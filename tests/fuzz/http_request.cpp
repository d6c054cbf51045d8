// What a stranger sends to one of our listeners. The same bytes must mean the same requests however the
// network cuts them: where they do not, a proxy in front of us can be made to see other requests than we do.
#include "agent/async/river.hpp"
#include "agent/net/serving/connection.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/sim_clock.hpp"
#include "tests/fuzz/http_wire.hpp"

#include <boost/asio/io_context.hpp>

namespace outrider::fuzz {
namespace {

struct Conversation {
  std::vector<net::Call> calls;
  std::string sent;
};

core::Task<net::Response> answer(Conversation& conversation, const net::Call& call) {
  conversation.calls.push_back(call);
  net::Response response;
  response.headers.emplace_back("X-Echo", call.path + call.query);
  response.body = call.body;
  co_return response;
}

Conversation converse(std::string_view bytes, std::size_t piece) {
  boost::asio::io_context loop{1};
  os::SimClock clock(loop);
  os::CapturedLog log;
  Conversation conversation;
  net::Service service{clock, log, {}, {}, {}, false, 0, {}};
  service.limits.body_bytes = 4096;
  service.handler = [&conversation](const net::Call& call) { return answer(conversation, call); };
  auto wire = std::make_unique<FedWire>(net::Socket(loop), bytes, piece, conversation.sent);
  net::Connection connection(service, std::move(wire), "fuzz", false);
  must(async::run_on_loop(loop, connection.run()), "a connection whose sender is done comes to an end");
  return conversation;
}

void check(const Conversation& conversation) {
  must(conversation.sent.empty() || conversation.sent.starts_with("HTTP/1.1 "), "what is sent is HTTP");
  for (const net::Call& call : conversation.calls) {
    must(call.path.find('\0') == std::string::npos, "a path has no NUL");
    must(call.body.size() <= 4096, "a body keeps to its limit");
  }
}

bool same(const net::Call& a, const net::Call& b) {
  return a.method == b.method && a.path == b.path && a.query == b.query && a.headers == b.headers &&
         a.body == b.body;
}

}  // namespace

void http_request(std::string_view bytes) {
  const std::size_t piece = take_choice(bytes, 61) + 1;
  const Conversation whole = converse(bytes, bytes.size());
  const Conversation pieces = converse(bytes, piece);
  check(whole);
  check(pieces);
  if (bytes.size() > 8192) return;  // near the header's limit, pieces may tell
  must(std::ranges::equal(whole.calls, pieces.calls, same), "the sizes of the reads do not show");
}

}  // namespace outrider::fuzz
