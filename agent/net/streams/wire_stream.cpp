#include "agent/net/streams/wire_stream.hpp"

#include "agent/async/executor.hpp"
#include "agent/core/text.hpp"
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
  WireStream(core::Clock& clock, std::unique_ptr<Wire> wire, std::string address, bool must_shake_hands)
      : clock_(clock),
        wire_(std::move(wire)),
        address_(std::move(address)),
        must_shake_hands_(must_shake_hands) {}

  core::Task<Outcome<std::size_t>> read_some(std::span<char> into, core::Duration limit) override {
    const async::Executor river = co_await boost::asio::this_coro::executor;
    const auto due = clock_.call_at(river, clock_.now() + limit, [this] { wire_->reading.give_up(); });
    Moved moved;
    if (std::exchange(must_shake_hands_, false)) moved.error = co_await wire_->shake_hands();
    if (!moved.error) moved = co_await wire_->read_some(into);
    const bool is_late = wire_->reading.carry_on();
    if (moved.bytes > 0 || moved.error == boost::asio::error::eof) co_return moved.bytes;
    const std::string step = "cannot read from " + address_;
    if (is_late)
      co_return fail(Errc::timed_out, step + ": nothing came within " + core::show_duration(limit));
    if (moved.error) co_return fail(trouble(step, moved.error));
    co_return moved.bytes;
  }

  core::Task<Outcome<>> write_all(std::string_view bytes, core::Duration limit) override {
    const async::Executor river = co_await boost::asio::this_coro::executor;
    const auto due = clock_.call_at(river, clock_.now() + limit, [this] { wire_->writing.give_up(); });
    const std::string_view nothing;
    const error_code error = co_await wire_->write_all(bytes, nothing);
    const bool is_late = wire_->writing.carry_on();
    if (!error) co_return Outcome<>();
    const std::string step = "cannot write to " + address_;
    if (is_late)
      co_return fail(Errc::timed_out, step + ": it did not take it within " + core::show_duration(limit));
    co_return fail(trouble(step, error));
  }

  bool is_stale() const override { return net::is_stale(*wire_); }
  std::vector<Certificate> certificates() const override { return wire_->certificates(); }
  const std::string& peer() const override { return address_; }
  std::unique_ptr<Wire> take_wire() { return std::move(wire_); }

 private:
  core::Clock& clock_;
  std::unique_ptr<Wire> wire_;
  std::string address_;
  bool must_shake_hands_;
};

}  // namespace

std::unique_ptr<Stream> make_wire_stream(core::Clock& clock, std::unique_ptr<Wire> wire, std::string peer,
                                         bool must_shake_hands) {
  return std::make_unique<WireStream>(clock, std::move(wire), std::move(peer), must_shake_hands);
}

std::unique_ptr<Wire> take_wire(std::unique_ptr<Stream> stream) {
  auto* const ours = dynamic_cast<WireStream*>(stream.get());
  return ours == nullptr ? nullptr : ours->take_wire();
}

}  // namespace outrider::net
