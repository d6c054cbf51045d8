#include "agent/net/h2/client.hpp"

#include "agent/async/race.hpp"

#include <algorithm>
#include <utility>

namespace outrider::net {
namespace {

using namespace std::chrono_literals;
using core::Errc;
using core::fail;
using core::Outcome;

// For what came while nobody listened: it is there, or the connection is no good.
constexpr core::Duration most_catching_up = 1s;

}  // namespace

struct H2Client::Connection {
  explicit Connection(std::unique_ptr<Stream> over) : stream(std::move(over)), caller(*stream) {}
  std::unique_ptr<Stream> stream;
  H2Caller caller;
};

H2Client::H2Client(core::Clock& clock, StreamClient& streams, std::string address,
                   std::optional<TlsTrust> tls)
    : clock_(clock), streams_(streams), address_(std::move(address)), tls_(std::move(tls)) {
  if (tls_) tls_->wants_http2 = true;
}
H2Client::~H2Client() = default;

core::Task<Outcome<H2Answer>> H2Client::call(const H2Call& call, std::size_t most_bytes,
                                             core::Duration limit) {
  std::string doing = "the answer of " + address_;
  core::Task<Outcome<H2Answer>> calling = call_now(call, most_bytes, limit);
  co_return co_await async::with_deadline(clock_, limit, std::move(doing), std::move(calling));
}

core::Task<Outcome<H2Answer>> H2Client::call_now(const H2Call& call, std::size_t most_bytes,
                                                 core::Duration limit) {
  std::unique_ptr<Connection> connection = std::exchange(kept_, nullptr);
  if (connection) {
    co_await connection->caller.catch_up(std::min(limit, most_catching_up));
    if (connection->caller.is_usable()) {
      core::Task<Outcome<H2Answer>> calling = call_over(std::move(connection), call, most_bytes, limit);
      Outcome<H2Answer> answer = co_await std::move(calling);
      if (answer || answer.error().code != Errc::unavailable) co_return answer;
    }
    connection.reset();
  }
  std::optional<TlsTrust> trust = tls_;
  auto stream = co_await streams_.connect(address_, std::move(trust), limit);
  if (!stream) co_return fail(stream.error());
  connection = std::make_unique<Connection>(std::move(*stream));
  core::Task<Outcome<H2Answer>> calling = call_over(std::move(connection), call, most_bytes, limit);
  co_return co_await std::move(calling);
}

core::Task<Outcome<H2Answer>> H2Client::call_over(std::unique_ptr<Connection> connection, const H2Call& call,
                                                  std::size_t most_bytes, core::Duration limit) {
  core::Task<Outcome<H2Answer>> calling = connection->caller.call(call, most_bytes, limit);
  Outcome<H2Answer> answer = co_await std::move(calling);
  if (connection->caller.is_usable()) kept_ = std::move(connection);
  co_return answer;
}

}  // namespace outrider::net
