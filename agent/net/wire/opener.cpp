#include "agent/net/wire/opener.hpp"

#include <cerrno>
#include <string>
#include <utility>

#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace outrider::net {

using core::Errc;
using core::fail;
using core::Outcome;

core::Task<Outcome<std::unique_ptr<Wire>>> Opener::open(Endpoint endpoint, std::optional<TlsTrust> trust,
                                                        core::Duration share, Progress& progress) {
  auto socket = co_await connector_.connect(endpoint, share, progress);
  if (!socket) co_return fail(socket.error());
  if (!trust) co_return make_plain_wire(std::move(*socket));
  co_return co_await secure(std::move(*socket), std::move(endpoint), std::move(*trust), progress);
}

core::Task<Outcome<std::unique_ptr<Wire>>> Opener::secure(Socket socket, Endpoint endpoint, TlsTrust trust,
                                                          Progress& progress) {
  progress.step = "cannot agree on TLS with " + endpoint.text();
  const auto context = trust_.context_for(trust);
  if (!context) co_return fail(context.error());
  ServerName server;
  server.name = trust.server_name.empty() ? endpoint.host : trust.server_name;
  server.verify = trust.verify;
  auto wire = make_client_wire(std::move(socket), *context, server);
  const error_code error = co_await wire->shake_hands();
  if (!error) co_return wire;
  const std::string distrust = server.verify ? wire->verify_trouble() : std::string();
  if (!distrust.empty()) {
    co_return fail(Errc::distrusted, progress.step + ": its certificate is not believed: " + distrust);
  }
  if (is_hang_up(error)) co_return fail(Errc::unavailable, progress.step + ": the connection was closed");
  // Who sends an alert does not like us; whatever else comes is no TLS.
  const Errc code = ERR_GET_REASON(static_cast<unsigned long>(error.value())) >= SSL_AD_REASON_OFFSET
                        ? Errc::denied
                        : Errc::corrupt;
  co_return fail(code, progress.step + ": " + error.message());
}

bool is_stale(Wire& wire) {
  char byte = 0;
  const ssize_t size = ::recv(wire.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace outrider::net
