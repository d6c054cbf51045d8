#include "agent/net/streams/stream_client.hpp"

#include "agent/async/race.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/wire/opener.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

core::Error trouble(const std::string& step, const error_code& error) {
  if (is_hang_up(error)) return {Errc::unavailable, step + ": the connection was closed"};
  if (error.category() == boost::asio::error::get_ssl_category()) {
    return {Errc::denied, step + ": " + error.message()};
  }
  return core::system_error(step, error.value());
}

class WireStream final : public Stream {
 public:
  WireStream(core::Clock& clock, std::unique_ptr<Wire> wire, std::string address)
      : clock_(clock), wire_(std::move(wire)), address_(std::move(address)) {}

  core::Task<Outcome<std::size_t>> read_some(std::span<char> into, core::Duration limit) override {
    Moved moved;
    core::Task<void> work = read(into, moved);
    const bool in_time = co_await async::finish_within(clock_, limit, std::move(work));
    const std::string step = "cannot read from " + address_;
    if (!in_time) {
      co_return fail(Errc::timed_out, step + ": nothing came within " + core::show_duration(limit));
    }
    if (moved.bytes > 0 || moved.error == boost::asio::error::eof) co_return moved.bytes;
    if (moved.error) co_return fail(trouble(step, moved.error));
    co_return moved.bytes;
  }

  core::Task<Outcome<>> write_all(std::string_view bytes, core::Duration limit) override {
    error_code error;
    core::Task<void> work = write(bytes, error);
    const bool in_time = co_await async::finish_within(clock_, limit, std::move(work));
    const std::string step = "cannot write to " + address_;
    if (!in_time) {
      co_return fail(Errc::timed_out, step + ": it did not take it within " + core::show_duration(limit));
    }
    if (error) co_return fail(trouble(step, error));
    co_return Outcome<>();
  }

  bool is_stale() const override { return net::is_stale(*wire_); }

 private:
  core::Task<void> read(std::span<char> into, Moved& moved) { moved = co_await wire_->read_some(into); }
  core::Task<void> write(std::string_view bytes, error_code& error) {
    const std::string_view nothing;
    error = co_await wire_->write_all(bytes, nothing);
  }

  core::Clock& clock_;
  std::unique_ptr<Wire> wire_;
  std::string address_;
};

class RealStreamClient final : public StreamClient {
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
    co_return std::make_unique<WireStream>(clock_, std::move(**opened), std::move(address));
  }

 private:
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
