#include "agent/net/streams/stream_client.hpp"

#include "agent/async/race.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/streams/securing.hpp"
#include "agent/net/streams/wire_stream.hpp"
#include "agent/net/wire/opener.hpp"

#include <utility>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

class RealStreamClient final : public StreamClient, public Securing {
 public:
  RealStreamClient(core::Clock& clock, async::Pool& pool) : clock_(clock), opener_(clock, pool) {}

  core::Task<Outcome<std::unique_ptr<Stream>>> connect(std::string address, std::optional<TlsTrust> tls,
                                                       core::Duration limit) override {
    const auto endpoint = read_endpoint(address);
    if (!endpoint) co_return fail(endpoint.error());
    Progress progress;
    std::optional<Outcome<std::unique_ptr<Wire>>> opened;
    core::Task<void> work = open(*endpoint, std::move(tls), limit, progress, opened);
    const bool in_time = co_await async::finish_within(clock_, limit, std::move(work));
    if (!in_time || !opened) co_return fail(progress.timed_out(limit));
    if (!*opened) co_return fail(opened->error());
    co_return make_wire_stream(clock_, std::move(**opened), std::move(address), false);
  }

  core::Task<Outcome<std::unique_ptr<Stream>>> secure(std::unique_ptr<Stream> stream, TlsTrust tls,
                                                      core::Duration limit) override {
    std::string address = stream->peer();
    const auto endpoint = read_endpoint(address);
    if (!endpoint) co_return fail(endpoint.error());
    std::unique_ptr<Wire> wire = take_wire(std::move(stream));
    if (!wire) co_return fail(Errc::internal, "cannot speak TLS over a connection of somebody else");
    Progress progress;
    std::optional<Outcome<std::unique_ptr<Wire>>> secured;
    core::Task<void> work = shake(std::move(wire->socket()), *endpoint, std::move(tls), progress, secured);
    const bool in_time = co_await async::finish_within(clock_, limit, std::move(work));
    if (!in_time || !secured) co_return fail(progress.timed_out(limit));
    if (!*secured) co_return fail(secured->error());
    co_return make_wire_stream(clock_, std::move(**secured), std::move(address), false);
  }

 private:
  core::Task<void> shake(Socket socket, const Endpoint& endpoint, TlsTrust tls, Progress& progress,
                         std::optional<Outcome<std::unique_ptr<Wire>>>& secured) {
    secured = co_await opener_.secure(std::move(socket), endpoint, std::move(tls), progress);
  }
  core::Task<void> open(const Endpoint& endpoint, std::optional<TlsTrust> tls, core::Duration limit,
                        Progress& progress, std::optional<Outcome<std::unique_ptr<Wire>>>& opened) {
    opened = co_await opener_.open(endpoint, std::move(tls), limit, progress);
  }

  core::Clock& clock_;
  Opener opener_;
};

class NoStreams final : public StreamClient {
 public:
  core::Task<Outcome<std::unique_ptr<Stream>>> connect(std::string, std::optional<TlsTrust>,
                                                       core::Duration) override {
    co_return fail(Errc::unavailable, "no network here");
  }
};

}  // namespace

std::unique_ptr<StreamClient> make_stream_client(core::Clock& clock, async::Pool& pool) {
  return std::make_unique<RealStreamClient>(clock, pool);
}

StreamClient& no_streams() {
  static NoStreams nowhere;
  return nowhere;
}

}  // namespace outrider::net
