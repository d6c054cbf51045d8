#include "agent/net/wire/wire.hpp"

#include "agent/async/executor.hpp"
#include "agent/net/wire/x509.hpp"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/x509v3.h>

namespace outrider::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t largest_piece = 1 << 20;

// One operation: it ends when its way is given up, and when its coroutine is cancelled.
class Operation {
 public:
  Operation(Wire::Way& way, const asio::cancellation_state& outer) : way_(way), outer_(outer.slot()) {
    if (!outer_.is_connected()) return;  // nobody can cancel it
    outer_.assign([&signal = way.signal](asio::cancellation_type type) { signal.emit(type); });
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() {
    if (outer_.is_connected()) outer_.clear();
  }

  auto result() { return asio::bind_cancellation_slot(way_.signal.slot(), as_result); }

  void throw_if_cancelled(const error_code& error) const {
    if (error == asio::error::operation_aborted && !way_.is_given_up) async::throw_cancelled();
  }
  error_code ended(const error_code& error) const {
    throw_if_cancelled(error);
    return error == asio::error::operation_aborted ? asio::error::timed_out : error;
  }

 private:
  Wire::Way& way_;
  asio::cancellation_slot outer_;
};

template <class Stream>
core::Task<Moved> read_from(Stream& stream, Wire::Way& way, std::span<char> into) {
  Moved moved;
  moved.error = asio::error::timed_out;
  if (way.is_given_up) co_return moved;
  const asio::cancellation_state outer = co_await asio::this_coro::cancellation_state;
  Operation reading(way, outer);
  const auto buffer = asio::buffer(into.data(), into.size());
  const auto [error, bytes] = co_await stream.async_read_some(buffer, reading.result());
  moved.error = reading.ended(error);
  moved.bytes = bytes;
  co_return moved;
}

template <class Stream>
core::Task<error_code> write_to(Stream& stream, Wire::Way& way, std::string_view first,
                                std::string_view second) {
  if (way.is_given_up) co_return asio::error::timed_out;
  const asio::cancellation_state outer = co_await asio::this_coro::cancellation_state;
  Operation writing(way, outer);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
  // All of it, and not in pieces of 64 KiB, each of which would be a call of its own.
  const auto all = [](const error_code& trouble, std::size_t) { return trouble ? 0 : largest_piece; };
  const auto [error, bytes] = co_await asio::async_write(stream, buffers, all, writing.result());
  co_return writing.ended(error);
}

class PlainWire final : public Wire {
 public:
  explicit PlainWire(Socket socket) : socket_(std::move(socket)) {}

  core::Task<error_code> shake_hands() override { co_return error_code(); }
  core::Task<Moved> read_some(std::span<char> into) override { return read_from(socket_, reading, into); }
  core::Task<error_code> write_all(std::string_view first, std::string_view second) override {
    return write_to(socket_, writing, first, second);
  }
  core::Task<void> finish_sending() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }
  Socket& socket() override { return socket_; }

 private:
  Socket socket_;
};

class TlsWire final : public Wire {
 public:
  TlsWire(Socket socket, std::shared_ptr<ssl::context> context, ssl::stream_base::handshake_type role)
      : context_(std::move(context)), stream_(std::move(socket), *context_), role_(role) {}

  core::Task<error_code> shake_hands() override {
    if (reading.is_given_up) co_return asio::error::timed_out;
    const asio::cancellation_state outer = co_await asio::this_coro::cancellation_state;
    Operation shaking(reading, outer);
    const auto [error] = co_await stream_.async_handshake(role_, shaking.result());
    co_return shaking.ended(error);
  }
  core::Task<Moved> read_some(std::span<char> into) override { return read_from(stream_, reading, into); }
  core::Task<error_code> write_all(std::string_view first, std::string_view second) override {
    return write_to(stream_, writing, first, second);
  }
  core::Task<void> finish_sending() override {
    if (writing.is_given_up) co_return;
    const asio::cancellation_state outer = co_await asio::this_coro::cancellation_state;
    Operation ending(writing, outer);
    const auto [error] = co_await stream_.async_shutdown(ending.result());
    ending.throw_if_cancelled(error);
  }
  Socket& socket() override { return stream_.next_layer(); }

  std::string peer_name() const override;
  std::string verify_trouble() const override {
    const long result = SSL_get_verify_result(handle());
    return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
  }

  std::vector<Certificate> certificates() const override {
    std::vector<Certificate> shown;
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(handle());
    for (int at = 0; at < sk_X509_num(chain); ++at)
      shown.push_back(read_certificate(sk_X509_value(chain, at)));
    return shown;
  }

  std::optional<core::WallTime> certificate_ends() const override {
    const X509* own = SSL_get0_peer_certificate(handle());
    return own == nullptr ? std::nullopt : std::optional(time_of(X509_get0_notAfter(own)));
  }

  SSL* handle() const { return const_cast<ssl::stream<Socket>&>(stream_).native_handle(); }

 private:
  std::shared_ptr<ssl::context> context_;  // a reload must not take it from under a standing connection
  ssl::stream<Socket> stream_;
  ssl::stream_base::handshake_type role_;
};

std::string TlsWire::peer_name() const {
  const X509* certificate = SSL_get0_peer_certificate(handle());
  if (certificate == nullptr || SSL_get_verify_result(handle()) != X509_V_OK) return {};
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (length < 0) return {};
  std::string name(reinterpret_cast<char*>(text), static_cast<std::size_t>(length));
  OPENSSL_free(text);
  return name;
}

}  // namespace

void Wire::stop_receiving() {
  error_code ignored;
  socket().shutdown(Socket::shutdown_receive, ignored);
}

core::Task<bool> within(core::Clock& clock, core::Duration limit, Wire& wire, core::Task<error_code> work,
                        error_code& error) {
  const async::Executor river = co_await asio::this_coro::executor;
  const auto due = clock.call_at(river, clock.now() + limit, [&wire] { wire.give_up(); });
  error = co_await std::move(work);
  (void)wire.reading.carry_on();
  co_return !wire.writing.carry_on();
}

std::unique_ptr<Wire> make_plain_wire(Socket socket) {
  return std::make_unique<PlainWire>(std::move(socket));
}

std::unique_ptr<Wire> make_server_wire(Socket socket, std::shared_ptr<ssl::context> context) {
  return std::make_unique<TlsWire>(std::move(socket), std::move(context), ssl::stream_base::server);
}

std::unique_ptr<Wire> make_client_wire(Socket socket, std::shared_ptr<ssl::context> context,
                                       const ServerName& server) {
  auto wire = std::make_unique<TlsWire>(std::move(socket), std::move(context), ssl::stream_base::client);
  SSL* handle = wire->handle();
  SSL_set_verify(handle, server.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (server.name.empty()) return wire;
  error_code not_an_address;
  (void)asio::ip::make_address(server.name, not_an_address);
  if (not_an_address) {
    SSL_set_tlsext_host_name(handle, server.name.c_str());
    SSL_set1_host(handle, server.name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), server.name.c_str());
  }
  return wire;
}

bool is_hang_up(const error_code& error) {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == ssl::error::stream_truncated;
}

}  // namespace outrider::net
